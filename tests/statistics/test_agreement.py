"""Shares of equal codes as scores."""

from __future__ import annotations

import numpy as np
import pytest

from josie_bench.statistics.agreement import share_equal
from josie_bench.terms.parity import Parity


def rows(*values):
    return Parity(
        window=np.arange(len(values)),
        component=np.array(["c"] * len(values)),
        measure=np.array([measure for measure, _ in values]),
        value=np.array([float(value) for _, value in values]),
    )


def test_counts_of_all_calls_are_one_ratio_with_its_interval():
    score = share_equal(rows(("all_equal", 5), ("all_total", 6), ("all_equal", 4), ("all_total", 4)), "c", "all")
    assert (score.value, score.count, score.n) == (pytest.approx(0.9), 9, 10)
    assert score.interval is not None
    assert "codes taken as independent" in score.interval.method


def test_nothing_to_compare_is_a_reason():
    score = share_equal(rows(("all_equal", 0), ("all_total", 0)), "c", "all")
    assert score.na is not None
    assert score.na.reason == "not_compared"
