"""A/A: two sides that are the same. How often is one said to be quicker, by us and by what others do?

Eight runs a side of 1,000 windows, 180 ms · exp(0.05·x + 0.01·g): windows follow one another (ρ = 0.5), and runs of
one build differ by 1 %. A comparison that takes windows for independent finds that runs differ, and calls it builds.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from josie_bench.statistics.comparison import block_effects, effect_of
from josie_bench.terms.comparison import FASTER, SLOWER
from josie_bench.terms.simulated import ServiceLaw
from tests.proofs.draws import compared, counted_by, percentile, trials

pytestmark = pytest.mark.slow

LAW = ServiceLaw(median_ms=180.0, sigma=0.05, rho=0.5, run_sigma=0.01)
COMPARISONS, BLOCKS, WINDOWS = 400, 8, 1000
RESAMPLES = 1000


@pytest.fixture(scope="module")
def sides():
    """Return `[comparisons, sides, blocks, windows]`."""
    times = trials(LAW, COMPARISONS * 2 * BLOCKS, WINDOWS, seed=1)
    return times.reshape(COMPARISONS, 2, BLOCKS, WINDOWS)


def share(false):
    return float(np.mean(false))


@pytest.mark.parametrize(("name", "percent"), [("p50", 50.0), ("p99", 99.0)])
def test_our_verdicts_are_rarely_false(sides, name, percent, note):
    """At 5 % or less; 400 comparisons would show 6.9 % with a true 5 % in one session of forty."""
    values = counted_by(sides, percent)
    assert np.isfinite(values).all()
    told = [compared(first, second, percent) for first, second in values]
    false = share([some.verdict in (SLOWER, FASTER) for some in told])
    strict = [effect_of(block_effects(*pair, is_ratio=True), level=0.95) for pair in values]
    differs = share([effect.range.low > 0.0 or effect.range.high < 0.0 for effect in strict])
    note(
        "false verdicts",
        method=f"josie-bench: verdict beyond a margin of {100 * told[0].margin.value:g} %",
        of=name,
        false=false,
    )
    note("false verdicts", method="josie-bench: 95 % interval over blocks without zero", of=name, false=differs)
    assert false <= 0.05
    assert differs <= 0.07


def test_windows_pooled_as_if_independent_are_mostly_wrong(sides, note):
    pooled = sides.reshape(COMPARISONS, 2, -1)[:200]
    false = share([stats.mannwhitneyu(first, second).pvalue < 0.05 for first, second in pooled])
    note("false verdicts", method="Mann-Whitney over pooled windows", of="all windows", false=false)
    assert false == pytest.approx(0.76, abs=0.09)  # three standard errors of 200


def test_welch_over_runs_is_nearly_right(sides, note):
    values = percentile(sides, 0.99)
    false = share(stats.ttest_ind(values[:, 0], values[:, 1], axis=1, equal_var=False).pvalue < 0.05)
    note("false verdicts", method="Welch's t over the runs' p99", of="p99", false=false)
    assert false == pytest.approx(0.05, abs=0.035)


def test_a_bootstrap_over_few_runs_is_too_sure(sides, note):
    values = np.log(percentile(sides, 0.99))
    draw = np.random.default_rng(2)
    chosen = draw.integers(0, BLOCKS, size=(2, RESAMPLES, BLOCKS))
    means = [values[:, side][:, chosen[side]].mean(axis=-1) for side in (0, 1)]
    low, high = np.quantile(means[1] - means[0], [0.025, 0.975], axis=1)
    false = share((low > 0.0) | (high < 0.0))
    note("false verdicts", method="bootstrap over the runs' p99", of="p99", false=false)
    assert 0.06 < false < 0.16
