"""Results of several rounds made by hand, for the tests of comparisons."""

from __future__ import annotations

from josie_bench.terms.noise_floor import NOISE_SCHEMA, NOISE_VERSION, MetricFloor, NoiseFloor
from josie_bench.terms.result import (
    SCHEMA,
    SCHEMA_VERSION,
    CaseResult,
    Dataset,
    MetricScore,
    Result,
    RoundResult,
    Run,
    Subject,
)
from josie_bench.terms.score import NotAvailable

P50, P99, MEMORY = "response_latency.p50", "response_latency.p99", "host_memory.peak"
MISSED = "deadline_miss_ratio.budget"
UNITS = {P50: "ms", P99: "ms", MEMORY: "MiB", MISSED: "ratio", "jitter.spread": "ms", "parity_snr.p50": "dB"}
EIGHT = (100.0, 101.0, 99.0, 102.0, 98.0, 100.5, 99.5, 101.5)
SETTINGS = {
    "name": "realtime/eager-fp32/w300",
    "scenario": "realtime",
    "preset": "nano",
    "backend": "eager",
    "precision": "fp32",
    "window": "300 ms",
    "rounds": 8,
    "stream": {"speech": "bundled", "video": None},
    "budgets": [],
    "timeout": "60 s",
}


def score(key, value, *, definition=None, **more):
    metric = key.partition(".")[0]
    fields = {
        "unit": UNITS.get(key, "ms"),
        "direction": {"jitter": "none", "parity_snr": "higher"}.get(metric, "lower"),
        "definition": definition or f"{metric}/1",
        "origin": "",
        "n": 800,
        "na": NotAvailable(reason="insufficient_samples", detail="too few windows") if value is None else None,
    }
    return MetricScore(value=value, **(fields | more))


def case_of(values, *, name="realtime/eager-fp32/w300", metrics=(), settings=(), **more):
    """Return a case; `values` maps a key to its numbers by round, in rounds that are whole."""
    count = max((len(some) for some in values.values()), default=0)
    rounds = [
        RoundResult(
            index=index,
            status="OK",
            reason=None,
            started="2026-01-01T00:00:00+00:00",
            windows_measured=100,
            compute_p50_ms=None,
            component_p50_ms={},
            values={key: some[index] for key, some in values.items() if index < len(some)},
        )
        for index in range(count)
    ]
    scores = {key: score(key, some[0] if some else None) for key, some in values.items()} | dict(metrics)
    fields = {"sha": "s", "status": "OK", "reason": None, "reproduce": "", "metrics": scores, "rounds": rounds}
    return CaseResult(id=name, settings=SETTINGS | dict(settings), **(fields | more))


def result_of(*cases, run="a", host=(), datasets=(), subjects=(), tool="0.1.0"):
    facts = {"fingerprint": "f" * 64, "cpu": "one", "kernel": "6.1", "packages": {"torch": "2.11"}}
    return Result(
        schema=SCHEMA,
        schema_version=SCHEMA_VERSION,
        run=Run(
            id=run,
            suite="realtime",
            suite_sha256="0",
            tool=tool,
            started="2026-01-01T00:00:00+00:00",
            ended="2026-01-01T01:00:00+00:00",
            status="OK",
            stop_reason="",
        ),
        subjects=[Subject(preset="nano", parameters=1, weights="seeded", weights_sha256=sha) for sha in subjects],
        datasets=[Dataset(modality=kind, name="x", sha256=sha, license="") for kind, sha in datasets],
        host=facts | dict(host),
        cases=list(cases),
    )


def floor_of(conditions, *metrics, host="f" * 64, created="2026-01-01T00:00:00+00:00", tool="0.1.0", runs=24):
    return NoiseFloor(
        schema=NOISE_SCHEMA,
        schema_version=NOISE_VERSION,
        host=host,
        tool=tool,
        suite="realtime",
        case="realtime/eager-fp32/w300",
        conditions=conditions,
        created=created,
        runs=runs,
        comparisons=20,
        metrics=list(metrics),
        scenario="realtime",
        backend="eager",
    )


def metric_floor(metric=P50, *, scale="relative", margin=0.03, spread=0.01, level=4.6):
    return MetricFloor(metric=metric, scale=scale, margin=margin, floor=margin, spread=spread, level=level)
