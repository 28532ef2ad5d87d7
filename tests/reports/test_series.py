"""What the charts show: few points, but the tail and every miss whole."""

import math
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from josie_bench.reports._series import Timeline, binned, kept_ranks, tail, timeline

VALUES = hnp.arrays(np.float64, st.integers(1, 3000), elements=st.floats(0.1, 1e6) | st.just(math.inf))


def line_of(values: list[float]) -> Timeline:
    count = len(values)
    return Timeline(
        minutes=np.arange(count) / 10.0,
        value_ms=np.array(values),
        window=np.arange(count),
        is_missed=np.zeros(count, dtype=np.bool_),
        round=np.zeros(count, dtype=np.int64),
    )


def test_a_timeline_holds_the_measured_windows_by_minutes(sample: ModuleType) -> None:
    series = sample.recording([100.0, 100.0, 100.0, 250.0, 400.0, 100.0], unanswered=1)
    line = timeline(series)
    assert line.window.tolist() == [3, 4, 5]
    np.testing.assert_allclose(line.minutes, [0.0, 0.005, 0.010])  # 300 ms are 0.005 minutes
    np.testing.assert_allclose(line.value_ms, [250.02, 400.02, math.inf])  # 20 us between close and start
    assert line.is_missed.tolist() == [False, True, False]
    assert line.is_unanswered.tolist() == [False, False, True]


def test_an_answer_at_the_deadline_is_in_time(sample: ModuleType) -> None:
    assert timeline(sample.recording([299.98], warm_up=0)).is_missed.tolist() == [False]
    assert timeline(sample.recording([299.98 + 1e-6], warm_up=0)).is_missed.tolist() == [True]


def test_a_closed_loop_shows_compute_time_and_misses_nothing(sample: ModuleType) -> None:
    line = timeline(sample.recording([100.0, 400.0], is_open_loop=False, warm_up=0))
    assert line.value_ms.tolist() == [100.0, 400.0]
    assert not line.is_missed.any()


def test_a_trial_that_only_warmed_up_has_an_empty_timeline(sample: ModuleType) -> None:
    line = timeline(sample.recording([100.0]))
    assert len(line.value_ms) == 0
    assert binned(line) == []


def test_bins_keep_the_median_and_the_largest() -> None:
    bins = binned(line_of([5.0, 1.0, 3.0, 2.0, 9.0, 4.0]), most=2)
    assert [(some.median_ms, some.max_ms) for some in bins] == [(3.0, 5.0), (4.0, 9.0)]
    assert [some.minutes for some in bins] == pytest.approx([0.1, 0.4])


def test_no_bin_holds_windows_of_two_rounds_and_every_round_has_one() -> None:
    line = replace(line_of([5.0, 1.0, 3.0, 2.0, 9.0, 4.0]), round=np.array([0, 0, 0, 0, 2, 2]))
    bins = binned(line, most=3)  # a bin for two windows
    assert [(some.round, some.median_ms, some.max_ms) for some in bins] == [(0, 1.0, 5.0), (0, 2.0, 3.0), (2, 4.0, 9.0)]
    assert [some.round for some in binned(line, most=1)] == [0, 2]


def test_a_bin_with_an_unanswered_window_has_no_finite_largest() -> None:
    [some] = binned(line_of([1.0, 2.0, math.inf]), most=1)
    assert (some.median_ms, some.max_ms) == (2.0, None)
    [lost] = binned(line_of([math.inf]), most=1)
    assert (lost.median_ms, lost.max_ms) == (None, None)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=1500))
def test_there_are_at_most_200_bins_and_the_largest_value_is_in_one(values: list[float]) -> None:
    bins = binned(line_of(values))
    assert len(bins) == min(200, len(values))
    assert max(some.max_ms for some in bins if some.max_ms is not None) == max(values)


def test_the_tail_of_a_small_sample_is_worked_by_hand() -> None:
    points = tail(np.array([30.0, 10.0, 20.0, math.inf]))
    assert [(point.value_ms, point.share) for point in points] == [(10.0, 1.0), (20.0, 0.75), (30.0, 0.5)]


@given(VALUES)
def test_each_point_is_the_share_of_windows_that_took_as_long_or_longer(values: np.ndarray) -> None:
    points = tail(values)
    ordered = np.sort(values)
    for point in points:
        at_least = np.count_nonzero(values >= point.value_ms)
        above = np.count_nonzero(values > point.value_ms)
        assert above < round(point.share * len(values)) <= at_least  # ties have a point each
    top = ordered[-100:]
    kept = [point.value_ms for point in points[-100:]]
    assert kept[-np.isfinite(top).sum() :] == top[np.isfinite(top)].tolist() or not np.isfinite(top).any()
    assert [point.value_ms for point in points] == sorted(point.value_ms for point in points)


@given(VALUES, st.floats(0.1, 1e6))
def test_what_is_read_off_at_the_deadline_is_exact(values: np.ndarray, mark: float) -> None:
    # the curve falls at a point to the height of the next one, so right of the deadline it has the next one's height
    points = tail(values, mark)
    beyond = [point.share for point in points if point.value_ms > mark]
    finite = values[np.isfinite(values)]
    if (finite > mark).any():
        assert beyond[0] == np.count_nonzero(values > mark) / len(values)


def test_the_whole_of_windows_that_hang_together_is_a_share_too() -> None:
    """All 76 are worth 22.830641919501687: as 76 · (22.83… / 76) they would come out as one rounding more than all."""
    draw = np.random.default_rng(3)
    count = int(draw.integers(20, 90))
    first, *_ = tail(np.repeat(draw.random(count // 3 + 1), 3)[:count])
    assert (first.share, first.high) == (1.0, 1.0)


@given(st.integers(0, 2_000_000))
def test_the_kept_ranks_are_few_in_order_and_hold_both_ends(count: int) -> None:
    ranks = kept_ranks(count)
    assert len(ranks) <= 250
    assert ranks == sorted(set(ranks))
    assert ranks[: min(100, count)] == list(range(1, min(100, count) + 1))
    if count:
        assert ranks[-1] == count
