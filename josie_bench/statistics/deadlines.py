"""Deadlines missed: by how much, in what bursts, in how many frames of windows, and until when."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from josie_bench.statistics.series import response_ns
from josie_bench.terms.recording import Bools, Ints, Recording
from josie_bench.terms.timebase import ns_from_ms

Floats = NDArray[np.float64]


def excess_ns(recording: Recording) -> dict[str, Floats]:
    """Return R − D of every measured window, `[measured]`, for the case's `budget` and for its own `hop`.

    A window is late where this is above 0; it is +inf where no answer came.
    """
    response = response_ns(recording)
    return {
        "budget": response - ns_from_ms(recording.deadline_ms),
        "hop": response - recording.hop_ns[recording.measured()],
    }


def conversed_excess_ns(recording: Recording) -> tuple[dict[str, Floats], Ints | None]:
    """Return the same with the windows of one conversation behind each other, and which one each is of, `[measured]`.

    What one listener hears in a row is of one conversation, whoever else is served between. None where there is one.
    """
    conversations = recording.conversations(recording.measured())
    found = excess_ns(recording)
    if conversations is None:
        return found, None
    order = np.argsort(conversations, kind="stable")
    return {deadline: excess[order] for deadline, excess in found.items()}, conversations[order]


def burst_rows(is_late: Bools, runs: Ints | None = None) -> tuple[NDArray[np.intp], Ints]:
    """Return where each burst of late windows begins and how many it has, `[bursts]`; none goes on into another run.

    Args:
        is_late: `[windows]` in order of arrival.
        runs: `[windows]` the run of each; one run if not given.
    """
    same_run = np.ones(max(0, len(is_late) - 1), dtype=np.bool_) if runs is None else np.diff(runs) == 0
    goes_on = np.concatenate((np.zeros(1, dtype=np.bool_), is_late[:-1] & is_late[1:] & same_run))[: len(is_late)]
    begins = np.flatnonzero(is_late & ~goes_on)
    lengths = np.bincount(np.cumsum(is_late & ~goes_on)[is_late] - 1, minlength=len(begins))
    return begins, lengths.astype(np.int64)


def frame_excess(excess: Floats, runs: Ints | None, misses: int, frame: int) -> tuple[Floats, Ints]:
    """Return by how much each sliding frame of windows breaks (m,k)-firmness, and the run it lies in.

    That is the (m+1)-th largest excess in it: above 0 exactly where more than `misses` windows are late.

    Args:
        excess: `[windows]` R − D.
        runs: `[windows]` the run of each; one run if not given.
        misses: m, how many late windows a frame may have.
        frame: k, of how many windows.
    """
    place = np.zeros(len(excess), dtype=np.int64) if runs is None else runs
    if len(excess) < frame:
        return np.zeros(0), np.zeros(0, dtype=np.int64)
    frames = np.lib.stride_tricks.sliding_window_view(excess, frame)
    is_whole = place[: len(frames)] == place[frame - 1 :]
    rank = frame - 1 - misses
    return np.partition(frames[is_whole], rank, axis=1)[:, rank], place[: len(frames)][is_whole]


def recovery_ns(recording: Recording) -> tuple[Floats, NDArray[np.intp]]:
    """Return how long it takes from each late window until all is well again, and the row of each, `[late]`.

    All is well with the first later window of its conversation that is answered within the deadline while none other of
    it waits; the time to it is the sum of the hops in between, and +inf where it never came.
    """
    talks = recording.conversation_of_each()
    found = [_recovery(recording, np.flatnonzero(talks == index)) for index in np.unique(talks)]
    if not found:
        return np.zeros(0), np.zeros(0, dtype=np.intp)
    return np.concatenate([took for took, _ in found]), np.concatenate([rows for _, rows in found])


def _recovery(recording: Recording, rows: NDArray[np.intp]) -> tuple[Floats, NDArray[np.intp]]:
    ends = np.where(recording.is_answered[rows], recording.finished_ns[rows].astype(np.float64), np.inf)
    closes = recording.scheduled_ns[rows].astype(np.float64)
    is_late = ends - closes > ns_from_ms(recording.deadline_ms)
    is_alone = np.append(closes[1:], np.inf) > ends  # those before it left before work on it began
    is_well = ~is_late & is_alone
    elapsed = np.append(np.cumsum(recording.hop_ns[rows]).astype(np.float64), np.inf)
    place = np.where(is_well, np.arange(len(rows)), len(rows))
    following = np.append(np.minimum.accumulate(place[::-1])[::-1], len(rows))[1:]
    late = np.flatnonzero(is_late & recording.measured()[rows])
    return elapsed[following[late]] - elapsed[late], rows[late]
