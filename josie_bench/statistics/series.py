"""The per-window series of a recording that metrics are taken from: response, compute, lateness, backlog, speech."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from josie_bench.terms.playback import stalls_ns, talk_spurts
from josie_bench.terms.recording import Bools, Ints, Recording
from josie_bench.terms.score import RUNS, SESSIONS
from josie_bench.terms.timebase import min_from_ns, ms_from_ns, ms_of_samples, ns_from_ms

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """How many windows were waiting or in work, as a step function of time.

    Attributes:
        level: `[pieces]` windows that had closed and were not yet answered.
        duration_ns: `[pieces]` how long each level held.
    """

    level: Ints
    duration_ns: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Spurt:
    """One talk-spurt: windows in a row for which speech came out.

    Attributes:
        rows: `[chunks]` their rows in the recording.
        ready_ns: `[chunks]` when each chunk of speech was readable.
        duration_ns: `[chunks]` how long each plays.
    """

    rows: Ints
    ready_ns: Ints
    duration_ns: Ints


def as_ms(series_ns: Floats | Ints) -> Floats:
    """Return a series of nanoseconds in milliseconds, `[windows]` as it was given."""
    return np.array([ms_from_ns(ns) for ns in series_ns.tolist()], dtype=np.float64)


def response_ns(recording: Recording) -> Floats:
    """Return R = e − a of every measured window, `[measured]`; +inf where no answer came."""
    response = np.where(recording.is_answered, recording.finished_ns - recording.scheduled_ns, np.inf)
    return response[recording.measured()]


def conversations_are(recording: Recording) -> str:
    """Return what a score of windows taken conversation by conversation is of: several sessions, or one in each run."""
    return RUNS if recording.session is None else SESSIONS


def compute_ns(recording: Recording) -> Floats:
    """Return C = e − q of every measured window that was answered, `[answered]`."""
    return (recording.finished_ns - recording.started_ns)[recording.answered()].astype(np.float64)


def minutes_of(recording: Recording, rows: Bools) -> Floats:
    """Return when each of `rows` closed by the schedule, in minutes from the first of them, `[rows]`."""
    closes_ns = recording.scheduled_ns[rows].tolist()
    return np.array([min_from_ns(ns - closes_ns[0]) for ns in closes_ns], dtype=np.float64)


def component_ns(recording: Recording, names: Sequence[str]) -> dict[str, Ints]:
    """Return how long each component worked on every measured window that was answered, `[answered]`.

    A window's calls of one component are summed; a window that did not call it took 0. Where a GPU told when it was at
    work for a component, that is what counts.
    """
    rows = np.flatnonzero(recording.answered())
    busy = {name: np.zeros(len(rows), dtype=np.int64) for name in names}
    place = {int(window): index for index, window in enumerate(recording.window[rows])}
    spans = recording.spans
    told = spans.at_work()
    took_ns = (spans.end_ns - spans.start_ns)[told]
    for window, component, took in zip(spans.window[told], spans.component[told], took_ns, strict=True):
        if int(window) in place and str(component) in busy:
            busy[str(component)][place[int(window)]] += took
    return busy


def speech_ns(recording: Recording, rows: Ints | Bools) -> Ints:
    """Return how long the speech of each of `rows` plays, `[rows]`."""
    samples = recording.audio_samples[rows].tolist()
    return np.array([ns_from_ms(ms_of_samples(count, recording.sample_rate_hz)) for count in samples], dtype=np.int64)


def lateness_ns(recording: Recording) -> Floats:
    """Return P = d − a of every measured window, `[measured]`."""
    return (recording.handed_ns - recording.scheduled_ns)[recording.measured()].astype(np.float64)


def followers(recording: Recording) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return `[pairs]` rows of windows and of their followers in a conversation, both measured and answered."""
    order = recording.by_conversation_order()
    is_good = recording.answered()[order]
    is_next = np.diff(recording.conversation_of_each()[order]) == 0
    if recording.session is None:  # among several sessions the numbers between are those of others
        is_next &= np.diff(recording.window[order]) == 1
    second = np.flatnonzero(is_good[1:] & is_good[:-1] & is_next) + 1
    return order[second - 1], order[second]


def of_each_conversation(recording: Recording, rows: NDArray[np.intp], values: Floats) -> list[Floats]:
    """Return the values of each conversation by itself, in order; `values` are of `rows`, `[rows]`."""
    talks = recording.conversation_of_each()[rows]
    return [values[talks == index] for index in np.unique(talks)]


def period_jitter_ns(recording: Recording) -> Floats:
    """Return J_k = (e_k − e_{k−1}) − (a_k − a_{k−1}), `[pairs]`, where windows k−1 and k are measured and answered."""
    (before, rows), response = followers(recording), recording.finished_ns - recording.scheduled_ns
    changes: Ints = response[rows] - response[before]
    return changes.astype(np.float64)


def refused_sessions(recording: Recording) -> Bools:
    """Return `[sessions]` which of those that came in one round, between two that were measured, were refused.

    They are numbered as they come; what bears no window was refused.
    """
    talks = recording.conversation_of_each()
    measured = talks[recording.measured()]
    numbers = np.arange(measured.min(), measured.max() + 1) if len(measured) else talks[:0]
    return ~np.isin(numbers, talks)


def backlog(recording: Recording) -> Backlog:
    """Return b(t) = #{k: a_k ≤ t < e_k} from the first measured window's close to the last answer.

    A window of the warm-up that is still unanswered then counts, for it holds up the others. Of several rounds each has
    its own; the time between them is left out.
    """
    parts = [_backlog(part) for part in recording.by_round()]
    return Backlog(
        level=np.concatenate([part.level for part in parts]),
        duration_ns=np.concatenate([part.duration_ns for part in parts]),
    )


def _backlog(recording: Recording) -> Backlog:
    arrived, left = recording.scheduled_ns, left_ns(recording)
    is_measured = recording.measured()
    if not is_measured.any():
        nothing = np.zeros(0, dtype=np.int64)
        return Backlog(level=nothing, duration_ns=nothing)
    begin, end = int(arrived[is_measured].min()), int(left[is_measured].max())
    edges = np.unique(np.clip(np.concatenate((arrived, left)), begin, end))
    return Backlog(level=in_system(edges, arrived, left)[:-1], duration_ns=np.diff(edges))


def left_ns(recording: Recording) -> Ints:
    """Return when each window left: with its answer, or when it was known that none would come, `[windows]`.

    One that was shed leaves when its deadline is over, for it is dropped at its next turn. Any other leaves when work
    begins on a later window of its conversation, as these are answered in order: it was lost. Where there is none, it
    is the end of the trial. One whose session had been sent away leaves as it comes.
    """
    order, talks = recording.by_conversation_order(), recording.conversation_of_each()
    rows = np.arange(len(order))
    answered = np.where(recording.is_answered[order], rows, len(order) - 1)
    following = order[np.minimum.accumulate(answered[::-1])[::-1]]
    is_followed = recording.is_answered[following] & (talks[following] == talks[order])
    given_up = recording.ended_of_each()
    given_up[order] = np.where(is_followed, recording.started_ns[following], given_up[order])
    if recording.is_shed is not None:
        due = recording.scheduled_ns + ns_from_ms(recording.deadline_ms)
        given_up = np.where(recording.is_shed, np.minimum(due, given_up), given_up)
    given_up = np.maximum(given_up, recording.scheduled_ns)
    if recording.is_evicted is not None:
        given_up = np.where(recording.is_evicted, recording.scheduled_ns, given_up)
    left: Ints = np.where(recording.is_answered, recording.finished_ns, given_up)
    return left


def in_system(instants: Ints | Floats, arrived: Ints | Floats, left: Ints | Floats) -> Ints:
    """Return how many windows have arrived and not left at each instant, `[instants]`: b(t) = #{k: a_k ≤ t < e_k}.

    Args:
        instants: `[instants]` in ns, as are the others.
        arrived: `[windows]` in any order.
        left: `[windows]` in any order; +inf marks one that never did.
    """
    came, went = (np.searchsorted(np.sort(times), instants, side="right") for times in (arrived, left))
    return (came - went).astype(np.int64)


def spurts(recording: Recording) -> list[Spurt]:
    """Return the talk-spurts of the whole trial, warm-up included.

    A window without an answer is passed over: its neighbours stay one spurt, and its silence is heard as a stall.
    """
    return _spurts(recording, recording.is_answered)


def measured_spurts(recording: Recording) -> list[Spurt]:
    """Return the talk-spurts of the measured windows; one that began in the warm-up is cut where measuring begins."""
    return _spurts(recording, recording.answered())


def played_ns(recording: Recording) -> tuple[Ints, Bools]:
    """Return p_k, when each window's first sample leaves a virtual player that has no prebuffer, and where it is known.

    Windows without speech have none; a closed loop has no player.
    """
    played, is_known = np.zeros(len(recording.window), dtype=np.int64), np.zeros(len(recording.window), dtype=np.bool_)
    for spurt in spurts(recording) if recording.is_open_loop else ():
        stalls = stalls_ns(spurt.ready_ns, spurt.duration_ns, 0)
        before = np.cumsum(spurt.duration_ns) - spurt.duration_ns
        played[spurt.rows] = spurt.ready_ns[0] + before + np.cumsum(stalls)
        is_known[spurt.rows] = True
    return played, is_known


def _spurts(recording: Recording, is_chosen: Bools) -> list[Spurt]:
    """Return the talk-spurts of the rows that are chosen, in the order in which they open."""
    order = recording.by_conversation_order()
    stretch = np.cumsum(_is_after_pause(recording, order))
    places = np.flatnonzero(is_chosen[order])
    runs = (places[run] for run in talk_spurts(recording.audio_samples[order[places]] > 0))
    found = (order[chunks] for run in runs for chunks in np.split(run, np.flatnonzero(np.diff(stretch[run])) + 1))
    return [
        Spurt(rows=rows, ready_ns=recording.finished_ns[rows], duration_ns=speech_ns(recording, rows))
        for rows in sorted((rows.astype(np.int64) for rows in found), key=lambda rows: int(rows[0]))
    ]


def _is_after_pause(recording: Recording, order: NDArray[np.intp]) -> Bools:
    """Return `[windows]` in `order` whether a pause of the schedule lies before: nobody is to speak through it.

    A conversation begins after one: nothing is known in it of the one before.
    """
    begins, closes = (recording.scheduled_ns - recording.hop_ns)[order], recording.scheduled_ns[order]
    is_another = np.diff(recording.conversation_of_each()[order]) != 0
    return np.concatenate((np.zeros(1, dtype=np.bool_), (begins[1:] > closes[:-1]) | is_another))[: len(order)]
