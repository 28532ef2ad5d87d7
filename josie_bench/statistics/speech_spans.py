"""Where a channel that holds one voice and nothing else is not silent.

Its root mean square over 10 ms lies above −40 dB of full scale for 60 ms at least; the span begins with the first of
these frames and ends with the last before 200 ms of silence. So an onset is told up to one frame early and never late,
and a stop likewise up to one frame late.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from josie_bench.terms.timebase import samples_in
from josie_bench.terms.timeline import Span

Floats = NDArray[np.float32]

FRAME_MS = 10.0
THRESHOLD_DB = -40.0
SUSTAINED_MS = 60.0
SILENCE_MS = 200.0


def speech_spans(
    audio: Floats,
    sample_rate_hz: int,
    *,
    threshold_db: float = THRESHOLD_DB,
    sustained_ms: float = SUSTAINED_MS,
    silence_ms: float = SILENCE_MS,
) -> tuple[Span, ...]:
    """Return when a voice is heard, in milliseconds from the first sample.

    Args:
        audio: `[samples]` of one speaker alone, full scale 1.
        sample_rate_hz: of `audio`.
        threshold_db: below full scale.
        sustained_ms: how long sound has to last to be a voice.
        silence_ms: how long a silence has to last to end it.
    """
    frame = samples_in(FRAME_MS, sample_rate_hz)
    frames = audio[: len(audio) // frame * frame].astype(np.float64).reshape(-1, frame)
    is_loud = np.sqrt((frames**2).mean(axis=1)) > 10.0 ** (threshold_db / 20.0)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], is_loud.astype(np.int8), [0])))).tolist()
    needed, apart = round(sustained_ms / FRAME_MS), round(silence_ms / FRAME_MS)
    found: list[tuple[int, int]] = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if found and start - found[-1][1] < apart:
            found[-1] = (found[-1][0], end)
        elif end - start >= needed:
            found.append((start, end))
    return tuple(Span(start_ms=start * FRAME_MS, end_ms=end * FRAME_MS) for start, end in found)
