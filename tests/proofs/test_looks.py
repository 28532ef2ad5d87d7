"""Looking before the end: how often a gate passes that should not, and what looking saves."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from josie_bench.statistics.looks import BROKEN, LEVEL, LOOK_LEVEL, MET, OPEN, look_sizes, settle
from josie_bench.statistics.proportion import clopper_pearson

pytestmark = pytest.mark.slow

CASES, ROUNDS, WINDOWS, LIMIT = 2000, 8, 400, 0.01


def ends(share):
    """Return how each case ends that looks between its rounds: with which decision, and after how many rounds."""
    draw = np.random.default_rng(4)
    misses = draw.binomial(WINDOWS, share, size=(CASES, ROUNDS)).cumsum(axis=1)
    found = []
    for row in misses:
        for rounds in look_sizes(ROUNDS):
            level = LEVEL if rounds == ROUNDS else LOOK_LEVEL
            decision = settle(*clopper_pearson(int(row[rounds - 1]), rounds * WINDOWS, level), LIMIT, is_upper=True)
            if decision != OPEN or rounds == ROUNDS:
                break
        found.append((decision, rounds))
    decisions, rounds = zip(*found, strict=True)
    return np.array(decisions), np.array(rounds)


def passes_without_looks(share):
    """Return how often the interval of all windows alone lets the gate pass, by the law of their count."""
    windows = ROUNDS * WINDOWS
    most = max(count for count in range(windows // 50) if clopper_pearson(count, windows, LEVEL)[1] < LIMIT)
    return stats.binom.cdf(most, windows, share)


@pytest.mark.parametrize("share", [0.001, 0.003, 0.005, 0.01, 0.02, 0.04])
def test_a_gate_of_1_percent(share, note):
    decisions, rounds = ends(share)
    passed = float(np.mean(decisions == MET))
    early = rounds < ROUNDS
    row = {
        "passes": passed,
        "settled early": float(np.mean(early & (decisions == MET))),
        "futile early": float(np.mean(early & (decisions == BROKEN))),
        "rounds run, of 8": f"{rounds.mean():.1f}",
    }
    note("looks", **{"true share of misses": f"{100 * share:g} %", "gate": f"ci.high < {100 * LIMIT:g} %"}, **row)
    assert passed >= passes_without_looks(share) - 0.034  # three standard errors of 2,000 cases
    if share >= LIMIT:
        assert passed <= 0.046
    if share in (0.001, 0.04):
        assert rounds.mean() < 0.6 * ROUNDS
