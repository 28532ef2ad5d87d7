"""The search for the most sessions: its turns by hand, and its answers where the truth can be worked out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.bench.simulation import simulate
from josie_bench.statistics.capacity_search import least_windows, miss_ratio, next_turn, verdict_of
from josie_bench.terms.capacity import HELD, MISSED, OPEN, TOO_MANY, Probe, Search
from josie_bench.terms.case import WarmUp
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.score import Interval, Score
from josie_bench.terms.sessions import Sessions
from josie_bench.terms.simulated import ServiceLaw
from tests.bench.cases import make_case


def searched(search, verdict):
    """Return the levels that are tried in turn, and where the search ends; `verdict` judges a level's nth trial."""
    probes = []
    while (turn := next_turn(search, probes)).sessions is not None:
        nth = sum(probe.sessions == turn.sessions for probe in probes)
        probes.append(Probe(sessions=turn.sessions, verdict=verdict(turn.sessions, nth)))
    return [probe.sessions for probe in probes], turn


@pytest.mark.parametrize(
    ("otherwise", "reason"),
    [
        (MISSED, "5 sessions hold and 6 do not"),
        (OPEN, "5 sessions hold, and 6 were neither shown to hold nor to be too many: raise windows to know"),
    ],
)
def test_doubling_then_bisection_then_both_edges_again(otherwise, reason):
    tried, turn = searched(Search(most=64), lambda level, _: HELD if level <= 5 else otherwise)
    assert tried == [1, 2, 4, 8, 6, 5, 5, 6]
    assert (turn.held, turn.reason, turn.is_settled, turn.is_open) == (5, reason, True, otherwise == OPEN)


def test_an_answer_that_one_trial_spoke_against_says_so():
    _, turn = searched(Search(), lambda level, nth: HELD if level < 3 or (level == 3 and nth != 1) else MISSED)
    assert (turn.held, turn.reason) == (3, "3 sessions hold in two of three trials and 4 do not")
    _, turn = searched(Search(), lambda level, _: HELD if level == 1 else MISSED)
    assert turn.reason == "1 session holds and 2 do not"


def test_who_was_shown_nothing_of_one_session_has_no_answer():
    """Nobody was late, and the windows are worth too few to say so: that is not the same as too many."""
    _, turn = searched(Search(), lambda *_: OPEN)
    assert (turn.held, turn.is_settled, turn.is_open) == (0, False, True)
    assert turn.reason == "one session was neither shown to hold nor to be too many: raise windows to know"
    _, turn = searched(Search(), lambda _, nth: (OPEN, MISSED)[nth % 2])
    assert (turn.held, turn.is_settled) == (0, True)


def test_what_memory_or_time_does_not_suffice_for_is_tried_once():
    tried, turn = searched(Search(), lambda level, _: HELD if level <= 5 else TOO_MANY)
    assert tried == [1, 2, 4, 8, 6, 5, 5]
    assert turn.held == 5


@given(st.integers(0, 80), st.integers(1, 80), st.integers(1, 80), st.sampled_from([OPEN, MISSED]))
def test_the_answer_is_the_truth_where_verdicts_do_not_err(truth, most, first, otherwise):
    _, turn = searched(
        Search(most=most, first=first, probes=100), lambda level, _: HELD if level <= truth else otherwise
    )
    assert turn.held == min(truth, most)


def test_not_even_one_and_no_more_are_said_as_such():
    assert searched(Search(), lambda *_: MISSED)[1].reason == "not even one session holds"
    assert searched(Search(most=4), lambda *_: HELD)[1].reason == "4 sessions hold, and no more were to be tried"


@given(
    st.integers(0, 40),
    st.tuples(st.integers(1, 64), st.integers(0, 2)),
    st.sampled_from([(OPEN, MISSED), (OPEN, OPEN), (MISSED, MISSED)]),
)
def test_one_wrong_verdict_moves_the_answer_neither_way(truth, wrong, missing):
    """Whichever trial it is of: one that a neighbour spoils, or one that holds by luck."""
    otherwise, spoilt = missing

    def verdict(level, nth):
        if (level, nth) == wrong:
            return spoilt if level <= truth else HELD
        return HELD if level <= truth else otherwise

    _, turn = searched(Search(probes=100), verdict)
    assert (turn.held, turn.is_settled) == (truth, truth > 0 or not turn.is_open)


def test_one_trial_without_memory_or_time_does_settle_its_level():
    _, turn = searched(Search(), lambda level, nth: TOO_MANY if (level, nth) == (5, 1) else HELD if level < 7 else OPEN)
    assert turn.held == 6
    _, turn = searched(Search(), lambda level, nth: TOO_MANY if (level, nth) == (6, 1) else HELD if level < 7 else OPEN)
    assert turn.held == 5


def test_a_level_that_held_once_by_luck_is_outvoted():
    _, turn = searched(Search(), lambda level, nth: HELD if level <= 5 or (level, nth) == (6, 0) else OPEN)
    assert turn.held == 5


@given(st.lists(st.sampled_from([HELD, OPEN, MISSED, TOO_MANY]), min_size=80, max_size=80), st.integers(1, 12))
def test_whatever_the_verdicts_no_level_is_tried_more_than_three_times(verdicts, most):
    said = iter(verdicts)
    tried, turn = searched(Search(most=most, probes=80), lambda *_: next(said))
    assert max(tried.count(level) for level in tried) <= 3
    assert turn.reason
    assert 0 <= turn.held <= most


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [([HELD, MISSED, HELD], 3), ([HELD, OPEN, HELD], 3), ([MISSED, HELD, OPEN], 2), ([HELD, TOO_MANY], 2)],
)
def test_two_of_three_verdicts_decide_of_a_level(verdicts, expected):
    _, turn = searched(Search(), lambda level, nth: verdicts[nth] if level == 3 else HELD if level < 3 else MISSED)
    assert turn.held == expected


def test_trials_are_counted():
    tried, turn = searched(Search(probes=3), lambda *_: HELD)
    assert tried == [1, 2, 4]
    assert (turn.held, turn.is_settled) == (4, False)
    assert (
        turn.reason == "all 3 trials that it may take are used up; 4 held so far, and more would be needed to be sure"
    )
    assert "no number held so far" in searched(Search(probes=1), lambda *_: MISSED)[1].reason


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(0.0, 0.0099, HELD), (0.0, 0.01, OPEN), (0.009, 0.02, OPEN), (0.011, 0.02, MISSED)]
)
def test_a_verdict_is_the_bound_against_the_target(low, high, expected):
    score = Score(value=0.005, n=100, interval=Interval(level=0.9, low=low, high=high, method=""))
    assert verdict_of(score, 0.01) == expected


def test_one_session_needs_windows_enough_to_show_anything():
    assert least_windows(0.01) == 2 * 299
    assert 1.0 - 0.05 ** (1 / 299) < 0.01 < 1.0 - 0.05 ** (1 / 298)


def found(law, seed, *, target, deadline_ms=300.0, windows=300, **sessions):
    """Return how many sessions a search finds in virtual time."""
    case = make_case(
        "simulated", model=ModelChoice(preset="tiny", seed=seed), window_ms=300.0, hop_ms=300.0, windows=windows,
        deadline_ms=deadline_ms, warm_up=WarmUp(windows=5, seconds=0.0), simulated=law,
    )  # fmt: skip

    def verdict(level, nth):
        shared = replace(case, sessions=Sessions(count=level, **sessions))
        return verdict_of(miss_ratio(simulate(shared, 16_000, nth)), target)

    return searched(Search(target=target), verdict)[1].held


def test_the_capacity_of_a_lock_step_is_found():
    """Every window takes 20 ms · exp(0.05 z). Of N that close at once the last is answered after N · 20.025 ms, with a
    standard deviation of √N · 1.0 ms.

    At 14 that is 280.4 ± 3.7: one in ten million is late after 300 ms. At 15, 300.4 ± 3.9: half of the last ones are
    late, 3.6 % of all at least, and what is left over delays the next hop.
    """
    law = ServiceLaw(median_ms=20.0, sigma=0.05)
    assert [found(law, seed, target=0.02, phase="lockstep") for seed in range(3)] == [14, 14, 14]


def test_the_capacity_of_a_lock_step_that_is_stepped_together_is_found():
    """A step of N takes 20 ms · exp(0.05 z) + (N − 1) · 10 ms: 290 ± 1.0 ms for 28, and 300 for 29, when all of them
    are late about every second time. One after the other, 14 hold.
    """
    law = ServiceLaw(median_ms=20.0, sigma=0.05, further_ms=10.0)
    answers = [found(law, seed, target=0.02, phase="lockstep", batching="continuous") for seed in range(3)]
    assert answers == [28, 28, 28]


def test_the_capacity_of_batches_at_random_phases_lies_between_what_surely_holds_and_what_surely_does_not():
    """A step of n takes S(n) = a + b · n, a 40 ms and b 4 ms. Who closes while one runs waits for its end and its own.

    At 27 both are at most S(27) = 148 ms: all are in time. At 60 the steps hold what closes while one runs, so that
    S = a + b · 60 · S / 300, which is 200 ms: half of them wait over 100 ms and are late. One by one 6 hold.
    """
    law = ServiceLaw(median_ms=44.0, sigma=0.0, further_ms=4.0)
    answers = [found(law, seed, target=0.02, windows=150, batching="continuous") for seed in range(3)]
    assert all(27 <= answer < 60 for answer in answers)
    assert found(law, 0, target=0.02, windows=150) == 6


@pytest.mark.slow
def test_the_capacity_of_a_lock_step_is_found_in_19_of_20_searches_at_least():
    law = ServiceLaw(median_ms=20.0, sigma=0.05)
    answers = [found(law, seed, target=0.02, phase="lockstep") for seed in range(100)]
    assert np.mean([answer == 14 for answer in answers]) >= 0.95


def test_the_capacity_at_random_phases_is_the_same_where_deadline_and_hop_are():
    """Whatever the phases, N windows a hop of 20 ms fit into 300 ms for N = 15, and wait for each other at most; at 16
    the line grows by 20 ms a hop.
    """
    law = ServiceLaw(median_ms=20.0, sigma=0.0)
    assert [found(law, seed, target=0.02) for seed in range(3)] == [15, 15, 15]


def test_a_shorter_deadline_holds_fewer_in_lock_step():
    """⌊110 / 20⌋ = 5: the sixth of a lock-step is answered after 120 ms."""
    law = ServiceLaw(median_ms=20.0, sigma=0.0)
    assert found(law, 0, target=0.02, deadline_ms=110.0, phase="lockstep") == 5


@pytest.mark.slow
def test_what_is_found_keeps_its_promise_where_the_edge_is_soft():
    """A mixture of short and long windows at random phases, target 5 %: no sum tells the truth, so a long trial does.

    What is found must have a true miss ratio below the target in at least 95 % of the searches.
    """
    law = ServiceLaw(median_ms=15.0, sigma=0.3, second_median_ms=120.0, second_share=0.02)
    case = make_case(
        "simulated", window_ms=300.0, hop_ms=300.0, windows=1000, deadline_ms=150.0, simulated=law,
        warm_up=WarmUp(windows=20, seconds=0.0),
    )  # fmt: skip

    def truth(level):
        trials = (simulate(replace(case, sessions=Sessions(count=level)), 16_000, trial) for trial in range(20))
        return np.mean([miss_ratio(trial).value for trial in trials])

    answers = [found(law, seed, target=0.05, deadline_ms=150.0) for seed in range(100)]
    ratios = {level: truth(level) for level in sorted(set(answers)) if level}
    kept = np.mean([answer == 0 or ratios[answer] < 0.05 for answer in answers])
    assert kept >= 0.95
