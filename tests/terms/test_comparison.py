"""Verdicts: which of several is that of the whole."""

from __future__ import annotations

import pytest

from josie_bench.terms.comparison import VERDICTS, default_margin, worst


@pytest.mark.parametrize(
    ("verdicts", "whole"),
    [
        (["SAME", "FASTER"], "FASTER"),
        (["FASTER", "AMBIGUOUS"], "AMBIGUOUS"),
        (["AMBIGUOUS", "SLOWER"], "SLOWER"),
        (["SLOWER", "INCOMPARABLE"], "INCOMPARABLE"),
        (["SAME", "CLOCK_SHIFT"], "CLOCK_SHIFT"),
        ([], "SAME"),
    ],
)
def test_the_worst_of_several_is_that_of_the_whole(verdicts, whole):
    assert worst(verdicts) == whole
    assert worst(list(VERDICTS)) == "INVALID"


@pytest.mark.parametrize(
    ("key", "unit", "scale", "value"),
    [
        ("response_latency.p50", "ms", "relative", 0.01),
        ("response_latency.p99", "ms", "relative", 0.02),
        ("tardiness.budget.max", "ms", "relative", 0.02),
        ("compute_time.p99.9", "ms", "relative", 0.02),
        ("tardiness.budget.mean", "ms", "relative", 0.01),
        ("host_memory.peak", "MiB", "relative", 0.005),
        ("deadline_miss_ratio.budget", "ratio", "absolute", 0.005),
        ("parity_snr.p50", "dB", "absolute", 0.0),
    ],
)
def test_margins_by_default(key, unit, scale, value):
    assert default_margin(key, unit, scale).value == value
