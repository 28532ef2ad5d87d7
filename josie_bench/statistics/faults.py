"""What the windows of a recording say of the faults that were injected: what was lost, and when all was well again."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from josie_bench.terms.fault import FaultNote
from josie_bench.terms.recording import Bools, Ints, Recording
from josie_bench.terms.timebase import ms_from_ns, ns_from_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The windows from a fault's begin until the next fault, or the end.

    Attributes:
        note: what else is known of the fault.
        recovery_ms: from its end to the first answer on time after which all were; 0 where no window was late, lost or
            invalid, and infinite where that never came, or the fault never ended.
        lost: windows without an answer.
        late: windows that were answered after the deadline.
        invalid: answers that hold what is no sound or no token.
    """

    note: FaultNote
    recovery_ms: float
    lost: int
    late: int
    invalid: int

    @property
    def has_survived(self) -> bool:
        """Whether the conversation went on as it should, and gave nothing out that is no answer."""
        return math.isfinite(self.recovery_ms) and not self.invalid


def courses(recording: Recording) -> list[Course]:
    """Return the course of every fault that came, round by round, in order."""
    return [found for one in recording.by_round() for found in _courses(one)]


def _courses(recording: Recording) -> Iterator[Course]:
    begun = [(note, note.first) for note in recording.faults if note.first is not None]
    behind = int(recording.window.max(initial=-1)) + 1
    for at, (note, first) in enumerate(begun, start=1):
        end = begun[at][1] if at < len(begun) else behind
        yield _course(recording, note, recording.measured() & (recording.window >= first) & (recording.window < end))


def _course(recording: Recording, note: FaultNote, rows: Bools) -> Course:
    is_answered = recording.is_answered[rows]
    finished = recording.finished_ns[rows]
    is_late = is_answered & (finished - recording.scheduled_ns[rows] > ns_from_ms(recording.deadline_ms))
    is_valid = is_answered if recording.is_valid is None else recording.is_valid[rows]
    is_invalid = is_answered & ~is_valid
    bad = np.flatnonzero(~is_answered | is_late | is_invalid)
    return Course(
        note=note,
        recovery_ms=_recovery_ms(note.ended_ns, bad, finished),
        lost=int((~is_answered).sum()),
        late=int(is_late.sum()),
        invalid=int(is_invalid.sum()),
    )


def _recovery_ms(ended_ns: int | None, bad: NDArray[np.intp], finished: Ints) -> float:
    """Return from the fault's end to the answer behind the last bad window; `bad` are places in `finished`."""
    if ended_ns is None or (len(bad) and bad[-1] + 1 == len(finished)):
        return float("inf")
    return ms_from_ns(max(0, int(finished[bad[-1] + 1]) - ended_ns)) if len(bad) else 0.0
