"""Figures of turn-taking over many dialogues: shares of events that were right, and times of which some never came.

Fewer than 30 events of a kind make no rate, and fewer than 10 no figure at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from josie_bench.statistics.item_bootstrap import corpus_score, mean_of, share_of
from josie_bench.statistics.survival import onset_scores
from josie_bench.statistics.tau_voice import interruptions, response_turns
from josie_bench.statistics.turn_taking import (
    ANSWER_LIMIT_MS,
    YIELD_LIMIT_MS,
    Response,
    Rule,
    Yield,
    recovery_from,
    response_to,
    talk_over_ms,
    yield_to,
)
from josie_bench.terms.item_counts import ItemCounts, ItemScore, gather
from josie_bench.terms.score import Score, missing
from josie_bench.terms.timeline import BARGE_IN, TURN, Timeline, TimelineEvent

FEWEST_EVENTS = 30  # of a kind that make a rate
FEWEST_COUNTED = 10  # that are told at all


def share_score(timelines: Iterable[Timeline], rule: Rule) -> Score:
    """Return the share of events that a rule finds right, of those that it judges, with an interval by dialogues."""
    events = judged_events(timelines, rule)
    right = round(float(events.of("right").sum())) if events.item else 0
    if (few := _too_few(right, len(events.item))) is not None:
        return few
    return _of_dialogues(events)


def mean_score(timelines: Iterable[Timeline], told: Callable[[Timeline, TimelineEvent], float | None]) -> Score:
    """Return the mean of what is told of events, of those of which something is, with an interval by dialogues."""

    def of_events(timeline: Timeline) -> list[float]:
        return [value for event in timeline.events if (value := told(timeline, event)) is not None]

    return mean_of_all(timelines, of_events)


def mean_of_all(timelines: Iterable[Timeline], told: Callable[[Timeline], Sequence[float]]) -> Score:
    """Return the mean of all that is told of dialogues, several numbers of each, with an interval by dialogues."""
    events = gather(
        ItemScore(item=f"{timeline.dialogue}/{index}", cluster=timeline.dialogue, counts={"of": value, "events": 1.0})
        for timeline in timelines
        for index, value in enumerate(told(timeline))
    )
    few = _too_few(len(events.item), len(events.item))
    return corpus_score(events, mean_of) if few is None else few


def judged_events(timelines: Iterable[Timeline], rule: Rule) -> ItemCounts:
    """Return which of the events that a rule judges are `right`, beside a column of all; each belongs to a dialogue."""
    return gather(
        ItemScore(
            item=f"{timeline.dialogue}/{index}",
            cluster=timeline.dialogue,
            counts={"right": float(is_right), "events": 1.0},
        )
        for timeline in timelines
        for index, event in enumerate(timeline.events)
        if (is_right := rule(timeline, event)) is not None
    )


def _of_dialogues(items: ItemCounts) -> Score:
    """Return a share whose items are drawn by dialogues; where all are alike each dialogue is one event."""
    dialogues = len(set(items.cluster))
    return share_of(items, dialogues, f"{dialogues} dialogues")


def _too_few(right: int, n: int) -> Score | None:
    """Return why so many events make no rate, or None where they do; of the fewest not even the count is told."""
    if n >= FEWEST_EVENTS:
        return None
    counted = f"{n} events" if n < FEWEST_COUNTED else f"{right} of {n} events"
    return missing("insufficient_samples", f"{counted}: {FEWEST_EVENTS} make a rate", n=n, needed=FEWEST_EVENTS)


def response_scores(timelines: Iterable[Timeline], limit_ms: float = ANSWER_LIMIT_MS) -> dict[str, Score]:
    """Return quartiles, restricted mean and rate of response onsets, in ms, those that never came being censored."""
    found = [response_to(timeline, turn, limit_ms) for timeline in timelines for turn in timeline.of(TURN)]
    return _onset_scores(found, limit_ms)


def yield_scores(timelines: Iterable[Timeline], limit_ms: float = YIELD_LIMIT_MS) -> dict[str, dict[str, Score]]:
    """Return the same of barge-ins, for `decided`, `emitted` and `heard` from the user's onset, and for `queued`.

    What lay in the player is told of those of whom a decision is known.
    """
    found = [
        barge_in
        for timeline in timelines
        for event in timeline.of(BARGE_IN)
        if (barge_in := yield_to(timeline, event, limit_ms)) is not None
    ]
    columns = {
        "decided": [_until(barge_in.decided_ms, limit_ms) for barge_in in found],
        "emitted": [_until(barge_in.emitted_ms, limit_ms) for barge_in in found],
        "heard": [_until(barge_in.heard_ms, limit_ms) for barge_in in found],
        "queued": [_queue(barge_in, limit_ms) for barge_in in found if barge_in.decided_ms is not None],
    }
    return {name: _onset_scores(column, limit_ms) for name, column in columns.items()}


def recovery_scores(timelines: Iterable[Timeline], limit_ms: float = ANSWER_LIMIT_MS) -> dict[str, Score]:
    """Return the same from the end of a barge-in to the model's next onset."""
    found = [
        response
        for timeline in timelines
        for event in timeline.of(BARGE_IN)
        if (response := recovery_from(timeline, event, limit_ms)) is not None
    ]
    return _onset_scores(found, limit_ms)


def talk_over_score(timelines: Iterable[Timeline]) -> Score:
    """Return the share of the time of the user's voice in which the model was heard too, with an interval."""
    rows = (
        ItemScore(
            item=timeline.dialogue,
            cluster=timeline.dialogue,
            counts={"both": talk_over_ms(timeline), "user": sum(s.end_ms - s.start_ms for s in timeline.user)},
        )
        for timeline in timelines
    )
    return _of_dialogues(gather(rows))


def interruption_score(timelines: Iterable[Timeline]) -> Score:
    """Return how often the model began while the user was heard, over turns that were to be responded to (τ-voice)."""
    rows = gather(
        ItemScore(
            item=timeline.dialogue,
            cluster=timeline.dialogue,
            counts={"began": float(interruptions(timeline)), "turns": float(response_turns(timeline))},
        )
        for timeline in timelines
    )
    began, turns = (round(float(rows.of(name).sum())) if rows.item else 0 for name in ("began", "turns"))
    few = _too_few(began, turns)
    return replace(corpus_score(rows, mean_of), n=turns) if few is None else few


def _until(latency_ms: float | None, limit_ms: float) -> Response:
    """Return what came, or did not until the limit."""
    return Response(latency_ms=limit_ms if latency_ms is None else latency_ms, came=latency_ms is not None)


def _queue(barge_in: Yield, limit_ms: float) -> Response:
    """Return for how long the model was heard after its decision, or until the limit had not ended."""
    assert barge_in.decided_ms is not None
    return _until(barge_in.queued_ms, limit_ms - barge_in.decided_ms)


def _onset_scores(found: Sequence[Response], limit_ms: float) -> dict[str, Score]:
    times = np.array([response.latency_ms for response in found], dtype=np.float64)
    came = np.array([response.came for response in found], dtype=np.bool_)
    scores = onset_scores(times, came, limit_ms)
    n = len(found)
    few = _too_few(int((came & (times <= limit_ms)).sum()), n)
    if few is None or not found:
        return scores
    if n >= FEWEST_COUNTED:
        return scores | {"response_rate": few}
    fewer = missing("insufficient_samples", f"{n} events: {FEWEST_COUNTED} are told", n=n, needed=FEWEST_COUNTED)
    return dict.fromkeys(scores, fewer) | {"response_rate": few}
