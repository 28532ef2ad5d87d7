"""Builds small recordings by hand: times are given in milliseconds from the trial's start."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from josie_bench.terms.recording import Ints, MemoryReading, Phase, Recording, host_spans
from josie_bench.terms.timebase import ns_from_ms, ns_from_s

START_NS = ns_from_s(5.0)
NO_SPANS = host_spans()


def instants(ms: Sequence[float]) -> Ints:
    """Return `[windows]` instants on the host's clock; NaN becomes 0, as for what never happened."""
    return np.array([0 if math.isnan(at) else START_NS + ns_from_ms(at) for at in ms], dtype=np.int64)


def recording(
    response_ms: Sequence[float | None],
    *,
    compute_ms: Sequence[float] | None = None,
    lateness_ms: Sequence[float] | None = None,
    speech: Sequence[int] | None = None,
    hop_ms: float = 100.0,
    deadline_ms: float = 150.0,
    warm_up: int = 0,
    is_open_loop: bool = True,
    ended_ms: float | None = None,
    memory: tuple[MemoryReading, ...] = (),
    block: Sequence[int] | None = None,
    hops_ms: Sequence[float] | None = None,
    content: Sequence[str] | None = None,
    phases: tuple[Phase, ...] = (),
    delay_ms: int = 0,
) -> Recording:
    """Return a recording whose window k closes at k·H and is answered `response_ms[k]` later; None is never.

    Args:
        response_ms: e − a of each window.
        compute_ms: e − q of each window; all of the response if not given.
        lateness_ms: d − a of each window; 0 if not given.
        speech: samples at 1,000 Hz that came out for each window, so one sample plays for 1 ms.
        hop_ms: also the window's length.
        deadline_ms: the case's budget.
        warm_up: how many windows come before measuring.
        is_open_loop: False for the closed-loop scenario.
        memory: readings at phase edges.
        block: of each window; all one if not given.
        hops_ms: that each window is said to have, wherever it closes; `hop_ms` if not given.
        content: of each window.
        phases: of the trial's start.
        delay_ms: what the codec is late.
        ended_ms: when the trial ended; with the last answer if not given.
    """
    count = len(response_ms)
    closes = np.arange(count) * hop_ms
    responses = np.array([np.nan if at is None else at for at in response_ms], dtype=np.float64)
    ends = closes + responses
    computes = responses if compute_ms is None else np.array(compute_ms, dtype=np.float64)
    last = max([0.0, *closes.tolist(), *ends[np.isfinite(ends)].tolist()])
    zeros = np.zeros(count, dtype=np.int64)
    return Recording(
        window_ms=hop_ms,
        deadline_ms=deadline_ms,
        is_open_loop=is_open_loop,
        sample_rate_hz=1_000,
        window=np.arange(count, dtype=np.int64),
        hop_ns=np.array([ns_from_ms(ms) for ms in hops_ms or [hop_ms] * count], dtype=np.int64),
        block=zeros if block is None else np.array(block, dtype=np.int64),
        content=np.array(content or ["recorded"] * count, dtype=np.str_),
        is_warm_up=np.arange(count) < warm_up,
        scheduled_ns=instants(closes.tolist()),
        handed_ns=instants((closes + (0.0 if lateness_ms is None else np.array(lateness_ms))).tolist()),
        started_ns=instants((ends - computes).tolist()),
        finished_ns=instants(ends.tolist()),
        is_answered=np.isfinite(ends),
        audio_samples=zeros if speech is None else np.array(speech, dtype=np.int64),
        text_tokens=zeros,
        turn_tokens=zeros,
        vision_tokens=zeros,
        modalities=np.array(["audio"] * count, dtype=np.str_),
        ended_ns=START_NS + ns_from_ms(last if ended_ms is None else ended_ms),
        spans=NO_SPANS,
        memory=memory,
        phases=phases,
        delay_samples=delay_ms,
    )
