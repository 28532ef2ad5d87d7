"""A comparison made by hand: one case of every kind."""

from __future__ import annotations

from josie_bench.terms.comparison import (
    COMPARISON_SCHEMA,
    COMPARISON_VERSION,
    CaseComparison,
    Comparison,
    Difference,
    Margin,
    MetricComparison,
    Side,
)
from josie_bench.terms.score import Interval


def metric_of(name, verdict, change, low, high, **more):
    interval = Interval(level=0.9, low=low, high=high, method="paired t over blocks")
    fields = {
        "unit": "ms",
        "direction": "lower",
        "scale": "relative",
        "is_gated": True,
        "reason": "because",
        "a": 100.0,
        "b": 100.0 * (1 + change),
        "n": 8,
        "changes": [change] * 8,
        "interval": interval,
        "student": interval,
        "exact": interval,
        "p": 2 / 256,
        "q": 2 / 256,
        "margin": Margin(value=0.01, source="default"),
    }
    return MetricComparison(metric=name, verdict=verdict, change=change, **(fields | more))


SLOWER = metric_of("response_latency.p50", "SLOWER", 0.0506, 0.0391, 0.061)
OPEN = metric_of("compute_time.p50", "AMBIGUOUS", 0.005, None, 0.02, more_blocks=3)
FEW = metric_of("host_memory.peak", "AMBIGUOUS", 0.0, None, None, n=1, more_blocks=7, is_lower_bound=True)
SHARE = metric_of(
    "deadline_miss_ratio.budget", "SAME", 0.001, -0.002, 0.0031,
    unit="ratio", scale="absolute", a=0.0, b=0.001, margin=Margin(value=0.005, source="default"),
)  # fmt: skip
PLAIN = metric_of("cold_start.total", "SAME", 0.0, -0.005, 0.005, is_gated=False, q=None)
QUICKER = metric_of("compute_time.p95", "FASTER", -0.3, -0.35, -0.2, is_gated=False, q=None)


def comparison_of(*cases, verdict="SLOWER", **more):
    side = {"suite": "realtime", "tool": "0.1.0", "started": "2026-01-01T00:00:00+00:00", "host": "f" * 64}
    fields = {"design": "interleaved", "gates": ["response_latency.p50"], "notes": ["a note <b>"]}
    return Comparison(
        schema=COMPARISON_SCHEMA,
        schema_version=COMPARISON_VERSION,
        tool="0.1.0",
        created="2026-01-02T00:00:00+00:00",
        a=Side(run="run-a", commit="0123456789abcdef", **side),
        b=Side(run="run-b", **side),
        verdict=verdict,
        cases=list(cases),
        **(fields | more),
    )


WHOLE = CaseComparison(
    a="A/x",
    b="B/x",
    verdict="SLOWER",
    reason="response_latency.p50",
    varied=[Difference(field="backend", a="eager", b="onnx|runtime")],
    metrics=[SLOWER, OPEN, SHARE, PLAIN, QUICKER],
)
REFUSED = CaseComparison(
    a="y",
    b="y",
    verdict="INCOMPARABLE",
    reason="INCOMPARABLE(window)",
    incomparable=[Difference(field="window", a="200 ms", b="300 ms")],
)
SAMPLE = comparison_of(WHOLE, REFUSED)
