"""Gates as bounds on a share of windows, and how they stand."""

from __future__ import annotations

import numpy as np
import pytest

from josie_bench.conformance.recordings import recording
from josie_bench.statistics.looks import BROKEN, MET, OPEN
from josie_bench.statistics.share_gate import ShareGate, share_gate, standing
from josie_bench.terms.budget import parse_budget


def gate(expression, deadline_ms=300.0):
    return share_gate(parse_budget(expression), deadline_ms)


@pytest.mark.parametrize(
    ("expression", "series", "bound_ms", "limit", "is_upper"),
    [
        ("response_latency.p99 < 250 ms", "response_latency", 250.0, 0.01, True),
        ("response_latency.p99.9.ci.high <= 0.3 s", "response_latency", 300.0, 0.001, True),
        ("compute_time.p50.ci.low > 180 ms", "compute_time", 180.0, 0.5, False),
        ("deadline_miss_ratio.budget.ci.high < 1 %", "response_latency", 300.0, 0.01, True),
        ("deadline_miss_ratio.hop < 0.02", "response_latency", None, 0.02, True),
    ],
)
def test_percentiles_and_misses_are_bounds_on_a_share(expression, series, bound_ms, limit, is_upper):
    found = gate(expression)
    assert (found.series, found.bound_ms, found.is_upper) == (series, bound_ms, is_upper)
    assert found.limit == pytest.approx(limit)


@pytest.mark.parametrize(
    "expression", ["response_latency.max < 1 s", "response_latency.mean < 1 s", "jitter.period.p99 < 5 ms",
                   "host_memory.peak < 1 GiB", "compute_rtf.mean < 1"],
)  # fmt: skip
def test_what_is_no_share_is_none(expression):
    assert gate(expression) is None


def times(late, n=1000):
    """Return so many times of 310 ms among others of 100 ms, far from each other."""
    values = np.full(n, 100.0)
    values[: late * (n // max(late, 1)) : n // max(late, 1)] = 310.0
    return values.tolist()


@pytest.mark.parametrize(
    ("late", "expected"),
    [(0, MET), (10, OPEN), (40, BROKEN)],  # 95 % intervals of 0, 1 and 4 %: below 0.4 %, 0.5 … 1.8 %, 2.9 … 5.4 %
)
def test_a_gate_stands_by_the_interval_of_its_share(late, expected):
    trial = recording(times(late))
    assert standing(gate("deadline_miss_ratio.budget.ci.high < 1 %"), trial, 0.95).decision == expected
    assert standing(gate("response_latency.p99.ci.high < 300 ms"), trial, 0.95).decision == expected


def test_what_is_surer_takes_more():
    trial = recording(times(4))  # 0.4 %: 0.11 … 1.02 % at 95 %, 0.15 … 0.91 % at 90 %
    bound = gate("deadline_miss_ratio.budget < 1 %")
    assert standing(bound, trial, 0.90).decision == MET
    assert standing(bound, trial, 0.95).decision == OPEN


def test_windows_that_would_be_needed_follow_from_the_share():
    """No miss shows a share below 1 % from 368 independent windows on; at 2 % no number shows it."""
    bound = gate("deadline_miss_ratio.budget < 1 %")
    assert standing(bound, recording(times(0, 100)), 0.95).needed == 368
    assert standing(bound, recording(times(20)), 0.95).needed is None


def test_a_window_without_an_answer_is_late():
    trial = recording([100.0] * 10 + [None] * 90)
    assert standing(gate("deadline_miss_ratio.budget < 1 %"), trial, 0.95).decision == BROKEN


def test_a_closed_loop_never_settles_a_response():
    trial = recording([100.0] * 1000, is_open_loop=False)
    found = standing(gate("deadline_miss_ratio.budget < 1 %"), trial, 0.95)
    assert (found.decision, found.needed) == (OPEN, None)
    assert standing(gate("compute_time.p99 < 300 ms"), trial, 0.95).decision == MET


def test_the_hop_is_each_window_s_own():
    """Half of the windows, which take 150 ms each, are late for a hop of 100 ms."""
    trial = recording([150.0, 150.0] * 300, hops_ms=[100.0, 200.0] * 300)
    for limit, expected in ((0.4, MET), (0.6, BROKEN)):
        more = ShareGate(series="response_latency", bound_ms=None, limit=limit, is_upper=False)
        assert standing(more, trial, 0.95).decision == expected
