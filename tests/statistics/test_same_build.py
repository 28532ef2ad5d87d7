"""Chance between runs of one build: against arithmetic and a plainer simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from josie_bench.statistics.same_build import LEAST_RUNS, chance_effects, chance_floor


def test_runs_that_are_all_alike_differ_by_nothing():
    assert chance_effects(np.full(24, 5.0), is_ratio=True).tolist() == [0.0] * 200


def test_no_run_is_held_against_itself():
    """Were runs drawn with replacement, one far out could stand on both sides and cancel; here it never does."""
    runs = np.zeros(16)
    runs[3] = 8.0
    # All 16 are drawn each time: the odd one makes one block of ±8 among seven of 0, whose centre is 0.
    assert chance_effects(runs, is_ratio=False).max() == 0.0
    halves = np.array([0.0] * 8 + [1.0] * 8)
    found = chance_effects(halves, is_ratio=False)
    assert 0.0 < found.max() <= 1.0


def test_a_factor_is_a_factor_whatever_the_unit():
    runs = np.exp(np.random.default_rng(1).normal(0.0, 0.02, LEAST_RUNS))
    assert chance_effects(runs, is_ratio=True) == pytest.approx(chance_effects(1000.0 * runs, is_ratio=True))


def test_the_same_seed_draws_the_same():
    runs = np.random.default_rng(2).normal(10.0, 1.0, LEAST_RUNS)
    assert (
        chance_effects(runs, is_ratio=False, seed=4).tolist() == chance_effects(runs, is_ratio=False, seed=4).tolist()
    )


def test_the_floor_is_what_the_spread_of_runs_leads_one_to_expect():
    """Means of eight against eight normal runs lie 1.96 · σ · √(2/8) apart once in twenty."""
    draw = np.random.default_rng(3)
    floors = [chance_floor(chance_effects(draw.normal(0.0, 1.0, 96), is_ratio=False)) for _ in range(20)]
    assert np.median(floors) == pytest.approx(1.96 * math.sqrt(2 / 8), rel=0.12)
