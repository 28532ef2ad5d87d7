"""How small a slowdown is found with eight blocks. Power is stated, not promised."""

from __future__ import annotations

import numpy as np
import pytest

from josie_bench.statistics.comparison import block_effects, effect_of
from josie_bench.terms.comparison import SLOWER
from josie_bench.terms.simulated import ServiceLaw
from tests.proofs.draws import compared, counted_by, trials

pytestmark = pytest.mark.slow

LAW = ServiceLaw(median_ms=180.0, sigma=0.15, rho=0.5, run_sigma=0.01)
COMPARISONS, BLOCKS, WINDOWS = 300, 8, 600
SLOWDOWNS = (0.0, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1)


@pytest.fixture(scope="module")
def sides():
    times = trials(LAW, COMPARISONS * 2 * BLOCKS, WINDOWS, seed=3)
    return times.reshape(COMPARISONS, 2, BLOCKS, WINDOWS)


def found(values, slowdown, percent):
    """Return in what share of the comparisons the second side is said to be slower, and to differ at all."""
    pairs = [(first, second * (1.0 + slowdown)) for first, second in values]
    is_slower = [compared(*pair, percent).verdict == SLOWER for pair in pairs]
    differs = [effect_of(block_effects(*pair, is_ratio=True), level=0.95).range.low > 0.0 for pair in pairs]
    return float(np.mean(is_slower)), float(np.mean(differs))


@pytest.mark.parametrize(("name", "percent"), [("p50", 50.0), ("p99", 99.0)])
def test_power_grows_with_the_slowdown(sides, name, percent, note):
    values = counted_by(sides, percent)
    assert np.isfinite(values).all()
    curve = {slowdown: found(values, slowdown, percent) for slowdown in SLOWDOWNS}
    for slowdown, (slower, differs) in curve.items():
        note("power", of=name, slowdown=f"{100 * slowdown:g} %", SLOWER=slower, **{"95 % interval above zero": differs})
    slower = [share for share, _ in curve.values()]
    assert slower == sorted(slower)
    assert slower[0] <= 0.05
    if name == "p50":
        assert curve[0.05][0] >= 0.95
    else:
        assert curve[0.05][1] == pytest.approx(0.75, abs=0.12)  # as it comes: the tail of 600 windows is six of them
