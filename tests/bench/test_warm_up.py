"""When windows take what they will go on taking."""

from __future__ import annotations

import numpy as np
import pytest

from josie_bench.bench.warm_up import is_settled
from josie_bench.terms.case import WarmUp


@pytest.mark.parametrize(
    ("compute", "expected"),
    [
        ([100] * 20, True),
        ([1000 + 9 * k for k in range(20)], False),  # 17 % over the 20, though less than 1 % a window
        ([1000 - 9 * k for k in range(20)], False),
        ([10_000 + 4 * k for k in range(20)], True),  # 0.8 % over the 20
        ([10_000 + 6 * k for k in range(20)], False),  # 1.1 %
        ([1000, 5000] + [1000 + k % 3 for k in range(17)] + [9000], True),  # a few slow ones
        ([1000] * 5 + [100] * 20, True),  # only the last 20 count
        ([100 + (k % 2) * 30 for k in range(20)], True),  # noise without a trend
        ([0] * 20, True),
        ([100 + 50 * k for k in range(6)], True),  # too few of one kind to tell
    ],
)
def test_settled_means_no_trend_in_the_last_windows(compute, expected):
    assert is_settled(compute, WarmUp(windows=20)) is expected


@pytest.mark.parametrize("scatter", [0.01, 0.2])
def test_one_steady_series_in_twenty_seems_to_trend_however_noisy(scatter):
    drawn = np.exp(scatter * np.random.default_rng(0).normal(size=(2000, 20)))
    unsettled = sum(not is_settled(list(1e6 * series), WarmUp(windows=20)) for series in drawn)
    assert 0.03 <= unsettled / 2000 <= 0.06


def test_a_short_warm_up_is_not_asked_for_a_trend():
    assert is_settled([100, 300], WarmUp(windows=2))
