"""A run with one case of every kind, made by hand: passed, broken, closed loop, skipped, invalid."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from josie_bench.metrics import scores
from josie_bench.reports import RunData
from josie_bench.terms.engine_comparison import EngineComparison, PartRatio, PartTime
from josie_bench.terms.recording import MemoryReading, Recording, Spans, host_spans
from josie_bench.terms.result import (
    CaseResult,
    Dataset,
    EngineUse,
    MemoryRow,
    MetricScore,
    Result,
    RoundResult,
    Run,
    Subject,
    Verdict,
    WaterfallSpan,
)
from josie_bench.terms.score import Interval, NotAvailable
from josie_bench.terms.validity import (
    AuditValidity,
    ClockValidity,
    Diagnosis,
    Failure,
    HarnessValidity,
    NeighbourValidity,
    SlowWindows,
    TelemetryValidity,
    ThrottleValidity,
    Validity,
)

MS = 1_000_000
MIB = 2**20
START_NS = 5_000_000_000_000_123  # above 2**52, where a float no longer holds every nanosecond
WARM_UP = 3
SPANS = {"prepare": 0.05, "audio_encoder": 0.25, "temporal_transformer": 0.5, "audio_decoder": 0.15}

OK, BROKEN, CLOSED, SKIPPED, INVALID = (
    "realtime/onnxruntime-fp32/w300",
    "realtime/eager-fp32/w300",
    "compute/onnxruntime-fp32/w300",
    "realtime/tensorrt-fp16/w300",
    "realtime/null-fp32/w300",
)
MISS_GATE = "deadline_miss_ratio.budget < 0.01"


def recording(
    service_ms: Sequence[float],
    *,
    is_open_loop: bool = True,
    unanswered: int = 0,
    hop_ms: float = 300.0,
    warm_up: int = WARM_UP,
) -> Recording:
    """Return the series of windows that take `service_ms` each; the last `unanswered` get no answer."""
    scheduled, started, finished = [], [], []
    free = START_NS
    for index, service in enumerate(service_ms):
        closes = START_NS + round(index * hop_ms * MS) if is_open_loop else free
        begins = max(closes + 20_000, free) if is_open_loop else closes
        free = begins + round(service * MS)
        scheduled.append(closes)
        started.append(begins)
        finished.append(free)
    count = len(service_ms)
    is_answered = np.arange(count) < count - unanswered
    rows = np.arange(count, dtype=np.int64)
    is_speaking = (rows // 5) % 2 == 1
    handed = np.array(scheduled, dtype=np.int64) + (20_000 if is_open_loop else 0)
    return Recording(
        window_ms=300.0,
        deadline_ms=300.0,
        is_open_loop=is_open_loop,
        sample_rate_hz=16_000,
        window=rows,
        hop_ns=np.full(count, round(hop_ms * MS), dtype=np.int64),
        block=np.zeros(count, dtype=np.int64),
        content=np.array(["recorded"] * count, dtype=np.str_),
        is_warm_up=rows < warm_up,
        scheduled_ns=np.array(scheduled, dtype=np.int64),
        handed_ns=handed,
        started_ns=np.where(is_answered, np.array(started, dtype=np.int64), 0),
        finished_ns=np.where(is_answered, np.array(finished, dtype=np.int64), 0),
        is_answered=is_answered,
        audio_samples=np.where(is_speaking & is_answered, 4_800, 0).astype(np.int64),
        text_tokens=np.where(is_speaking & is_answered, 2, 0).astype(np.int64),
        vision_tokens=np.full(count, 64, dtype=np.int64),
        modalities=np.array(["audio+vision"] * count, dtype=np.str_),
        ended_ns=free + 1,
        spans=_spans(started, finished, count - unanswered),
        memory=(
            MemoryReading(phase="imported", name="rss", byte_count=100 * MIB),
            MemoryReading(phase="loaded", name="rss", byte_count=180 * MIB),
            MemoryReading(phase="end", name="rss", byte_count=200 * MIB),
            MemoryReading(phase="end", name="rss_peak", byte_count=256 * MIB),
        ),
    )


def _spans(started: Sequence[int], finished: Sequence[int], answered: int) -> Spans:
    calls = []
    for index in range(answered):
        at = started[index]
        for component, share in SPANS.items():
            end = at + int((finished[index] - started[index]) * share)
            calls.append((index, component, at, end))
            at = end
    return host_spans(
        window=np.array([call[0] for call in calls], dtype=np.int64),
        component=np.array([call[1] for call in calls], dtype=np.str_),
        start_ns=np.array([call[2] for call in calls], dtype=np.int64),
        end_ns=np.array([call[3] for call in calls], dtype=np.int64),
    )


def services(median_ms: float, count: int, seed: int, slow: Sequence[int] = (), slow_ms: float = 350.0) -> list[float]:
    """Return lognormal service times; the windows of index `slow` take `slow_ms`."""
    drawn = median_ms * np.exp(0.08 * np.random.default_rng(seed).standard_normal(count))
    drawn[list(slow)] = slow_ms
    return [float(value) for value in drawn]


def case_result(name: str, series: Recording | None = None, **changes: object) -> CaseResult:
    """Return a case scored from its series; `changes` replace any field."""
    fields: dict[str, Any] = {
        "id": name,
        "sha": "c" * 64,
        "status": "OK",
        "reason": None,
        "settings": {"scenario": name.partition("/")[0], "window": "300 ms", "modalities": ["audio", "vision"]},
        "reproduce": f"josie-bench run realtime --case {name}",
    }
    if series is not None:
        fields |= {
            "metrics": _metrics(series),
            "waterfall": _waterfall(series),
            "engines": [_engine("audio_encoder"), _engine("temporal_transformer")],
            "memory": [MemoryRow(phase=row.phase, name=row.name, mib=row.byte_count / MIB) for row in series.memory],
            "windows_measured": int(series.measured().sum()),
            "windows_warm_up": int(series.is_warm_up.sum()),
        }
    return CaseResult(**(fields | changes))


def _metrics(series: Recording) -> dict[str, MetricScore]:
    return {
        key: MetricScore(
            value=score.value,
            unit={"response_latency": "ms", "compute_time": "ms", "host_memory": "MiB"}.get(
                key.partition(".")[0], "ratio"
            ),
            direction="lower",
            definition=f"{key.partition('.')[0]}/1",
            origin="from → to",
            n=score.n,
            k=score.count,
            ci=score.interval,
            na=score.na,
            n_eff=score.n_eff,
            clusters=score.clusters,
        )
        for key, score in scores(series).items()
    }


def _waterfall(series: Recording) -> list[WaterfallSpan]:
    rows = series.answered()
    if not rows.any():
        return []
    compute = float(np.median(series.finished_ns[rows] - series.started_ns[rows])) / MS
    shares = SPANS | {"rest of the step": 1.0 - sum(SPANS.values())}
    return [WaterfallSpan(span=name, p50=compute * share, p99=None, share=share) for name, share in shares.items()]


def _engine(component: str) -> EngineUse:
    return EngineUse(
        component=component,
        backend="onnxruntime",
        precision="fp32",
        fingerprint="f" * 64,
        byte_count=3 * MIB,
        was_cached=True,
    )


def verdict(result: str, severity: str = "gate", expr: str = MISS_GATE) -> Verdict:
    """Return a verdict."""
    return Verdict(expr=expr, result=result, severity=severity, detail=f"it was {result}")


def sample_run(count: int = 400) -> RunData:
    """Return the run.

    OK: two of `count` windows miss their deadline. BROKEN: the last window gets no answer. CLOSED: a closed loop.
    Services are drawn so that OK is worth as many windows as it has; in BROKEN slow ones follow each other.
    SKIPPED: never ran. INVALID: the harness was late.
    """
    series = {
        OK: recording(services(180.0, count + WARM_UP, 35, slow=(60, 200))),
        BROKEN: recording(services(260.0, count // 2 + WARM_UP, 2, slow=range(100, 110), slow_ms=420.0), unanswered=1),
        CLOSED: recording(services(170.0, count + WARM_UP, 3), is_open_loop=False),
        INVALID: recording(services(0.4, 100 + WARM_UP, 4)),
    }
    p95 = "response_latency.p95.ci.high < 300 ms"
    cases = [
        case_result(
            OK, series[OK], budgets=[verdict("pass"), verdict("fail", "warn", "response_latency.max < 300 ms")]
        ),
        case_result(
            BROKEN,
            series[BROKEN],
            budgets=[verdict("fail"), verdict("n/a", "info", p95)],
            notes=["two windows came late"],
        ),
        case_result(CLOSED, series[CLOSED]),
        case_result(
            SKIPPED,
            status="SKIPPED",
            reason="TensorRT is not installed: pip install tensorrt",
            budgets=[verdict("n/a")],
        ),
        case_result(
            INVALID, series[INVALID], status="INVALID_HARNESS", reason="the harness was late", budgets=[verdict("pass")]
        ),
    ]
    return RunData(result=result(cases), recordings=series)


def result(cases: list[CaseResult]) -> Result:
    """Return a result that holds `cases`."""
    return Result(
        schema="josie-bench/result",
        schema_version="1.0.0",
        run=Run(
            id="20261123T071500Z-3f9a",
            suite="realtime",
            suite_sha256="a" * 64,
            tool="0.1.0",
            started="2026-11-23T07:15:00+00:00",
            ended="2026-11-23T07:25:00+00:00",
            status="GATE_BROKEN",
            stop_reason="a gate is broken",
        ),
        subjects=[Subject(preset="nano", parameters=1_234_567, weights="seeded", weights_sha256="b" * 64)],
        datasets=[Dataset(modality="audio", name="librivox-0870.wav", sha256="d" * 64, license="public domain")],
        host={
            "cpu": "a processor of 8 cores",
            "cpu_count": 8,
            "gpu": [{"name": "a card", "driver": "1.0"}],
            "is_virtual": False,
            "libraries": {"numpy": "2.4.6"},
        },
        cases=cases,
    )


EAGER, QUICK, SLOW = "rounds/eager-fp32/w300", "rounds/onnxruntime-fp32/w300", "rounds/openvino-fp32/w300"


def rounds_run(count: int = 6, status: str = "OK") -> RunData:
    """Return a run of three engines in `count` rounds; of one of six parts the engines cannot be told apart.

    The last engine's case has `status`.
    """
    cases = [
        case_result(EAGER, rounds=[_round(index, 60.0, 4.0) for index in range(count)]),
        case_result(QUICK, rounds=[_round(index, 20.0, 4.0) for index in range(count)]),
        case_result(SLOW, rounds=[_round(index, 80.0, 5.0) for index in range(count)], status=status),
    ]
    times = [_time(EAGER, "audio_decoder", 4.0, count), _time(EAGER, "window", 60.0, count)]
    ratios = [
        _ratio(QUICK, "audio_decoder", (1.0, 0.9, 1.1), count),
        _ratio(QUICK, "window", (3.0, 2.5, 3.3), count),
        _ratio(SLOW, "audio_decoder", (0.8, 0.75, 0.85), count),
        _ratio(SLOW, "window", (0.75, 0.7, 0.8), count),
    ]
    compared = EngineComparison(
        base=EAGER,
        cases=[QUICK, SLOW],
        rounds=6,
        parts=["audio_decoder", "window"],
        times=times,
        ratios=ratios,
    )
    whole = result(cases)
    return RunData(result=replace(whole, comparisons=[compared]))


def _round(index: int, window_ms: float, decoder_ms: float) -> RoundResult:
    return RoundResult(
        index=index,
        status="OK",
        reason=None,
        started=f"2026-11-23T07:15:{index:02d}+00:00",
        windows_measured=24,
        compute_p50_ms=window_ms,
        component_p50_ms={"audio_decoder": decoder_ms},
    )


def _time(case: str, part: str, value: float, count: int) -> PartTime:
    if count < 6:
        return PartTime(case=case, part=part, value_ms=None, n=count, na=_few(count))
    return PartTime(case=case, part=part, value_ms=value, n=count, ci=_over_rounds(value - 0.04, value + 0.04))


def _ratio(case: str, part: str, numbers: tuple[float, float, float], count: int) -> PartRatio:
    value, low, high = numbers
    if count < 6:
        return PartRatio(case=case, part=part, value=None, n=count, verdict="undecided", na=_few(count))
    verdict = "quicker" if low > 1 else "slower" if high < 1 else "undecided"
    return PartRatio(case=case, part=part, value=value, n=count, verdict=verdict, ci=_over_rounds(low, high))


def _over_rounds(low: float, high: float) -> Interval:
    return Interval(level=0.95, low=low, high=high, method="order statistic over rounds, taken as independent")


def _few(count: int) -> NotAvailable:
    return NotAvailable(reason="insufficient_samples", detail=f"{count} rounds are few", needed=6)


def audited_run() -> RunData:
    """Return a run of one case of which an answer did not come again, with slow windows and a diagnosis."""
    series = recording(services(180.0, 40, 1))
    checked = Validity(
        harness=HarnessValidity(ok=True),
        clock=ClockValidity(disorder_ns=0),
        throttle=ThrottleValidity(windows_flagged=0, windows_capped=0),
        neighbours=NeighbourValidity(gpu_processes=0),
        audit=AuditValidity(checked=9, mismatched=[4]),
        telemetry=TelemetryValidity(),
        identities=[],
        failures=[Failure(status="INVALID_AUDIT", reason="one did not come again")],
    )
    shape = Diagnosis(code="JB-SHAPE-001", text="two levels", evidence={"low_ms": 1.0}, next="look")
    slow = SlowWindows(kind="late", count=3, causes={"preempted": 2}, unexplained=1)
    case = case_result(
        OK,
        series,
        status="INVALID_AUDIT",
        reason="one did not come again",
        validity=checked,
        diagnosis=[shape],
        slow_windows=[slow],
    )
    return RunData(result=result([case]), recordings={OK: series})
