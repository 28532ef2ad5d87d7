"""trace.json.gz: a timeline of every window in Chrome's trace event format; it opens in Perfetto.

A process is a case. Its tracks: each window from its close to its deadline, its wait in the queue, the work on it with
the components inside, the speech that a listener hears, the trial's start up to its first answer, what Python's
garbage collector did, and when a GPU was at work. Where several sessions share the model, each has tracks of its own
for all but the work. Arrows join what belongs to one window. A missed deadline has a mark with the causes that hit its
window, and so has the work on any window that one hit. What was read of the machine stands beside them as counters.
Time is in microseconds from when the trial's process was asked for, or from the first window's close where nobody
watched the start. Slices of one track that overlap without lying inside each other are spread over lanes, because the
format cannot nest them.
"""

from __future__ import annotations

import gzip
import heapq
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from josie_bench.reports import RunData
from josie_bench.reports._telemetry_track import counters
from josie_bench.statistics.causes import causes
from josie_bench.statistics.series import left_ns, spurts
from josie_bench.terms.playback import stalls_ns
from josie_bench.terms.recording import Recording
from josie_bench.terms.timebase import ms_from_ns, ns_from_ms, us_from_ns
from josie_bench.writing import write_whole

FILES = ("trace.json.gz",)
TRACKS = (
    *("window: close to deadline", "waiting in the queue", "work", "playback without prebuffer", "cold start"),
    "garbage collection",
    "GPU",
)
WINDOW, QUEUE, WORK, PLAYBACK, START, COLLECTION, ON_GPU = range(len(TRACKS))
OF_ALL = (WORK, ON_GPU)  # one model's, whichever session it is for
UNKNOWN = "nothing that is watched"
LANES = 1000  # more than a track ever has; a thread's number is track * LANES + lane
Event = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A stretch of time on a track: of window `index`, with slices inside it."""

    name: str
    index: int
    start_ns: int
    end_ns: int
    category: str
    arguments: dict[str, Any] = field(default_factory=dict)
    inside: tuple[Slice, ...] = ()


def write(data: RunData, folder: Path) -> list[Path]:
    """Write `trace.json.gz` into `folder`.

    Raises:
        OutputError: it cannot be written.
    """
    run = data.result.run
    text = json.dumps(
        {
            "traceEvents": trace_events(data),
            "displayTimeUnit": "ms",
            "otherData": {"run": run.id, "suite": run.suite, "tool": run.tool},
        },
        separators=(",", ":"),
        allow_nan=False,
    )
    return [write_whole(folder / FILES[0], gzip.compress(text.encode(), mtime=0))]


def trace_events(data: RunData) -> list[Event]:
    """Return the events of all cases: first the names, then everything in order of time."""
    names: list[Event] = []
    events: list[Event] = []
    for pid, case in enumerate(data.result.cases, start=1):
        recording = data.recording_of(case)
        if recording is None or not len(recording.window):
            continue
        words = [case.id] + [case.status] * (case.status != "OK") + ["closed loop"] * (not recording.is_open_loop)
        drawn = list(_case_events(recording, pid))
        names += _names(pid, " · ".join(words), sorted({event["tid"] for event in drawn} - {0}))
        events += drawn
    return names + sorted(events, key=lambda event: (event["ts"], -event.get("dur", 0.0)))


def _names(pid: int, process: str, tids: Sequence[int]) -> list[Event]:
    def named(kind: str, tid: int, arguments: dict[str, Any]) -> Event:
        return {"ph": "M", "name": kind, "pid": pid, "tid": tid, "ts": 0, "args": arguments}

    events = [named("process_name", 0, {"name": process}), named("process_sort_index", 0, {"sort_index": pid})]
    for tid in tids:
        place, lane = divmod(tid, LANES)
        session, track = divmod(place - 1, len(TRACKS))
        label = (f"session {session - 1}: " if session else "") + TRACKS[track] + (f" ({lane + 1})" if lane else "")
        events += [named("thread_name", tid, {"name": label}), named("thread_sort_index", tid, {"sort_index": tid})]
    return events


def _case_events(recording: Recording, pid: int) -> Iterator[Event]:
    """Yield the slices, arrows and missed deadlines of one case."""
    origin_ns = min((int(recording.scheduled_ns[0]), *(phase.start_ns for phase in recording.phases)))
    told = _cause_words(recording)
    tracks = {
        WINDOW: _windows(recording),
        QUEUE: _waits(recording),
        WORK: _work(recording, told),
        PLAYBACK: _playback(recording),
        ON_GPU: _on_gpu(recording),
    }
    steps: dict[int, list[tuple[int, int]]] = {}
    for track, session, slices in _by_session(recording, tracks):
        for piece, lane in zip(slices, lanes(slices), strict=True):
            tid = _tid(track, session) + lane
            yield from _slice_events(piece, pid, tid, origin_ns)
            if track != ON_GPU:  # the host's own order is what the arrows show
                steps.setdefault(piece.index, []).append((piece.start_ns, tid))
    for index, places in steps.items():
        yield from _flow(index, places, pid, origin_ns)
    yield from _misses(recording, told, pid, origin_ns)
    for track, stretches in ((START, recording.phases), (COLLECTION, recording.collections)):
        for stretch in stretches:
            yield {
                "ph": "X",
                "name": getattr(stretch, "name", TRACKS[COLLECTION]),
                "cat": "start" if track == START else "collection",
                "pid": pid,
                "tid": _tid(track),
                "ts": us_from_ns(stretch.start_ns - origin_ns),
                "dur": us_from_ns(stretch.end_ns - stretch.start_ns),
                "args": {},
            }
    for name, instant, value in counters(recording.telemetry):
        yield {
            "ph": "C",
            "name": name,
            "cat": "telemetry",
            "pid": pid,
            "tid": 0,
            "ts": us_from_ns(instant - origin_ns),
            "args": {"value": value},
        }


def _tid(track: int, session: int | None = None) -> int:
    """Return the number of a track's first lane: those of the case first, then those of each session."""
    return (track + 1 + (0 if session is None else session + 1) * len(TRACKS)) * LANES


def _by_session(
    recording: Recording, tracks: Mapping[int, list[Slice]]
) -> Iterator[tuple[int, int | None, list[Slice]]]:
    """Yield each track with its slices, session by session where there are several; the work is of all on one model."""
    numbers = [None] * len(recording.window) if recording.session is None else recording.session.tolist()
    session = dict(zip(recording.window.tolist(), numbers, strict=True))
    for track, slices in tracks.items():
        groups: dict[int | None, list[Slice]] = {}
        for piece in slices:
            groups.setdefault(None if track in OF_ALL else session[piece.index], []).append(piece)
        for key, group in groups.items():
            yield track, key, group


def _cause_words(recording: Recording) -> list[list[str]]:
    """Return `[windows]` the causes that hit each, as far as they could be seen."""
    words: list[list[str]] = [[] for _ in recording.window]
    for cause, is_hit in causes(recording).items():
        for row in np.flatnonzero(is_hit).tolist():
            words[row].append(cause)
    return words


def lanes(slices: Sequence[Slice]) -> list[int]:
    """Return a lane for each slice, in order of start, such that no two of a lane overlap."""
    busy: list[tuple[int, int]] = []  # (when it is free, lane)
    chosen = []
    for piece in slices:
        is_free = bool(busy) and busy[0][0] <= piece.start_ns
        lane = heapq.heappop(busy)[1] if is_free else len(busy)
        heapq.heappush(busy, (piece.end_ns, lane))
        chosen.append(lane)
    return chosen


def _slice_events(piece: Slice, pid: int, tid: int, origin_ns: int) -> Iterator[Event]:
    yield {
        "ph": "X",
        "name": piece.name,
        "cat": piece.category,
        "pid": pid,
        "tid": tid,
        "ts": us_from_ns(piece.start_ns - origin_ns),
        "dur": us_from_ns(piece.end_ns - piece.start_ns),
        "args": {"window": piece.index} | piece.arguments,
    }
    for inner in piece.inside:
        yield from _slice_events(inner, pid, tid, origin_ns)


def _flow(index: int, places: Sequence[tuple[int, int]], pid: int, origin_ns: int) -> Iterator[Event]:
    """Yield the arrows from the window's first slice to its last."""
    for place, (start_ns, tid) in enumerate(places if len(places) > 1 else ()):
        is_last = place == len(places) - 1
        event = {
            "ph": "f" if is_last else "t" if place else "s",
            "name": "window",
            "cat": "window",
            "pid": pid,
            "tid": tid,
        }
        end = {"bp": "e"} if is_last else {}  # the arrow's end belongs to the slice around it, not to the next one
        yield event | end | {"id": f"{pid}.{index}", "ts": us_from_ns(start_ns - origin_ns)}


def _windows(recording: Recording) -> list[Slice]:
    if not recording.is_open_loop:
        return []
    span_ns = ns_from_ms(recording.deadline_ms)
    rows = zip(
        recording.window.tolist(),
        recording.scheduled_ns.tolist(),
        recording.is_warm_up.tolist(),
        recording.modalities,
        strict=True,
    )
    return [
        Slice(
            name=f"window {index}",
            index=index,
            start_ns=start,
            end_ns=start + span_ns,
            category="window",
            arguments={"is_warm_up": is_warm_up, "modalities": str(modalities)},
        )
        for index, start, is_warm_up, modalities in rows
    ]


def _waits(recording: Recording) -> list[Slice]:
    waited = np.where(recording.is_answered, recording.started_ns, left_ns(recording))
    rows = zip(
        recording.window.tolist(),
        recording.scheduled_ns.tolist(),
        waited.tolist(),
        recording.is_answered.tolist(),
        strict=True,
    )
    return [
        Slice(
            name=f"wait {index}" if is_answered else f"window {index}: no answer",
            index=index,
            start_ns=start,
            end_ns=end,
            category="queue",
        )
        for index, start, end, is_answered in rows
        if end > start
    ]


def _on_gpu(recording: Recording) -> list[Slice]:
    spans = recording.spans
    told = np.flatnonzero(spans.is_on_gpu)
    return [
        Slice(
            name=str(spans.component[row]),
            index=int(spans.window[row]),
            start_ns=int(spans.start_ns[row]),
            end_ns=int(spans.end_ns[row]),
            category="gpu",
            arguments={"error_us": us_from_ns(int(spans.error_ns[row]))},
        )
        for row in told[np.argsort(spans.start_ns[told], kind="stable")]
    ]


def _work(recording: Recording, told: Sequence[list[str]]) -> list[Slice]:
    spans, own = recording.spans, ~recording.spans.is_on_gpu
    calls: dict[int, list[Slice]] = {}
    for index, component, start, end in zip(
        spans.window[own].tolist(),
        spans.component[own].tolist(),
        spans.start_ns[own].tolist(),
        spans.end_ns[own].tolist(),
        strict=True,
    ):
        piece = Slice(name=component, index=index, start_ns=start, end_ns=end, category="component")
        calls.setdefault(index, []).append(piece)
    rows = zip(
        recording.window.tolist(),
        recording.started_ns.tolist(),
        recording.finished_ns.tolist(),
        recording.is_answered,
        told,
        strict=True,
    )
    return [
        Slice(
            name=f"step {index}",
            index=index,
            start_ns=start,
            end_ns=end,
            category="step",
            arguments={"causes": ", ".join(known)} if known else {},
            inside=tuple(sorted(calls.get(index, ()), key=lambda call: call.start_ns)),
        )
        for index, start, end, is_answered, known in rows
        if is_answered
    ]


def _playback(recording: Recording) -> list[Slice]:
    """Return what a listener without a prebuffer hears; a gap inside a talk-spurt is an underrun."""
    if not recording.is_open_loop:
        return []
    heard = []
    for spurt in spurts(recording):
        stalls = stalls_ns(spurt.ready_ns, spurt.duration_ns, 0)
        ends = int(spurt.ready_ns[0]) + np.cumsum(stalls) + np.cumsum(spurt.duration_ns)
        for row, duration, end, stall in zip(
            spurt.rows.tolist(), spurt.duration_ns.tolist(), ends.tolist(), stalls.tolist(), strict=True
        ):
            index = int(recording.window[row])
            arguments = {"stalled_ms": ms_from_ns(stall)}
            heard.append(
                Slice(
                    name=f"speech {index}",
                    index=index,
                    start_ns=end - duration,
                    end_ns=end,
                    category="playback",
                    arguments=arguments,
                )
            )
    return sorted(heard, key=lambda piece: piece.start_ns)


def _misses(recording: Recording, told: Sequence[list[str]], pid: int, origin_ns: int) -> Iterator[Event]:
    """Yield a mark at each deadline that passed without an answer, with what went on meanwhile and how late it was."""
    if not recording.is_open_loop:
        return
    due = recording.scheduled_ns + ns_from_ms(recording.deadline_ms)
    is_missed = ~recording.is_answered | (recording.finished_ns > due)
    for row in np.flatnonzero(is_missed).tolist():
        session = None if recording.session is None else int(recording.session[row])
        late_ms = ms_from_ns(int(recording.finished_ns[row] - due[row])) if recording.is_answered[row] else None
        yield {
            "ph": "i",
            "s": "p",
            "name": f"deadline missed: window {recording.window[row]}",
            "cat": "deadline",
            "pid": pid,
            "tid": _tid(WINDOW, session),
            "ts": us_from_ns(int(due[row]) - origin_ns),
            "args": {
                "window": int(recording.window[row]),
                "is_warm_up": bool(recording.is_warm_up[row]),
                "late_ms": late_ms,
                "causes": ", ".join(told[row]) or UNKNOWN,
            },
        }
