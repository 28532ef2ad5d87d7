"""What is kept of each window while a trial runs, and the recording that becomes of it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from josie_bench.backends import GpuSpan
from josie_bench.bench.audit import Timed, digest
from josie_bench.model.sizes import ModelSizes
from josie_bench.runtime.answer import Answer, is_valid
from josie_bench.runtime.pacer import Tick
from josie_bench.terms.recording import Spans
from josie_bench.terms.turns import turn_instants_ns
from josie_bench.terms.window import Window


@dataclass(slots=True, kw_only=True)
class Row:
    """One window: little, for a long trial would else look like a leak. One without an answer has the defaults.

    Attributes:
        is_shed: whether it was dropped because it was late before it was its turn.
        is_evicted: whether its session had been sent away before it was its turn.
        repeated_tokens, repeated_samples: of text and speech, those that were said shortly before.
        calls: names of the components that ran, one tuple for all windows that called the same.
        edges: `[calls, 2]` start and end of each as int64, in bytes.
        gpu_calls: names of what a GPU was at work for, likewise.
        gpu_edges: `[gpu_calls, 3]` start, end and error of each, likewise.
    """

    tick: Tick
    is_warm_up: bool
    is_answered: bool = False
    is_shed: bool = False
    is_evicted: bool = False
    started_ns: int = 0
    finished_ns: int = 0
    audio_samples: int = 0
    text_tokens: int = 0
    turn_tokens: int = 0
    repeated_tokens: int = 0
    repeated_samples: int = 0
    vision_tokens: int = 0
    modalities: str = ""
    dropped: str = ""
    is_valid: bool = True
    major_faults: int = 0
    preemptions: int = 0
    answer: str = ""
    calls: tuple[str, ...] = ()
    edges: bytes = b""
    gpu_calls: tuple[str, ...] = ()
    gpu_edges: bytes = b""


COUNTS = (
    *("started_ns", "finished_ns", "audio_samples", "text_tokens", "turn_tokens", "vision_tokens"),
    *("repeated_tokens", "repeated_samples", "major_faults", "preemptions"),
)
OF_SESSIONS = ("is_shed", "is_evicted")
FLAGS = ("is_warm_up", "is_answered", "is_valid")
WORDS = ("modalities", "dropped")


def row_of(
    tick: Tick,
    window: Window,
    answer: Answer,
    gpu_spans: Sequence[GpuSpan],
    sizes: ModelSizes,
    *,
    work: tuple[int, int],
    repeated: tuple[int, int],
    hit: tuple[int, int],
) -> Row:
    """Return what is kept of a window that was answered; whether it is of the warm-up is not looked at.

    Args:
        tick: when it came.
        window: what came.
        answer: what came out.
        gpu_spans: when a GPU was at work for it.
        sizes: of the model that answered.
        work: when work on it began and when its answer could be read, host nanoseconds.
        repeated: how many of its text tokens and of its frames of speech were said shortly before.
        hit: pages that had to be read from a disk and preemptions, since the window before.
    """
    text = sizes.text
    is_said = ~np.isin(answer.text_ids, (text.silence_id, text.pad_id))
    return Row(
        tick=tick,
        is_warm_up=False,
        is_answered=True,
        started_ns=work[0],
        finished_ns=work[1],
        audio_samples=int((~answer.is_silent).sum()) * sizes.audio.frame_samples,
        text_tokens=int(is_said.sum()),
        turn_tokens=int((is_said & (answer.text_ids >= text.first_special)).sum()),
        repeated_tokens=repeated[0],
        repeated_samples=repeated[1] * sizes.audio.frame_samples,
        vision_tokens=answer.vision_tokens,
        modalities=sys.intern("+".join(window.modalities())),
        dropped=sys.intern("+".join(window.dropped)),
        is_valid=is_valid(answer, sizes),
        major_faults=hit[0],
        preemptions=hit[1],
        answer=digest(answer),
        calls=_kept(tuple(name for name, *_ in answer.spans)),
        edges=_bytes([span[1:] for span in answer.spans]),
        gpu_calls=_kept(tuple(span.name for span in gpu_spans)),
        gpu_edges=_bytes([span[1:] for span in gpu_spans]),
    )


@cache
def _kept(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names as they were first kept: one tuple for all windows that called the same."""
    return names


def _bytes(edges: Sequence[tuple[int, ...]]) -> bytes:
    return np.array(edges, dtype=np.int64).tobytes()


def series_of(rows: Sequence[Row], *, has_sessions: bool, has_turns: bool = False) -> dict[str, Any]:
    """Return what a recording has of each window and call, by the names of its fields, in order of arrival.

    Args:
        rows: in any order.
        has_sessions: whether it is told which session each window is of, and whether it was shed or sent away.
        has_turns: whether it is told when the turn began that came with a window.
    """
    rows = sorted(rows, key=lambda row: row.tick.index)
    ticks = [row.tick for row in rows]
    slots = [tick.slot for tick in ticks]
    found: dict[str, Any] = {name: _ints([getattr(row, name) for row in rows]) for name in COUNTS}
    found |= {name: np.array([getattr(row, name) for row in rows], dtype=np.bool_) for name in FLAGS}
    found |= {name: np.array([getattr(row, name) for row in rows], dtype=np.str_) for name in WORDS}
    if has_sessions:
        found["session"] = _ints([tick.arrival.session for tick in ticks])
        found |= {name: np.array([getattr(row, name) for row in rows], dtype=np.bool_) for name in OF_SESSIONS}
    scheduled_ns = _ints([tick.scheduled_ns for tick in ticks])
    if has_turns:
        found["turn_ns"] = turn_instants_ns(slots, scheduled_ns)
    return found | {
        "window": _ints([tick.index for tick in ticks]),
        "hop_ns": _ints([slot.hop_ns for slot in slots]),
        "block": _ints([slot.block for slot in slots]),
        "content": np.array([slot.content for slot in slots], dtype=np.str_),
        "scheduled_ns": scheduled_ns,
        "handed_ns": _ints([tick.handed_ns for tick in ticks]),
        "answers": np.array([row.answer for row in rows], dtype=np.str_),
        "spans": _spans(rows),
    }


def timed(row: Row) -> Timed:
    """Return what an audit has to know of a window that was answered."""
    return Timed(
        index=row.tick.index,
        is_measured=not row.is_warm_up,
        compute_ns=row.finished_ns - row.started_ns,
        answer=row.answer,
    )


def _spans(rows: Sequence[Row]) -> Spans:
    host = np.frombuffer(b"".join(row.edges for row in rows), dtype=np.int64).reshape(-1, 2)
    gpu = np.frombuffer(b"".join(row.gpu_edges for row in rows), dtype=np.int64).reshape(-1, 3)
    indices = _ints([row.tick.index for row in rows])
    counts = (_ints([len(row.calls) for row in rows]), _ints([len(row.gpu_calls) for row in rows]))
    names = [name for row in rows for name in row.calls] + [name for row in rows for name in row.gpu_calls]
    return Spans(
        window=np.concatenate([np.repeat(indices, count) for count in counts]),
        component=np.array(names, dtype=np.str_),
        start_ns=np.concatenate((host[:, 0], gpu[:, 0])),
        end_ns=np.concatenate((host[:, 1], gpu[:, 1])),
        is_on_gpu=np.repeat((False, True), (len(host), len(gpu))),
        error_ns=np.concatenate((np.zeros(len(host), dtype=np.int64), gpu[:, 2])),
    )


def _ints(values: Sequence[int]) -> NDArray[np.int64]:
    return np.array(values, dtype=np.int64)
