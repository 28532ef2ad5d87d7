"""`pytest-benchmark`: the windows of each case as the rounds of a benchmark, for `pytest-benchmark compare`.

Written from the format's description and what its own loader reads; times are seconds.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator, Sequence
from typing import Any

from josie_bench.exports import machine_of, quotable
from josie_bench.reports import RunData
from josie_bench.statistics.series import as_ms, compute_ns, response_ns
from josie_bench.terms.quantity import convert
from josie_bench.terms.recording import Recording
from josie_bench.terms.result import CaseResult

SUMMARY = "the windows of each case as rounds, for pytest-benchmark compare"
TELLS_STATUS = False
VERSION = "5.0.0"  # of the format


def files(data: RunData) -> dict[str, bytes]:
    """Return the JSON of a benchmark run.

    Raises:
        UsageError: it was measured on several machines.
    """
    result, host = data.result, machine_of(data)
    git = host.get("git")
    plain = {
        "machine_info": _machine(host),
        "commit_info": {"id": git.get("commit"), "dirty": git.get("dirty")} if isinstance(git, dict) else {},
        "benchmarks": [row for case in quotable(data) for row in _benchmarks(data, case)],
        "datetime": result.run.started,
        "version": VERSION,
    }
    text = json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False)
    return {f"{result.run.id}.pytest-benchmark.json": f"{text}\n".encode()}


def _machine(host: dict[str, object]) -> dict[str, object]:
    return {
        "node": str(host.get("fingerprint", ""))[:8],  # a host's name stays on the host
        "machine": host.get("architecture"),
        "system": host.get("os"),
        "release": host.get("kernel"),
        "python_version": host.get("python"),
        "cpu": {"brand_raw": host.get("cpu"), "count": host.get("cpu_cores")},
    }


def _benchmarks(data: RunData, case: CaseResult) -> Iterator[dict[str, Any]]:
    recording = data.recording_of(case)
    if recording is None:
        return
    series = {"compute_time": compute_ns}
    if recording.is_open_loop:
        series["response_latency"] = response_ns
    for metric, series_of in series.items():
        times = [convert(float(ms), "ms", "s") for ms in as_ms(series_of(recording)) if ms != float("inf")]
        if times:
            yield _benchmark(data, case, metric, times, _unanswered(recording))


def _unanswered(recording: Recording) -> int:
    return int((~recording.is_answered[recording.measured()]).sum())


def _benchmark(data: RunData, case: CaseResult, metric: str, times: list[float], unanswered: int) -> dict[str, Any]:
    name = f"{metric}[{case.id}]"
    definitions = {score.definition for key, score in case.metrics.items() if key.startswith(f"{metric}.")}
    return {
        "group": metric,
        "name": name,
        "fullname": f"{data.result.run.suite}::{name}",
        "params": {"case": case.id},
        "param": case.id,
        "extra_info": {
            "run": data.result.run.id,
            "definition": next(iter(definitions), None),
            "unanswered_windows": unanswered,
        },
        "options": {"timer": "CLOCK_MONOTONIC", "warmup": case.windows_warm_up},
        "stats": _statistics(times),
    }


def _statistics(times: Sequence[float]) -> dict[str, Any]:
    """Return what the tool's own tables are made of, with quartiles by its rule."""
    data = sorted(times)
    q1, q3 = _quartiles(data)
    mean, iqr = statistics.fmean(data), q3 - q1
    deviation = statistics.stdev(data) if len(data) > 1 else 0.0
    low, high = q1 - 1.5 * iqr, q3 + 1.5 * iqr
    far = sum(abs(value - mean) > deviation for value in data)
    outside = sum(not low <= value <= high for value in data)
    return {
        "min": data[0],
        "max": data[-1],
        "mean": mean,
        "stddev": deviation,
        "rounds": len(data),
        "median": statistics.median(data),
        "iqr": iqr,
        "q1": q1,
        "q3": q3,
        "iqr_outliers": outside,
        "stddev_outliers": far,
        "outliers": f"{far};{outside}",
        "ld15iqr": next(value for value in data if value >= low),
        "hd15iqr": next(value for value in reversed(data) if value <= high),
        "ops": len(data) / total if (total := sum(data)) else 0.0,
        "total": sum(data),
        "iterations": 1,
        "data": list(times),
    }


def _quartiles(data: list[float]) -> tuple[float, float]:
    count = len(data)
    if count == 1:
        return data[0], data[0]
    if count % 2 == 0:
        return statistics.median(data[: count // 2]), statistics.median(data[count // 2 :])
    n, is_one = count // 4, count % 4 == 1
    if is_one:
        return 0.25 * data[n - 1] + 0.75 * data[n], 0.75 * data[3 * n] + 0.25 * data[3 * n + 1]
    return 0.75 * data[n] + 0.25 * data[n + 1], 0.25 * data[3 * n + 1] + 0.75 * data[3 * n + 2]
