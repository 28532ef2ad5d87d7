"""Sessions that were sent away, as their windows tell: when, after how long, and what they lost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from josie_bench.statistics.series import response_ns
from josie_bench.terms.recording import Bools, Recording
from josie_bench.terms.timebase import ns_from_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Evicted:
    """A session that was sent away.

    Attributes:
        session: its number.
        at_ns: when the first window began that it lost, from the begin of the trial's first window.
        after_ns: when that was, from the begin of its own first window.
        lost_ns: how long its measured windows are that came after.
    """

    session: int
    at_ns: int
    after_ns: int
    lost_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTime:
    """How long the measured windows of all sessions are together, hop by hop, by what became of them.

    Attributes:
        held_ns: of those that were answered within the deadline.
        missed_ns: of those that were not, while their session was there.
        lost_ns: of those that came when their session had been sent away.
    """

    held_ns: int
    missed_ns: int
    lost_ns: int


def evictions_of(recording: Recording) -> list[Evicted]:
    """Return those of one round, in the order in which they had to go."""
    is_lost, begin_ns = lost(recording), recording.scheduled_ns - recording.hop_ns
    found = []
    for session in np.unique(recording.conversation_of_each()[is_lost]).tolist():
        rows = recording.conversation_of_each() == session
        at_ns = int(begin_ns[rows & is_lost].min())
        found.append(
            Evicted(
                session=session,
                at_ns=at_ns - int(begin_ns.min()),
                after_ns=at_ns - int(begin_ns[rows].min()),
                lost_ns=int(recording.hop_ns[rows & is_lost & recording.measured()].sum()),
            )
        )
    return sorted(found, key=lambda one: one.at_ns)


def session_time(recording: Recording) -> SessionTime:
    """Return what became of the sessions' time; the three are all of it."""
    rows = recording.measured()
    hop_ns, is_lost = recording.hop_ns[rows], lost(recording)[rows]
    is_missed = (response_ns(recording) > ns_from_ms(recording.deadline_ms)) & ~is_lost
    missed_ns, lost_ns = int(hop_ns[is_missed].sum()), int(hop_ns[is_lost].sum())
    return SessionTime(held_ns=int(hop_ns.sum()) - missed_ns - lost_ns, missed_ns=missed_ns, lost_ns=lost_ns)


def lost(recording: Recording) -> Bools:
    """Return `[windows]` which came when their session had been sent away."""
    nobody = np.zeros(len(recording.window), dtype=np.bool_)
    return nobody if recording.is_evicted is None else recording.is_evicted
