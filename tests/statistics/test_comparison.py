"""Effects over blocks: by hand, by enumeration, against SciPy and by simulation."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from josie_bench.statistics.comparison import (
    EXACT_BLOCKS,
    Range,
    block_effects,
    borrowed,
    counts_p,
    decide,
    effect_of,
    hodges_lehmann,
    more_blocks,
    more_borrowed,
    needed_blocks,
    widened,
)

EIGHT = np.array([0.031, 0.052, -0.004, 0.047, 0.060, 0.012, 0.038, 0.055])
some_effects = arrays(np.float64, st.integers(2, 10), elements=st.floats(-1.0, 1.0, width=32))


def plain_p(effects) -> float:
    """Return the sign-flip p by going through every arrangement of signs."""
    sums = [sum(s * d for s, d in zip(signs, effects, strict=True)) for signs in product((1, -1), repeat=len(effects))]
    tail = min(sum(s >= sums[0] - 1e-12 for s in sums), sum(s <= sums[0] + 1e-12 for s in sums))
    return min(1.0, 2 * tail / len(sums))


def test_a_latency_differs_by_a_factor_and_a_ratio_by_an_amount():
    first, second = np.array([100.0, 200.0]), np.array([110.0, 220.0])
    assert block_effects(first, second, is_ratio=True) == pytest.approx([math.log(1.1)] * 2)
    assert block_effects(first, second, is_ratio=False).tolist() == [10.0, 20.0]


def test_the_centre_is_the_median_of_the_means_of_pairs():
    # 1, 2, 9 and the means of pairs 1.5, 5, 5.5: sorted 1, 1.5, 2, 5, 5.5, 9, their median 3.5.
    assert hodges_lehmann(np.array([9.0, 1.0, 2.0])) == 3.5


@settings(deadline=None)  # the machine's load is not tested
@given(some_effects)
def test_the_centre_is_what_a_plain_double_loop_gives(effects):
    pairs = [(effects[i] + effects[j]) / 2 for i in range(len(effects)) for j in range(i, len(effects))]
    assert hodges_lehmann(effects) == pytest.approx(float(np.median(pairs)))


def test_students_interval_is_scipys():
    expected = stats.ttest_1samp(EIGHT, 0.0).confidence_interval(0.90)
    found = effect_of(EIGHT).student
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_the_paired_interval_is_scipys_of_two_related_samples():
    first = np.array([100.0, 101.0, 99.0, 104.0, 98.0, 100.5])
    second = first * np.exp(EIGHT[:6])
    expected = stats.ttest_rel(np.log(second), np.log(first)).confidence_interval(0.90)
    found = effect_of(block_effects(first, second, is_ratio=True)).student
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_the_permutation_p_is_scipys():
    expected = stats.permutation_test((EIGHT,), np.mean, permutation_type="samples", n_resamples=np.inf)
    assert effect_of(EIGHT).p == pytest.approx(expected.pvalue)


@settings(deadline=None)  # the machine's load is not tested
@given(some_effects)
def test_the_permutation_p_is_that_of_every_arrangement(effects):
    """Subset means and sums of flipped signs are one test; sums that tie in exact arithmetic are rounded alike here."""
    grid = np.round(effects * 64)  # whole numbers add up exactly
    assert effect_of(grid).p == pytest.approx(plain_p(grid.tolist()))


def test_eight_blocks_on_one_side_have_the_smallest_p_there_is():
    assert effect_of(np.abs(EIGHT)).p == 2 / 2**8
    assert effect_of(-np.abs(EIGHT)).p == 2 / 2**8


def test_the_rank_test_agrees_that_eight_positive_effects_are_none_by_chance():
    assert stats.wilcoxon(np.abs(EIGHT)).pvalue == pytest.approx(effect_of(np.abs(EIGHT)).p)


def test_the_exact_interval_holds_just_the_shifts_that_the_test_does_not_refuse():
    found = effect_of(EIGHT).exact
    for end, outward in ((found.low, -1.0), (found.high, 1.0)):
        assert plain_p((EIGHT - (end + outward * 1e-6)).tolist()) <= 0.10
        assert plain_p((EIGHT - (end - outward * 1e-6)).tolist()) > 0.10


@pytest.mark.parametrize(("n", "is_bounded"), [(1, False), (4, False), (5, True)])
def test_too_few_blocks_bound_nothing(n, is_bounded):
    found = effect_of(EIGHT[:n])
    assert math.isfinite(found.exact.width) is is_bounded
    assert (decide(found.range, 0.01) == "open") or is_bounded
    assert needed_blocks() == 5


def test_five_blocks_are_bounded_by_their_extremes():
    found = effect_of(EIGHT[:5]).exact
    assert (found.low, found.high) == (EIGHT[:5].min(), EIGHT[:5].max())


def test_the_wider_interval_decides():
    heavy = effect_of(np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]))
    assert heavy.range == max(heavy.student, heavy.exact, key=lambda some: some.width)
    few = effect_of(EIGHT[:3])
    assert few.range == few.exact  # Student's is bounded from two blocks on


def test_more_blocks_than_can_be_gone_through_are_sampled_to_the_same_answer():
    draw = np.random.default_rng(5)
    effects = draw.normal(0.02, 0.02, EXACT_BLOCKS + 8)
    found = effect_of(effects, seed=1)
    assert found == effect_of(effects, seed=1)
    assert found.exact.low == pytest.approx(found.student.low, abs=0.001)
    assert found.exact.high == pytest.approx(found.student.high, abs=0.001)


@pytest.mark.parametrize(
    ("low", "high", "decision"),
    [
        (-0.005, 0.008, "same"),
        (-0.01, 0.01, "same"),
        (0.011, 0.05, "above"),
        (-0.05, -0.011, "below"),
        (0.009, 0.05, "open"),
        (-0.05, 0.05, "open"),
        (-math.inf, math.inf, "open"),
    ],
)
def test_only_a_whole_interval_decides(low, high, decision):
    assert decide(Range(low=low, high=high), 0.01) == decision


def test_without_a_margin_nothing_is_the_same_but_what_is_equal():
    assert decide(Range(low=0.0, high=0.0), 0.0) == "same"
    assert decide(Range(low=-1e-9, high=1e-9), 0.0) == "open"


@settings(deadline=None)  # up to a thousand numbers of blocks are tried
@given(st.floats(-0.1, 0.1), st.floats(0.001, 0.1), st.floats(0.001, 0.05))
def test_the_blocks_that_are_asked_for_settle_it_and_one_fewer_would_not(estimate, spread, margin):
    effects = np.array([-1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0])
    effect = effect_of(estimate + spread * effects / float(np.std(effects, ddof=1)))
    asked = more_blocks(effect, margin)
    room = abs(abs(effect.estimate) - margin)
    n = np.arange(9, 1001)
    enough = n[stats.t.ppf(0.95, n - 1) * effect.spread / np.sqrt(n) <= room]
    assert asked == (enough[0] - 8 if len(enough) else None)


def test_a_single_block_cannot_say_how_many_more_it_takes():
    assert more_blocks(effect_of(EIGHT[:1]), 0.01) is None


@pytest.mark.parametrize(
    ("estimate", "more"),
    [
        (0.05, None),  # on the edge of the margin
        (0.06, 5),  # 1.7139 · 0.01 · √(2/6) = 0.00990; of 5 blocks 0.01084
        (0.0595, 6),  # of 7 blocks 0.00916
        (0.0591, 8),  # of 8 blocks by their own spread 1.8946 · 0.01 / 2 = 0.00947, of 9 0.00877
        (0.05001, None),  # more than a thousand
    ],
)
def test_a_known_spread_says_how_many_more_blocks_a_single_pair_takes(estimate, more):
    """Two runs of spread 1 % against a margin of 5 %."""
    assert more_borrowed(effect_of(np.array([estimate])), 0.05, 0.01, runs=24) == more


def test_a_borrowed_spread_gives_a_single_pair_an_interval():
    """Two runs of spread 1 % differ by √2 % by chance; 23 degrees of freedom give t = 1.7139 at 95 %."""
    found, p = borrowed(0.02, 0.01, n=1, runs=24)
    half = 1.7138715 * 0.01 * math.sqrt(2.0)
    assert (found.low, found.high) == pytest.approx((0.02 - half, 0.02 + half))
    assert p == pytest.approx(2 * stats.t.sf(math.sqrt(2.0), 23))


@pytest.mark.parametrize(
    ("first", "second", "n_first", "n_second"),
    [(0, 5, 100.0, 100.0), (3, 9, 480.0, 320.0), (7, 0, 50.0, 25.0), (4, 4, 10.0, 10.0)],
)
def test_counts_are_compared_as_the_binomial_of_their_sum(first, second, n_first, n_second):
    share = n_second / (n_first + n_second)
    tails = (stats.binom.cdf(second, first + second, share), stats.binom.sf(second - 1, first + second, share))
    assert counts_p(first, second, n_first, n_second) == pytest.approx(min(1.0, 2 * min(tails)))


def test_five_misses_against_none_among_as_many_are_one_in_sixteen():
    assert counts_p(0, 5, 100, 100) == pytest.approx(2 / 2**5)
    assert counts_p(0, 0, 100, 100) == 1.0


def test_both_intervals_cover_what_they_promise():
    """Eight normal effects around 0.02: Student's covers 90 %, the exact one 1 − 24/256 = 90.6 %, the wider more."""
    draw = np.random.default_rng(11)
    found = [effect_of(row) for row in draw.normal(0.02, 0.01, size=(2000, 8))]
    covered = {
        name: np.mean([getattr(one, name).low <= 0.02 <= getattr(one, name).high for one in found])
        for name in ("student", "exact", "range")
    }
    assert covered["student"] == pytest.approx(0.900, abs=0.020)  # three standard errors
    assert covered["exact"] == pytest.approx(1 - 24 / 256, abs=0.020)
    assert covered["range"] >= max(covered["student"], covered["exact"]) - 0.01


def test_days_widen_an_interval_as_two_draws_of_their_spread_would():
    """Levels 0, 1, 2 spread by 1: two days differ by √2, and t of 2 degrees of freedom is 2.92 at 95 %."""
    found = widened(Range(low=1.0, high=7.0), [0.0, 1.0, 2.0])
    half = math.hypot(3.0, 2.9199856 * math.sqrt(2.0))
    assert (found.low, found.high) == pytest.approx((4.0 - half, 4.0 + half))


def test_too_few_days_and_no_interval_are_left_as_they_are():
    narrow, none = Range(low=0.0, high=1.0), Range(low=-math.inf, high=math.inf)
    assert widened(narrow, [0.0, 9.0]) == narrow
    assert widened(none, [0.0, 1.0, 2.0]) == none
    assert widened(narrow, [3.0, 3.0, 3.0]) == narrow
