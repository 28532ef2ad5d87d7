"""Cases, recordings and results made by hand."""

from __future__ import annotations

import numpy as np

from josie_bench.bench.case_result import blank, scored
from josie_bench.bench.supervise import TrialOutcome
from josie_bench.terms.case import Case, StreamChoice, WarmUp
from josie_bench.terms.conversation import Conversation
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.recording import MemoryReading, Recording, host_spans
from josie_bench.terms.result import CaseResult
from josie_bench.terms.timebase import ns_from_ms


def make_case(backend="null", precision="fp32", **changes) -> Case:
    """Return a case of `tiny` on the null backend, changed as asked."""
    settings = {
        "id": "realtime/null-fp32/w100",
        "sha": "0" * 64,
        "scenario": "realtime",
        "model": ModelChoice(preset="tiny"),
        "conversation": Conversation(),
        "engines": EngineChoice(backend=backend, precision=precision),
        "window_ms": 100.0,
        "hop_ms": 100.0,
        "deadline_ms": 300.0,
        "windows": 8,
        "warm_up": WarmUp(windows=3, seconds=0.2, cap_s=5.0),
        "stream": StreamChoice(),
        "modalities": ("audio", "vision"),
        "temporal_patches": 1,
        "token_budget": None,
        "temperature": 0.0,
        "threads": 1,
        "timeout_s": 60.0,
        "budgets": (),
    }
    return Case(**(settings | changes))


def make_recording(response_ms, *, hop_ms=300.0, late_ms=None, spans=(), unanswered=0, is_open_loop=True) -> Recording:
    """Return a recording of measured windows with these response times; work starts 1 ms after each close.

    It starts later where the window is handed over later, and sooner where it is answered sooner.
    """
    count = len(response_ms) + unanswered
    scheduled = np.array([ns_from_ms(hop_ms * k) for k in range(count)], dtype=np.int64)
    answered = np.array([True] * len(response_ms) + [False] * unanswered)
    finished = np.zeros(count, dtype=np.int64)
    finished[: len(response_ms)] = scheduled[: len(response_ms)] + [ns_from_ms(r) for r in response_ms]
    late = np.array([ns_from_ms(x) for x in (late_ms or [0.0] * count)], dtype=np.int64)
    works = np.minimum(np.maximum(late, ns_from_ms(1.0)), np.where(answered, finished - scheduled, 0))
    calls = [(w, c, scheduled[w] + ns_from_ms(s), scheduled[w] + ns_from_ms(e)) for w, c, s, e in spans]
    return Recording(
        window_ms=hop_ms,
        deadline_ms=300.0,
        is_open_loop=is_open_loop,
        sample_rate_hz=16_000,
        window=np.arange(count),
        hop_ns=np.full(count, ns_from_ms(hop_ms)),
        block=np.zeros(count, dtype=np.int64),
        content=np.array(["recorded"] * count),
        is_warm_up=np.zeros(count, dtype=np.bool_),
        scheduled_ns=scheduled,
        handed_ns=scheduled + late,
        started_ns=np.where(answered, scheduled + works, 0),
        finished_ns=finished,
        is_answered=answered,
        audio_samples=np.full(count, 4800),
        text_tokens=np.ones(count, dtype=np.int64),
        vision_tokens=np.zeros(count, dtype=np.int64),
        modalities=np.array(["audio"] * count),
        ended_ns=int(scheduled[-1]) + ns_from_ms(10_000),
        spans=host_spans(
            window=np.array([c[0] for c in calls], dtype=np.int64),
            component=np.array([c[1] for c in calls], dtype=np.str_),
            start_ns=np.array([c[2] for c in calls], dtype=np.int64),
            end_ns=np.array([c[3] for c in calls], dtype=np.int64),
        ),
        memory=(MemoryReading(phase="end", name="rss", byte_count=2**20),),
    )


def scored_case(case: Case, recording: Recording) -> CaseResult:
    """Return the result of a case whose trial ended well with this recording."""
    outcome = TrialOutcome(status="OK", reason=None, recording=None)
    return scored(blank(case, outcome, None, settings={}, reproduce=""), case, recording)
