"""Steps in a series: by hand, against going through every way to cut it, and by simulation."""

from __future__ import annotations

import math
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from josie_bench.statistics.potts import LEAST_SEGMENT, segments


def edges(found):
    return [some.start for some in found] + [found[-1].stop]


def plain_best(values, margin):
    """Return the cuts with the least criterion, by trying them all."""
    n = len(values)
    floor = max(margin * n / 10.0, 1e-12)
    best = (math.inf, [])
    for pieces in range(1, n // LEAST_SEGMENT + 1):
        for cuts in combinations(range(1, n), pieces - 1):
            ends = [0, *cuts, n]
            if min(b - a for a, b in pairwise(ends)) < LEAST_SEGMENT:
                continue
            parts = [values[a:b] for a, b in pairwise(ends)]
            error = sum(np.abs(part - np.median(part)).sum() for part in parts)
            best = min(best, (4 * math.log(n) / n * pieces + math.log(floor + error), ends))
    return best


def test_one_step_is_found_where_it_is():
    (low, high) = segments(np.array([1.0, 1.1, 0.9, 1.0, 1.0, 2.0, 2.1, 1.9, 2.0]), 0.1)
    assert (low.start, low.stop, low.level) == (0, 5, 1.0)
    assert (high.start, high.stop, high.level) == (5, 9, 2.0)


def test_one_run_far_out_is_no_step():
    assert edges(segments(np.array([1.0, 1.0, 1.0, 9.0, 1.0, 1.0, 1.0, 1.0]), 0.1)) == [0, 8]


def test_a_step_within_the_margin_is_none():
    values = np.array([1.0] * 10 + [1.05] * 10)
    assert edges(segments(values, 0.01)) == [0, 10, 20]
    assert edges(segments(values, 0.1)) == [0, 20]


@pytest.mark.parametrize("n", [0, 1, 2, 3, 5])
def test_short_series_are_one_stretch(n):
    assert [(some.start, some.stop) for some in segments(np.arange(float(n)), 0.0)] == ([(0, n)] if n else [])


@settings(max_examples=60)
@given(st.lists(st.integers(0, 6), min_size=3, max_size=10))
def test_no_way_to_cut_it_is_better(whole):
    values = np.array(whole, dtype=float)
    found = edges(segments(values, 0.0))
    parts = [values[a:b] for a, b in pairwise(found)]
    error = sum(np.abs(part - np.median(part)).sum() for part in parts)
    n = len(values)
    reached = 4 * math.log(n) / n * len(parts) + math.log(1e-12 + error)
    # Equal levels side by side are one stretch afterwards, which can only save pieces.
    assert reached <= plain_best(values, 0.0)[0] + 1e-9


def test_noise_alone_seldom_makes_a_step_and_a_step_of_four_spreads_is_seldom_missed():
    draw = np.random.default_rng(8)
    noise = [len(segments(draw.normal(0.0, 0.01, 30), 0.01)) > 1 for _ in range(60)]
    assert np.mean(noise) < 0.05
    shift = np.repeat([0.0, 0.04], 15)
    found = [edges(segments(shift + draw.normal(0.0, 0.01, 30), 0.01)) for _ in range(60)]
    assert np.mean([ends == [0, 15, 30] for ends in found]) > 0.9
