"""What is kept of each window while a trial runs, and the recording that becomes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from josie_bench.bench.audit import Timed
from josie_bench.runtime.pacer import Tick
from josie_bench.terms.recording import Spans
from josie_bench.terms.turns import turn_instants_ns


@dataclass(slots=True, kw_only=True)
class Row:
    """One window: little, for a long trial would else look like a leak. One without an answer has the defaults.

    Attributes:
        is_shed: whether it was dropped because it was late before it was its turn.
        is_evicted: whether its session had been sent away before it was its turn.
        calls: names of the components that ran, one tuple for all windows that called the same.
        edges: `[calls, 2]` start and end of each as int64, in bytes.
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
    vision_tokens: int = 0
    modalities: str = ""
    dropped: str = ""
    is_valid: bool = True
    major_faults: int = 0
    preemptions: int = 0
    answer: str = ""
    calls: tuple[str, ...] = ()
    edges: bytes = b""


COUNTS = (
    *("started_ns", "finished_ns", "audio_samples", "text_tokens", "turn_tokens", "vision_tokens"),
    *("major_faults", "preemptions"),
)
OF_SESSIONS = ("is_shed", "is_evicted")
FLAGS = ("is_warm_up", "is_answered", "is_valid")
WORDS = ("modalities", "dropped")


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
    edges = np.frombuffer(b"".join(row.edges for row in rows), dtype=np.int64).reshape(-1, 2)
    return Spans(
        window=np.repeat(_ints([row.tick.index for row in rows]), _ints([len(row.calls) for row in rows])),
        component=np.array([name for row in rows for name in row.calls], dtype=np.str_),
        start_ns=edges[:, 0].copy(),
        end_ns=edges[:, 1].copy(),
    )


def _ints(values: Sequence[int]) -> NDArray[np.int64]:
    return np.array(values, dtype=np.int64)
