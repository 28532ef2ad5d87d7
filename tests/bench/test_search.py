"""Searches for the most sessions through a whole run, in virtual time: what is tried, found, kept and not trusted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from josie_bench.bench import case_run as case_run_module
from josie_bench.bench import search as search_module
from josie_bench.bench.journal import Journal
from josie_bench.bench.plan import Plan
from josie_bench.bench.recording_file import save_recording
from josie_bench.bench.room import Room
from josie_bench.bench.run import run_cases
from josie_bench.bench.run_state import new_run
from josie_bench.bench.simulation import simulate
from josie_bench.bench.supervise import TrialOutcome
from josie_bench.errors import UnavailableError
from josie_bench.plugins import find_member
from josie_bench.terms.capacity import Search
from josie_bench.terms.case import WarmUp
from josie_bench.terms.sessions import Sessions
from josie_bench.terms.simulated import ServiceLaw


@pytest.fixture
def search(make_case):
    """Return the maker of searches: every window takes 60 ms, so 5 of a lock-step are answered within 300 ms."""

    def make(law=None, search=None, **changes):
        usual = {"window_ms": 300.0, "hop_ms": 300.0, "windows": 160, "warm_up": WarmUp(windows=3, seconds=0.0)}
        return make_case(
            "simulated", scenario="capacity", simulated=law or ServiceLaw(median_ms=60.0, sigma=0.0),
            sessions=Sessions(phase="lockstep"), capacity=search or Search(target=0.02, most=16), **(usual | changes),
        )  # fmt: skip

    return make


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return what runs cases with trials in this process; `trials` lists which were run."""

    def trial(job, *_):
        run.trials.append((job.case.sessions.count, job.trial))
        count = job.case.sessions.count
        if (ending := run.endings.get((count, job.trial), run.endings.get(count))) is not None:
            return ending
        recording = simulate(job.case, 16_000, job.trial)
        file = job.folder.with_suffix(".npz")
        file.parent.mkdir(exist_ok=True)
        save_recording(recording, file)
        return TrialOutcome(status="OK", reason=None, recording=recording, recording_file=file)

    def run(cases, journal=None):
        run.trials = []
        state = new_run("test", "0" * 64)
        plan = Plan(
            engines=tmp_path, scratch=tmp_path / "trials", reproduce=lambda case: f"run {case.id}",
            settings=lambda case: {"name": case.id, "scenario": "capacity", "capacity": {}},
            journal=Journal() if journal is None else journal,
        )  # fmt: skip
        run_cases(state, cases, plan)
        return state

    run.endings = {}
    monkeypatch.setattr(case_run_module, "run_trial_apart", trial)
    return run


def test_a_search_finds_what_the_law_allows_and_keeps_every_level(run, search):
    state = run([search()])
    answer, *levels = state.result().cases
    found = answer.capacity
    assert (answer.status, found.sessions, found.binds) == ("OK", 5, "time")
    assert found.stop_reason == "5 sessions hold and 6 do not"
    assert run.trials == [(1, 0), (2, 0), (4, 0), (8, 0), (6, 0), (5, 0), (5, 1), (6, 1)]
    assert [level.sessions for level in found.levels] == [1, 2, 4, 5, 6, 8]
    assert [level.id for level in levels] == [level.case for level in found.levels]
    by_count = {level.sessions: level for level in found.levels}
    assert by_count[5].verdicts == ["held", "held"]
    assert by_count[5].windows == 2 * 5 * 160
    assert by_count[5].utilisation == pytest.approx(1.0, abs=0.02)
    assert by_count[6].verdicts == ["missed", "missed"]
    assert by_count[1].p95_ms == pytest.approx(60.0)
    assert by_count[4].missed == 0
    assert by_count[4].miss_bound == pytest.approx(1.0 - 0.05 ** (1.0 / 640))


def test_limits_stand_beside_the_answer(run, search):
    limits = {limit.name: limit for limit in run([search()]).result().cases[0].capacity.limits}
    assert limits["time"].sessions == 5  # 300 / 60
    assert limits["memory"].na.reason == "no_model"
    assert limits["roofline"].na.reason == "no_model"


@pytest.mark.parametrize("backend", ["eager_cuda", "tensorrt"])
def test_a_search_on_a_gpu_that_is_not_here_is_skipped_and_its_limits_say_why(backend, run, make_case, monkeypatch):
    lacks = UnavailableError("no NVIDIA GPU here", mend="take another backend")
    monkeypatch.setattr(find_member("backends", backend), "unavailable", lambda: lacks)
    monkeypatch.setattr(search_module, "room_here", lambda: Room(host_bytes=2**30, gpu_reason="no driver"))
    state = run([make_case(backend, "fp16", scenario="capacity", capacity=Search(target=0.02))])
    answer, level = state.result().cases
    assert (answer.status, level.status, answer.reason) == ("SKIPPED", "SKIPPED", str(lacks))
    assert (answer.capacity.sessions, answer.capacity.binds, answer.capacity.stop_reason) == (None, None, str(lacks))
    reasons = {limit.name: limit.na.reason for limit in answer.capacity.limits}
    assert reasons == {"time": "not_measured", "memory": "no_device", "roofline": "no_device"}
    assert state.result().run.status == "NOT_MEASURED"
    assert run.trials == []


def test_a_search_on_a_gpu_has_its_memory_and_roof_beside_the_answer(run, search, make_case, monkeypatch):
    """What a trial gives is made up; which GPU it was, is what is looked at."""
    gpu = {"name": "NVIDIA L4", "mig": False}
    room = Room(host_bytes=2**30, vram_bytes=2**40, gpu=gpu)
    monkeypatch.setattr(search_module, "room_here", lambda: room)
    monkeypatch.setattr(search_module, "prepare", lambda *_: None)
    gone = TrialOutcome(status="ERROR", reason="the driver went away", recording=None)
    run.endings[1] = gone
    case = make_case("eager_cuda", "fp16", scenario="capacity", capacity=Search(target=0.02), windows=160)
    answer = run([case]).result().cases[0]
    limits = {limit.name: limit.sessions for limit in answer.capacity.limits}
    assert (answer.status, answer.reason) == ("ERROR", gone.reason)
    assert limits["time"] is None
    assert limits["memory"] > 1
    assert limits["roofline"] > 1


def test_where_the_search_is_not_to_go_on_it_says_so(run, search):
    found = run([search(search=Search(target=0.02, most=2))]).result().cases[0].capacity
    assert (found.sessions, found.binds) == (2, "search")


def test_too_few_are_a_broken_gate(run, search):
    state = run([search(search=Search(target=0.02, most=16, least=6))])
    (verdict,) = state.result().cases[0].budgets
    assert (verdict.expr, verdict.result, verdict.detail) == ("capacity.sessions >= 6", "fail", "5 sessions were found")
    assert state.result().run.status == "GATE_BROKEN"


def test_a_search_goes_on_where_the_journal_says_it_stood(run, search):
    journal = Journal()
    run([search(search=Search(target=0.02, most=16, probes=4))], journal)
    again = run([search()], journal)
    assert run.trials == [(6, 0), (5, 0), (5, 1), (6, 1)]
    assert again.result().cases[0].capacity.sessions == 5


def test_searches_take_turns(run, search):
    run([search(), search(id="b", law=ServiceLaw(median_ms=90.0, sigma=0.0))])
    assert [count for count, _ in run.trials[:6]] == [1, 1, 2, 2, 4, 4]


def test_a_level_that_runs_out_of_memory_or_time_is_too_many(run, search):
    run.endings[4] = TrialOutcome(status="OOM", reason="no memory", recording=None)
    answer, *levels = run([search()]).result().cases
    assert (answer.status, answer.capacity.sessions) == ("OK", 3)
    assert [level.status for level in levels] == ["OK", "OK", "OK", "OOM"]
    assert answer.capacity.levels[-1].reason.endswith("0 of 3 rounds are whole")


@pytest.mark.timeout(30)
@pytest.mark.parametrize("status", ["OOM", "TIMEOUT"])
def test_a_level_that_held_once_and_then_runs_out_is_too_many_and_the_search_ends(run, search, status):
    run.endings[5, 1] = TrialOutcome(status=status, reason="too much", recording=None)
    answer = run([search()]).result().cases[0]
    assert (answer.status, answer.capacity.sessions) == ("OK", 4)
    assert run.trials == [(1, 0), (2, 0), (4, 0), (8, 0), (6, 0), (5, 0), (5, 1), (4, 1)]
    assert {level.sessions: level.verdicts for level in answer.capacity.levels}[5] == ["held", "too_many"]


@pytest.mark.timeout(30)
def test_a_search_whose_trial_is_not_run_ends_and_says_so(run, search, monkeypatch):
    monkeypatch.setattr(search_module, "run_trial", lambda *_: None)
    answer = run([search()]).result().cases[0]
    assert (answer.status, answer.capacity.sessions) == ("ERROR", None)
    assert answer.reason.endswith("/sessions=1: its trial 1 was needed and not run")


def test_a_search_that_used_up_its_trials_has_no_answer_and_passes_no_gate(run, search):
    """1, 2 and 4 held once each. At 4 more trials of the same search 5 would be the answer: 4 is none."""
    state = run([search(search=Search(target=0.02, most=16, probes=3, least=4))])
    answer = state.result().cases[0]
    assert (answer.capacity.sessions, answer.capacity.binds) == (None, None)
    why = "all 3 trials that it may take are used up; 4 held so far, and more would be needed to be sure"
    assert answer.capacity.stop_reason == why
    assert [(verdict.result, verdict.detail) for verdict in answer.budgets] == [("n/a", why)]
    assert state.result().run.status == "NOT_MEASURED"


def test_a_trial_that_fails_ends_the_search_and_is_its_status(run, search):
    run.endings[2] = TrialOutcome(status="ERROR", reason="it broke", recording=None)
    answer = run([search()]).result().cases[0]
    assert (answer.status, answer.reason, answer.capacity.sessions) == ("ERROR", "it broke", None)
    assert answer.capacity.levels[0].sessions == 1


def test_an_interrupt_keeps_the_levels_that_were_measured(run, search):
    stop = KeyboardInterrupt()
    run.endings[4] = TrialOutcome(status="INTERRUPTED", reason="stopped", recording=None, stop=stop)
    state = run([search()])
    answer, first, second, cut_off = state.result().cases
    assert (answer.status, answer.capacity.sessions) == ("INTERRUPTED", None)
    assert [first.status, second.status, cut_off.status] == ["OK", "OK", "INTERRUPTED"]
    assert state.result().run.status == "INTERRUPTED"


@pytest.fixture
def spoil(monkeypatch):
    """Return what lets the levels of one number of sessions be measured invalidly."""

    def spoil(sessions):
        def scored(result, case, recording):
            good = run_scored(result, case, recording)
            is_bad = case.sessions.count == sessions
            return replace(good, status="INVALID_HARNESS", reason="the pacer was late") if is_bad else good

        run_scored = case_run_module.scored
        monkeypatch.setattr(case_run_module, "scored", scored)

    return spoil


def test_an_answer_that_rests_on_an_invalid_level_is_none_and_takes_its_status(run, search, spoil):
    spoil(5)
    state = run([search(search=Search(target=0.02, most=16, least=5))])
    answer = state.result().cases[0]
    why = f"{answer.id}/sessions=5: the pacer was late"
    assert (answer.status, answer.reason) == ("INVALID_HARNESS", why)
    assert (answer.capacity.sessions, answer.capacity.binds, answer.capacity.stop_reason) == (None, None, why)
    assert [verdict.result for verdict in answer.budgets] == ["n/a"]
    assert state.result().run.status == "NOT_MEASURED"


@pytest.mark.parametrize(("least", "result"), [(5, "pass"), (6, "n/a")])
def test_an_invalid_level_above_what_held_leaves_the_least_there_may_be(run, search, spoil, least, result):
    spoil(6)
    answer = run([search(search=Search(target=0.02, most=16, least=least))]).result().cases[0]
    assert (answer.status, answer.capacity.sessions, answer.capacity.binds) == ("OK", 5, "search")
    assert answer.capacity.stop_reason == "5 sessions hold, and of 6 nothing was shown: the pacer was late"
    assert [verdict.result for verdict in answer.budgets] == [result]


def test_an_invalid_level_off_the_edge_changes_nothing(run, search, spoil):
    spoil(8)
    answer = run([search()]).result().cases[0]
    assert (answer.status, answer.capacity.sessions) == ("OK", 5)


def test_a_search_that_was_over_before_an_interrupt_keeps_its_answer(run, search):
    """The first needs 4 trials (1, 2, 1, 2), the other is stopped in its fifth."""
    run.endings[8] = TrialOutcome(status="INTERRUPTED", reason="stopped", recording=None, stop=KeyboardInterrupt())
    short = search(id="short", search=Search(target=0.02, most=16), law=ServiceLaw(median_ms=200.0, sigma=0.0))
    cases = {case.id: case for case in run([short, search()]).result().cases if case.capacity is not None}
    assert (cases["short"].status, cases["short"].capacity.sessions) == ("OK", 1)
    assert {case.status for name, case in cases.items() if name != "short"} == {"INTERRUPTED"}
