"""Runs with cases that say something to the paper's statements, made by hand."""

from __future__ import annotations

from dataclasses import replace

from josie_bench.terms.result import CaseResult, MetricScore, Result, Subject
from josie_bench.terms.score import Interval
from tests.reports.sample_run import case_result, result

SMALL_GPU, LARGE_GPU = {"name": "a small card", "memory_mib": 8188}, {"name": "a large card", "memory_mib": 24564}


def score(value: float, unit: str = "ms", *, ci: tuple[float, float] | None = None, n: int = 400, k: int | None = None):
    """Return a score; `ci` are the bounds of its interval."""
    interval = None if ci is None else Interval(level=0.95, low=ci[0], high=ci[1], method="by hand")
    return MetricScore(
        value=value, unit=unit, direction="lower", definition="x/1", origin="from → to", n=n, k=k, ci=interval
    )


def case(name: str = "pace", *, status: str = "OK", metrics: dict[str, MetricScore] | None = None, **settings: object):
    """Return a case of `nano` on ONNX Runtime in real time with windows of 300 ms; `settings` replace any."""
    usual: dict[str, object] = {
        "scenario": "realtime",
        "preset": "nano",
        "backend": "onnxruntime",
        "precision": "fp32",
        "window": "300.0 ms",
        "hop": "300.0 ms",
        "mode": "realtime",
        "modalities": ["audio", "vision"],
        "blocks": {"lengths": []},
        "ablate": [],
    }
    return case_result(name, status=status, settings=usual | settings, metrics=metrics or {})


def run(*cases: CaseResult, gpu: dict[str, object] | None = None, preset: str = "nano", parameters: int = 9) -> Result:
    """Return a run of these cases, on a host with this GPU."""
    whole = result(list(cases))
    subject = Subject(preset=preset, parameters=parameters, weights="seeded", weights_sha256="b" * 64)
    host = {"cpu": "a processor", "gpu": [] if gpu is None else [gpu]}
    return replace(whole, subjects=[subject], host=host)


def tail(low: float, value: float, high: float, *, key: str = "response_latency.p99") -> dict[str, MetricScore]:
    """Return one percentile with both bounds."""
    return {key: score(value, ci=(low, high))}
