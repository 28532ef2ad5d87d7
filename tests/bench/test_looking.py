"""Looks between the rounds of a case, in virtual time: when they come, what they decide and what a case then says."""

from __future__ import annotations

import pytest

from josie_bench.bench.looking import is_due, look, stop_reason
from josie_bench.bench.plan import Plan
from josie_bench.bench.rounds import Round
from josie_bench.bench.run import run_cases
from josie_bench.bench.run_state import new_run
from josie_bench.bench.simulation import simulate
from josie_bench.bench.supervise import TrialOutcome
from josie_bench.statistics.looks import LEVEL, LOOK_LEVEL
from josie_bench.terms.budget import parse_budget
from josie_bench.terms.case import WarmUp
from josie_bench.terms.simulated import ServiceLaw

QUICK, TIGHT, SLOW = (ServiceLaw(median_ms=median) for median in (100.0, 250.0, 320.0))
GATE = parse_budget("deadline_miss_ratio.budget.ci.high < 1 %")


@pytest.fixture
def looking(make_case):
    """Return the maker of cases of eight rounds that may end early."""
    settings = {
        "backend": "simulated", "early_stop": True, "rounds": 8, "windows": 400, "budgets": (GATE,),
        "window_ms": 400.0, "hop_ms": 400.0, "warm_up": WarmUp(windows=1, seconds=0.0), "simulated": QUICK,
    }  # fmt: skip
    return lambda **changes: make_case(**(settings | changes))


def rounds_of(case, count):
    outcomes = [TrialOutcome(status="OK", reason=None, recording=simulate(case, 16_000, k)) for k in range(count)]
    return [Round(index=k, started="", outcome=outcome) for k, outcome in enumerate(outcomes)]


def test_looks_are_due_by_a_schedule_and_only_where_asked_for(looking):
    assert [rounds for rounds in range(1, 9) if is_due(looking(), rounds)] == [2, 3, 4, 6, 8]
    assert not is_due(looking(early_stop=False), 2)


def test_no_late_window_settles_a_gate(looking):
    case = looking()
    found = look(case, rounds_of(case, 2))
    assert (found.rounds, found.windows, found.level) == (2, 800, LOOK_LEVEL)
    assert (found.decision, found.broken) == ("met", None)
    assert 368 <= found.needed_windows <= 800  # 368 if the windows are as good as independent
    assert stop_reason(case, [found]) == "settled after 2 of 8 rounds: every gate is met"


def test_one_broken_gate_ends_it_whatever_the_others(looking):
    case = looking(simulated=SLOW, budgets=(parse_budget("compute_time.p50 < 1 s"), GATE))
    found = look(case, rounds_of(case, 2))
    assert (found.decision, found.broken, found.needed_windows) == ("broken", GATE.expression, None)
    assert stop_reason(case, [found]).startswith(
        "futile after 2 of 8 rounds: deadline_miss_ratio.budget.ci.high < 0.01 is"
    )


def test_what_is_open_goes_on_and_says_how_far(looking):
    """At 250 ms · exp(0.08 · z), 300 ms are missed by 1.1 %: neither side of 1 % can be shown with 800 windows."""
    case = looking(simulated=TIGHT)
    found = look(case, rounds_of(case, 2))
    assert found.decision == "open"
    assert stop_reason(case, [found]) is None


def test_a_warning_is_no_gate(looking):
    case = looking(budgets=(GATE, parse_budget("compute_time.p50 < 1 ms", "warn")))
    assert look(case, rounds_of(case, 2)).decision == "met"


def test_the_last_look_is_as_sure_as_the_verdict(looking):
    case = looking(rounds=2)
    assert look(case, rounds_of(case, 2)).level == LEVEL
    assert stop_reason(case, [look(case, rounds_of(case, 2))]) == "all 2 rounds were run"


def test_rounds_without_a_recording_settle_nothing(looking):
    nothing = Round(index=0, started="", outcome=TrialOutcome(status="ERROR", reason="x", recording=None))
    found = look(looking(), [nothing])
    assert (found.decision, found.windows, found.needed_windows) == ("open", 0, None)


def test_a_run_ends_each_case_when_its_gates_are_settled(looking, tmp_path):
    """The quick and the slow one need two rounds of eight; their verdicts are those of what was measured."""
    cases = [looking(id="quick"), looking(id="slow", simulated=SLOW)]
    state = new_run("test", "0" * 64)
    plan = Plan(engines=tmp_path / "store", scratch=tmp_path / "trials", reproduce=str, settings=lambda case: {})
    run_cases(state, cases, plan)
    quick, slow = state.result().cases
    assert [case.status for case in (quick, slow)] == ["OK", "OK"]
    assert [len(case.rounds) for case in (quick, slow)] == [2, 2]
    assert [case.budgets[0].result for case in (quick, slow)] == ["pass", "fail"]
    assert quick.stop_reason in quick.notes
    assert [found.decision for found in quick.looks] == ["met"]
    assert slow.stop_reason.startswith("futile after 2 of 8 rounds")
    assert state.result().run.status == "GATE_BROKEN"
