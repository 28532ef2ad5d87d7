"""One metric on both sides: blocks, scales, margins, and the verdict worked by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from scipy import stats

from josie_bench.bench.metric_comparison import (
    BORROWED,
    Pair,
    blocks_of,
    compare_metric,
    margin_words,
)
from josie_bench.bench.rounds import SM_CLOCK
from josie_bench.terms.comparison import Margin
from tests.bench.comparing import EIGHT, MISSED, P50, P99, case_of, floor_of, metric_floor, score

NOISE = (1.0, 1.002, 0.998, 1.001, 0.999, 1.0, 1.003, 0.997)


def compared(a, b, metric=P50, *, floor=None, is_own=False, **others):
    """Return the metric of two cases with these values by round; `others` hold those of both sides."""
    first, second = (
        case_of({metric: values} | {key: both[place] for key, both in others.items()})
        for place, values in enumerate((a, b))
    )
    return compare_metric(Pair(a=first, b=second, floor=floor, is_own_floor=is_own), metric, is_gated=True)


def times(factor, values=EIGHT):
    return [value * factor * noise for value, noise in zip(values, NOISE, strict=False)]


@pytest.mark.parametrize(
    ("factor", "verdict"), [(1.0, "SAME"), (1.05, "SLOWER"), (0.95, "FASTER"), (1.01, "AMBIGUOUS")]
)
def test_a_time_that_changes_by_a_factor(factor, verdict):
    found = compared(EIGHT, times(factor))
    assert found.verdict == verdict
    assert found.change == pytest.approx(factor - 1.0, abs=0.001)
    assert (found.scale, found.n, found.margin) == ("relative", 8, Margin(value=0.01, source="default"))
    assert found.interval == max(
        (found.student, found.exact), key=lambda some: math.log1p(some.high) - math.log1p(some.low)
    )


def test_an_undecided_one_says_how_many_more_blocks_it_takes():
    found = compared(EIGHT, times(1.0092))
    assert found.verdict == "AMBIGUOUS"
    room = math.log(1.01) - math.log1p(found.change)
    spread = stats.tstd([math.log1p(change) for change in found.changes])
    asked = next(n for n in range(9, 999) if stats.t.ppf(0.95, n - 1) * spread / math.sqrt(n) <= room)
    assert found.more_blocks == asked - 8
    assert compared(EIGHT, times(1.0)).more_blocks is None


def test_what_is_better_when_higher_gets_worse_by_falling():
    falling = compared([40.0, 41.0, 39.0, 40.0] * 2, [30.0, 31.0, 29.0, 30.0] * 2, "parity_snr.p50")
    assert (falling.scale, falling.verdict, falling.change) == ("absolute", "SLOWER", -10.0)
    assert falling.margin.value == 0.0


def test_a_time_that_is_not_above_zero_differs_by_an_amount():
    found = compared([-1.0] * 8, [2.0] * 8, "block_start.extra")
    assert (found.scale, found.change) == ("absolute", 3.0)


def test_blocks_are_matched_by_their_index_and_broken_ones_left_out():
    a, b = case_of({P50: EIGHT}), case_of({P50: times(1.05)})
    broken = replace(a.rounds[2], status="ERROR")
    a = replace(a, rounds=[*a.rounds[:2], broken, *a.rounds[3:]])
    assert sorted(blocks_of(a, P50)) == [0, 1, 3, 4, 5, 6, 7]
    found = compare_metric(Pair(a=a, b=b), P50, is_gated=True)
    assert (found.n, found.verdict) == (7, "AMBIGUOUS")
    assert found.change == pytest.approx(0.05, abs=0.001)  # were the blocks shifted, they would scatter by 3 %
    assert max(found.changes) - min(found.changes) < 0.01


def test_a_single_trial_is_one_block_and_decides_nothing():
    a, b = (case_of({}, metrics={P50: score(P50, value)}) for value in (100.0, 150.0))
    found = compare_metric(Pair(a=a, b=b), P50, is_gated=True)
    assert (found.verdict, found.n, found.more_blocks, found.is_lower_bound) == ("AMBIGUOUS", 1, 7, True)
    assert found.reason.startswith("1 run a side: how far runs of one build lie apart is not known")
    assert (found.interval.low, found.interval.high) == (None, None)
    assert found.change == pytest.approx(0.5)


def test_few_runs_decide_with_the_spread_of_this_case_s_noise_floor():
    """Runs of spread 1 %: two runs a side differ by 1 % by chance, and 10 % is ten of that."""
    floor = floor_of("c", metric_floor(margin=0.03, spread=0.01))
    found = compared([100.0, 101.0], [110.0, 111.0], floor=floor, is_own=True)
    assert (found.verdict, found.interval.method) == ("SLOWER", BORROWED)
    assert found.margin.value == 0.03
    half = stats.t.ppf(0.95, 23) * 0.01
    middle = math.log1p(found.change)
    assert (math.log1p(found.interval.low), math.log1p(found.interval.high)) == pytest.approx(
        (middle - half, middle + half)
    )
    foreign = compared([100.0, 101.0], [110.0, 111.0], floor=floor, is_own=False)
    assert (foreign.verdict, foreign.margin.value) == ("AMBIGUOUS", 0.03)


@pytest.mark.parametrize(
    ("a", "b", "more"),
    [
        ([100.0], [102.0], 6),  # ln 1.02 lies 0.976 % below the margin: 1.7139 · 0.01 · √(2/n) is 0.916 % at n = 7
        ([100.0, 100.0], [102.0, 102.0], 5),  # these two do not scatter at all; the runs of the floor do
    ],
)
def test_few_runs_that_cannot_decide_say_by_the_noise_floor_how_many_more_it_takes(a, b, more):
    floor = floor_of("c", metric_floor(margin=0.03, spread=0.01))
    found = compared(a, b, floor=floor, is_own=True)
    assert (found.verdict, found.more_blocks, found.is_lower_bound) == ("AMBIGUOUS", more, False)


def test_a_few_runs_that_scatter_ask_for_what_that_takes():
    found = compared([100.0, 100.0, 100.0], [100.0, 103.0, 98.0])
    assert found.more_blocks > 5
    assert not found.is_lower_bound


def test_more_blocks_do_not_bring_days_together():
    days = tuple(
        floor_of("c", metric_floor(level=4.6 + day / 100.0), created=f"2026-01-0{day + 1}T00:00:00+00:00")
        for day in range(3)
    )
    sides = case_of({P50: EIGHT}), case_of({P50: times(1.0092)})
    found = compare_metric(Pair(a=sides[0], b=sides[1], days=days), P50, is_gated=True)
    assert (found.verdict, found.is_lower_bound) == ("AMBIGUOUS", True)


def test_a_margin_from_the_noise_floor_is_never_below_the_default():
    floor = floor_of("c", metric_floor(margin=0.001))
    assert compared(EIGHT, times(1.0), floor=floor).margin.value == 0.01
    wide = floor_of("c", metric_floor(margin=0.06))
    found = compared(EIGHT, times(1.05), floor=wide)
    assert found.verdict == "SAME"
    assert found.margin.source.startswith("noise floor of 2026-01-01")


def test_margins_in_words():
    width = Margin(value=0.005, source="")
    assert margin_words(width, compared(EIGHT, EIGHT)) == "0.5 %"
    assert margin_words(width, missed(0, 0)) == "0.5 pp"
    assert margin_words(width, compared([-1.0] * 8, [2.0] * 8, "block_start.extra")) == "0.005 ms"


def missed(k_a, k_b, n=800, blocks=8, n_eff=None):
    sides = [
        case_of({MISSED: [k / n] * blocks}, metrics={MISSED: score(MISSED, k / n, k=k, n=n, n_eff=n_eff)})
        for k in (k_a, k_b)
    ]
    return compare_metric(Pair(a=sides[0], b=sides[1]), MISSED, is_gated=True)


def test_shares_of_windows_are_compared_by_their_counts():
    none = missed(0, 0)
    assert (none.verdict, none.p, none.change) == ("SAME", 1.0, 0.0)
    # No miss in 800: below 1 − 0.05^(1/800) = 0.374 % with 95 % on either side.
    assert none.interval.high == pytest.approx(1 - 0.05 ** (1 / 800))
    more = missed(4, 40)
    assert more.verdict == "SLOWER"
    assert more.p == pytest.approx(2 * stats.binom.sf(39, 44, 0.5))
    assert missed(40, 4).verdict == "FASTER"
    short = missed(0, 0, n=100)
    assert short.verdict == "AMBIGUOUS"  # no miss in 100 windows leaves room for 3 %
    # 1 − 0.05^(1/n) is below 0.5 % from 598 windows on: 48 blocks of 12.5.
    assert short.more_blocks == 40
    assert missed(4, 40, blocks=3).verdict == "AMBIGUOUS"


def test_shares_are_compared_where_every_window_missed():
    all_of_them = missed(702, 702, n=702, n_eff=30.3)  # 702 · 30.3 / 702 is above 30.3 in floating point
    assert (all_of_them.change, all_of_them.p) == (0.0, 1.0)
    assert all_of_them.interval.low == pytest.approx(0.05 ** (1 / 30.3) - 1)


def test_windows_that_depend_on_each_other_are_worth_fewer():
    """800 windows worth 200: the bound of no miss is that of 200, and misses count a quarter."""
    none = missed(0, 0, n_eff=200.0)
    assert (none.verdict, none.interval.high) == ("AMBIGUOUS", pytest.approx(1 - 0.05 ** (1 / 200)))
    more = missed(8, 40, n_eff=200.0)
    assert more.p == pytest.approx(2 * stats.binom.sf(9, 12, 0.5))
    assert more.change == pytest.approx(32 / 800)


def test_a_slower_clock_is_not_the_software_s():
    """5 % more time at 5 % less clock is the same number of cycles."""
    found = compared(EIGHT, times(1.05), **{SM_CLOCK: ([1410.0] * 8, [1410.0 / 1.05] * 8)})
    assert found.verdict == "CLOCK_SHIFT"
    steady = compared(EIGHT, times(1.05), **{SM_CLOCK: ([1410.0] * 8, [1410.0] * 8)})
    assert steady.verdict == "SLOWER"
    one_sided = compared(EIGHT, times(1.05), **{SM_CLOCK: ([1410.0] * 8, [])})
    assert one_sided.verdict == "SLOWER"  # not applicable


def test_what_neither_side_has_is_not_compared():
    assert compared([], EIGHT) is None


def lacking(case, *rounds):
    """Return the case with rounds that are whole and yet gave no number."""
    kept = [replace(some, values={P99: 1.0}) if some.index in rounds else some for some in case.rounds]
    return replace(case, rounds=kept)


def test_rounds_that_gave_no_number_leave_it_undecided():
    """The rounds in which windows were never answered have no p99: the quiet ones alone would look the same."""
    a, b = case_of({P50: EIGHT + EIGHT}), case_of({P50: EIGHT + EIGHT})
    found = compare_metric(Pair(a=lacking(a, 3), b=lacking(b, 2, 5)), P50, is_gated=True)
    assert (found.verdict, found.n) == ("AMBIGUOUS", 13)
    assert found.reason.startswith("1 run of A and 2 runs of B gave no number")


def test_shares_are_no_surer_than_days_are_alike():
    """Three days of one build, 0, 10 and 20 points of misses: a change of 4.5 points is none."""
    days = tuple(
        floor_of(
            "c", metric_floor(MISSED, scale="absolute", level=day / 10.0), created=f"2026-01-0{day + 1}T00:00:00+00:00"
        )
        for day in range(3)
    )
    sides = [case_of({MISSED: [k / 800] * 8}, metrics={MISSED: score(MISSED, k / 800, k=k, n=800)}) for k in (4, 40)]
    found = compare_metric(Pair(a=sides[0], b=sides[1], days=days), MISSED, is_gated=True)
    assert (found.verdict, found.interval.method.endswith("widened by the spread between days")) == ("AMBIGUOUS", True)
