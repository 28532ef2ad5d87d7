"""Tests of intervals from runs drawn again."""

import math

import numpy as np
import pytest

from josie_bench.statistics.cluster_bootstrap import (
    FEWEST_RUNS,
    quantile_bootstrap,
    ratio_bootstrap,
    run_count,
    wider,
)
from josie_bench.statistics.order_statistics import quantile
from josie_bench.terms.score import Interval

OWN = Interval(level=0.95, low=1.0, high=3.0, method="order statistic on n_eff")
RUNS = np.repeat(np.arange(24), 10)


def test_fewer_runs_than_twenty_have_none() -> None:
    few = np.repeat(np.arange(FEWEST_RUNS - 1), 10)
    assert quantile_bootstrap(np.arange(190.0), 0.5, 0.95, few) is None
    assert ratio_bootstrap(np.ones(190, dtype=np.bool_), 0.95, few) is None
    assert quantile_bootstrap(np.arange(190.0), 0.5, 0.95, None) is None
    assert (run_count(few), run_count(None)) == (19, 1)


def test_quantile_over_runs_is_what_drawing_whole_runs_finds() -> None:
    """A plainer second computation: the same draws, each put together and sorted."""
    generator = np.random.default_rng(4)
    sizes = generator.integers(3, 9, 21)
    runs, values = np.repeat(np.arange(21), sizes), generator.standard_normal(int(sizes.sum()))
    found = quantile_bootstrap(values, 0.9, 0.9, runs, draws=400, seed=8)
    weights = np.random.default_rng(8).multinomial(21, np.full(21, 1 / 21), size=400)
    drawn = sorted(
        quantile(np.concatenate([np.tile(values[runs == run], row[run]) for run in range(21)]), 0.9) for row in weights
    )
    assert found is not None
    assert (found.low, found.high) == (drawn[20], drawn[379])  # ⌊0.05 · 400⌋ and ⌈0.95 · 400⌉ − 1
    assert found.method == "bootstrap over 21 runs"


def test_ratio_over_runs_is_normal_with_the_spread_of_the_runs() -> None:
    # Half of 100 runs have every flag: the share of a draw has deviation √(¼/100) = 0.05.
    flags = np.repeat(np.arange(100) % 2 == 0, 7)
    found = ratio_bootstrap(flags, 0.95, np.repeat(np.arange(100), 7), draws=20_000)
    assert found is not None
    assert (found.low, found.high) == (pytest.approx(0.402, abs=0.011), pytest.approx(0.598, abs=0.011))


def test_the_same_runs_give_the_same_interval_and_blocks_of_draws_change_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = np.random.default_rng(1).standard_normal(240)
    whole = quantile_bootstrap(values, 0.5, 0.95, RUNS)
    monkeypatch.setattr("josie_bench.statistics.cluster_bootstrap.AT_ONCE", 240 * 700)
    assert quantile_bootstrap(values, 0.5, 0.95, RUNS) == whole


def test_windows_that_never_ended_take_the_bound() -> None:
    values = np.arange(240.0)
    values[RUNS >= 22] = math.inf
    found = quantile_bootstrap(values, 0.9, 0.95, RUNS)
    assert found is not None
    assert found.high is None
    assert found.low is not None


def test_the_wider_of_the_two_is_told_and_named() -> None:
    drawn = Interval(level=0.95, low=1.5, high=4.0, method="bootstrap over 24 runs")
    assert wider(OWN, RUNS, drawn) == Interval(
        level=0.95, low=1.5, high=4.0, method="bootstrap over 24 runs, wider than: order statistic on n_eff"
    )
    narrow = Interval(level=0.95, low=1.5, high=3.0, method="bootstrap over 24 runs")
    assert wider(OWN, RUNS, narrow).method == "order statistic on n_eff, wider than: bootstrap over 24 runs"
    open_end = Interval(level=0.95, low=2.0, high=None, method="bootstrap over 24 runs")
    assert wider(OWN, RUNS, open_end).high is None


def test_an_interval_of_few_runs_says_that_it_lies_within_them() -> None:
    assert wider(OWN, None, None).method == "order statistic on n_eff, within one run"
    assert wider(OWN, np.repeat(np.arange(8), 3), None).method == "order statistic on n_eff, within 8 runs"
