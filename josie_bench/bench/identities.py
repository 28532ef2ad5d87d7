"""Identities: what is true of any whole recording; where one is broken, windows or stamps were lost or mixed up."""

from __future__ import annotations

import numpy as np

from josie_bench.terms.recording import Ints, Recording
from josie_bench.terms.score import NotAvailable
from josie_bench.terms.timebase import NS_PER_US, ns_from_ms, us_from_ns
from josie_bench.terms.validity import Identity

LITTLE, RATE, PARTS = "Little's law", "offered rate", "parts of a window"
LITTLE_LIMIT = 0.02
RATE_LIMIT = 0.001
LEAST_NOISE_NS = ns_from_ms(0.2)
NOISES = 8  # within so many times the usual change of lateness from window to window no rate is told from another
RATE_LEAST_WINDOWS = 20
CLOCK_LIMIT_NS = 100 * NS_PER_US


def identities(recording: Recording) -> list[Identity]:
    """Return all identities of a recording that has windows, each as it is in the round where it holds least.

    Between the trials of two rounds nothing comes and nothing is offered, so each is judged by itself.
    """
    rounds = [(_little(one), _rate(one), _parts(one)) for one in recording.by_round()]
    return [max(same, key=_misfit) for same in zip(*rounds, strict=True)]


def disorder_ns(recording: Recording) -> int:
    """Return the most by which a stamp lies before that of its cause; the stamps come from two processes.

    A window closes, is handed over, is worked on, is answered.
    """
    rows = recording.is_answered
    steps = [recording.scheduled_ns[rows] - recording.handed_ns[rows]]
    steps += [recording.handed_ns[rows] - recording.started_ns[rows]]
    steps += [recording.started_ns[rows] - recording.finished_ns[rows]]
    return max(0, *(int(step.max(initial=0)) for step in steps))


def _little(recording: Recording) -> Identity:
    """Hold the mean number of windows in the system against their rate times their mean response.

    The number is counted from who comes and who goes, whichever window it is; one that is missing from the recording
    came and never went. The response is each window's own.
    """
    name, unit = LITTLE, "of the mean number in the system"
    rows = np.flatnonzero(recording.measured())
    if not recording.is_open_loop or not len(rows):
        return _says_nothing(name, LITTLE_LIMIT, unit, recording)
    if not recording.is_answered[rows].all():
        detail = "a window was never answered, so that not all that came went"
        return Identity(
            name=name, error=None, limit=LITTLE_LIMIT, unit=unit, na=NotAvailable(reason="unanswered", detail=detail)
        )
    index, came = recording.window[rows], recording.scheduled_ns[rows]
    every = np.arange(index.min(), index.max() + 1)
    arrivals = np.sort(np.interp(every, index, came).astype(np.int64))
    departures = np.sort(recording.finished_ns[rows])
    begin, end = int(arrivals[0]), int(departures[-1])
    edges = np.unique(np.concatenate((arrivals, departures)))
    level = np.searchsorted(arrivals, edges, side="right") - np.searchsorted(departures, edges, side="right")
    inside = float((level[:-1] * np.diff(edges)).sum()) / (end - begin)
    response = float((recording.finished_ns[rows] - came).mean())
    through = len(every) / (end - begin) * response
    error = abs(inside - through) / inside if inside else 0.0
    return Identity(name=name, error=error, limit=LITTLE_LIMIT, unit=unit)


def _rate(recording: Recording) -> Identity:
    """Hold the rate at which windows were handed over against the schedule's.

    It is the median over pairs of windows half a trial apart, so that a few late ones do not count: those are the
    pacer's lateness. So is what changes from window to window; over a short trial it widens the limit.
    """
    rows = np.flatnonzero(recording.measured())
    half = len(rows) // 2
    if not recording.is_open_loop:
        return _says_nothing(RATE, RATE_LIMIT, "of the rate", recording)
    if len(rows) < RATE_LEAST_WINDOWS:
        detail = f"{len(rows)} windows are too few for a rate"
        few = NotAvailable(reason="insufficient_samples", detail=detail, needed=RATE_LEAST_WINDOWS)
        return Identity(name=RATE, error=None, limit=RATE_LIMIT, unit="of the rate", na=few)
    planned = _apart(recording.scheduled_ns[rows], half)
    error = abs(float(np.median(_apart(recording.handed_ns[rows], half) / planned)) - 1.0)
    steps = np.diff(recording.handed_ns[rows] - recording.scheduled_ns[rows])
    noise = max(LEAST_NOISE_NS, float(np.median(np.abs(steps - np.median(steps)))))
    limit = max(RATE_LIMIT, NOISES * noise / float(np.median(planned)))
    return Identity(name=RATE, error=error, limit=limit, unit="of the rate")


def _parts(recording: Recording) -> Identity:
    """Hold each window's components against its response: they lie inside the work on it and add up to no more."""
    rows = np.flatnonzero(recording.is_answered)
    place = {int(window): at for at, window in enumerate(recording.window[rows])}
    spans = recording.spans
    at = np.array([place.get(int(window), -1) for window in spans.window], dtype=np.int64)
    known = (at >= 0) & ~spans.is_on_gpu  # a GPU's lie inside as well, but for their error
    at, begin, end = at[known], spans.start_ns[known], spans.end_ns[known]
    started, finished = recording.started_ns[rows], recording.finished_ns[rows]
    busy = np.zeros(len(rows), dtype=np.int64)
    np.add.at(busy, at, end - begin)
    outside = max((started[at] - begin).max(initial=0), (end - finished[at]).max(initial=0))
    surplus = (busy - (finished - started)).max(initial=0)
    queue = (recording.scheduled_ns[rows] - started).max(initial=0)
    error = us_from_ns(float(max(outside, surplus, queue)))
    return Identity(name=PARTS, error=error, limit=us_from_ns(CLOCK_LIMIT_NS), unit="µs")


def _misfit(identity: Identity) -> float:
    return -1.0 if identity.error is None else identity.error / identity.limit


def _apart(instants: Ints, places: int) -> Ints:
    distance: Ints = instants[places:] - instants[:-places]
    return distance


def _says_nothing(name: str, limit: float, unit: str, recording: Recording) -> Identity:
    why = NotAvailable(reason="closed_loop", detail="in a closed loop the model sets the pace")
    if recording.is_open_loop:
        why = NotAvailable(reason="not_measured", detail="no window was measured")
    return Identity(name=name, error=None, limit=limit, unit=unit, na=why)
