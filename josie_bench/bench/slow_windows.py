"""Slow windows of a case with what was going on: the late ones, and those beyond the fences of Tukey (1977)."""

from __future__ import annotations

import numpy as np

from josie_bench.statistics.causes import COLLECTION, FAULTS, QUOTA, SWAPPED, causes, counted
from josie_bench.terms.recording import Bools, Recording
from josie_bench.terms.timebase import ns_from_ms
from josie_bench.terms.validity import SlowWindows

LATE, MILD, SEVERE = "late", "mild outlier", "severe outlier"
MILD_RANGES, SEVERE_RANGES = 1.5, 3.0  # of the quartiles' distance above the third
LEAST_WINDOWS = 20  # below, quartiles are mostly noise
TOLD = (COLLECTION, FAULTS, SWAPPED, QUOTA)  # events that a reader is told of even where no window was slow


def slow_windows(recording: Recording) -> list[SlowWindows]:
    """Return each kind that there is, with the causes that hit its windows."""
    if not len(recording.window):
        return []
    found = causes(recording)
    kinds = {LATE: late(recording)} | outliers(recording)
    return [
        SlowWindows(kind=kind, count=int(rows.sum()), causes=counts, unexplained=unexplained)
        for kind, rows in kinds.items()
        if rows.any()
        for counts, unexplained in [counted(found, rows)]
    ]


def late(recording: Recording) -> Bools:
    """Return `[windows]` which measured windows missed their deadline or were never answered; none in a closed loop."""
    if not recording.is_open_loop:
        return np.zeros(len(recording.window), dtype=np.bool_)
    took = recording.finished_ns - recording.scheduled_ns
    return recording.measured() & (~recording.is_answered | (took > ns_from_ms(recording.deadline_ms)))


def outliers(recording: Recording) -> dict[str, Bools]:
    """Return `[windows]` which measured windows took longer than Tukey's fences, by kind; severe ones are not mild."""
    rows = recording.answered()
    took = (recording.finished_ns - recording.started_ns).astype(np.float64)
    if int(rows.sum()) < LEAST_WINDOWS:
        return {}
    first, third = np.quantile(took[rows], [0.25, 0.75])
    above = (took - third) / max(third - first, 1.0)
    is_severe = rows & (above > SEVERE_RANGES)
    return {MILD: rows & (above > MILD_RANGES) & ~is_severe, SEVERE: is_severe}


def slow_notes(slow: list[SlowWindows], recording: Recording) -> list[str]:
    """Return a sentence for each kind of slow window, and one for events that hit windows whether or not these were."""
    notes = [_words(kind) for kind in slow]
    if len(recording.window):
        counts, _ = counted(causes(recording), recording.measured())
        told = [f"{cause} in {counts[cause]}" for cause in TOLD if cause in counts]
        if told:
            notes.append(f"of {int(recording.measured().sum())} measured windows: {', '.join(told)}")
    return notes


def _words(slow: SlowWindows) -> str:
    """Return `3 late: preempted 2, major page faults 1; nothing is known of 1`."""
    causes_first = sorted(slow.causes.items(), key=lambda pair: -pair[1])
    words = ", ".join(f"{cause} {count}" for cause, count in causes_first)
    known = f"{words}; nothing is known of {slow.unexplained}" if slow.unexplained and words else words
    count = "1 window" if slow.count == 1 else f"{slow.count} windows"
    of_one = f"that is a {slow.kind}" if slow.count == 1 else f"that are {slow.kind}s"
    name = slow.kind if slow.kind == LATE else f"{of_one} of compute time"
    return f"{count} {name}, and what went on meanwhile: {known or 'nothing that is watched'}"
