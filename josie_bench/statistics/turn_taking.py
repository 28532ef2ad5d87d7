"""Whether a model spoke when it should, event by event: responses, pauses, barge-ins, and what was not meant for it.

- Response onset latency: the model's first onset from the turn's start on, minus the turn's end. Negative where it
  spoke into the turn. Without one until the next turn begins, at most 10 s, it is censored there.
- Response timing: an event is right where a turn's latency lies in [−200, +700] ms, and where nothing begins in a
  pause, a back-channel, side talk or noise. A model that is always silent is right about all but the turns: the figure
  means something only beside what the trivial baselines get on the same dialogues.
- Selectivity: the share of what was not meant for the model that neither stopped it nor made it begin, until a second
  after. A model that happens to end by itself then counts as stopped.
- Barge-in: from the user's onset to the model's decision, to its last sound given, and to its last sound heard. What
  does not end within 2 s is censored. An event that finds the model silent is no barge-in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from josie_bench.statistics.item_bootstrap import corpus_score, mean_of
from josie_bench.statistics.survival import onset_scores
from josie_bench.terms.item_counts import ItemScore, gather
from josie_bench.terms.score import Score, missing
from josie_bench.terms.timeline import (
    BARGE_IN,
    NOT_FOR_THE_MODEL,
    PAUSE,
    TURN,
    Timeline,
    TimelineEvent,
    span_holding,
)

Floats = NDArray[np.float64]
Rule = Callable[[Timeline, TimelineEvent], bool | None]

EARLIEST_MS, LATEST_MS = -200.0, 700.0
ANSWER_LIMIT_MS = 10_000.0
YIELD_LIMIT_MS = 2_000.0
REACTION_MS = 1_000.0  # after something ends, until which what the model does is taken for its doing
FEWEST_EVENTS = 30  # of a kind that make a rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What followed a turn.

    Attributes:
        latency_ms: from its end to the model's onset; where that never came, until when it was waited for.
        came: whether it came.
    """

    latency_ms: float
    came: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Yield:
    """What followed a barge-in; absent where it did not come within the limit.

    Attributes:
        decided_ms: from the user's onset to the model's decision to listen.
        emitted_ms: to the end of the last sound it gave.
        heard_ms: to the end of the last sound that was heard.
        talked_over_ms: for how long both were heard at once.
    """

    decided_ms: float | None
    emitted_ms: float | None
    heard_ms: float | None
    talked_over_ms: float

    @property
    def queued_ms(self) -> float | None:
        """Return how long the model was still heard after it had decided: what lay in the player."""
        return None if self.decided_ms is None or self.heard_ms is None else self.heard_ms - self.decided_ms


def response_to(timeline: Timeline, turn: TimelineEvent, limit_ms: float = ANSWER_LIMIT_MS) -> Response:
    """Return what followed a turn, until the next one begins, the dialogue ends or the limit is reached."""
    later = [event.span.start_ms for event in timeline.of(TURN) if event.span.start_ms > turn.span.start_ms]
    until = min([timeline.end_ms, turn.span.end_ms + limit_ms, *later])
    onset = timeline.first_onset_ms(turn.span.start_ms, until)
    return Response(latency_ms=(until if onset is None else onset) - turn.span.end_ms, came=onset is not None)


def yield_to(timeline: Timeline, barge_in: TimelineEvent, limit_ms: float = YIELD_LIMIT_MS) -> Yield | None:
    """Return what followed a barge-in, or None where it finds the model silent."""
    at = barge_in.span.start_ms
    heard = span_holding(timeline.played, at)
    if heard is None:
        return None
    decided = next((instant for instant in timeline.yields_ms if instant >= at), None)
    given = span_holding(timeline.emitted, at)
    return Yield(
        decided_ms=_within(decided, at, limit_ms),
        emitted_ms=_within(_last_given(timeline, at) if given is None else given.end_ms, at, limit_ms),
        heard_ms=_within(heard.end_ms, at, limit_ms),
        talked_over_ms=sum(span.shared_ms(barge_in.span) for span in timeline.played),
    )


def _last_given(timeline: Timeline, at_ms: float) -> float | None:
    """Return when all that is heard at an instant had been given: before it, where it comes quicker than it plays."""
    return max((span.end_ms for span in timeline.emitted if span.end_ms <= at_ms), default=None)


def _within(instant_ms: float | None, start_ms: float, limit_ms: float) -> float | None:
    return None if instant_ms is None or instant_ms - start_ms > limit_ms else instant_ms - start_ms


def is_timed_right(timeline: Timeline, event: TimelineEvent) -> bool | None:
    """Return whether the model began where it should, or did not where it should not; None for a barge-in."""
    if event.kind == TURN:
        response = response_to(timeline, event)
        return response.came and EARLIEST_MS <= response.latency_ms <= LATEST_MS
    return None if event.kind == BARGE_IN else timeline.first_onset_ms(event.span.start_ms, event.span.end_ms) is None


def is_left_alone(timeline: Timeline, event: TimelineEvent, reaction_ms: float = REACTION_MS) -> bool | None:
    """Return whether something that was not meant for the model neither stopped it nor made it begin."""
    if event.kind not in NOT_FOR_THE_MODEL:
        return None
    start, until = event.span.start_ms, event.span.end_ms + reaction_ms
    speaking = span_holding(timeline.played, start)
    if speaking is not None:
        return speaking.end_ms >= min(until, timeline.end_ms)
    return timeline.first_onset_ms(start, until) is None


def is_pause_kept(timeline: Timeline, event: TimelineEvent) -> bool | None:
    """Return whether the model did not begin in a pause within a turn; None for what is none, or finds it speaking."""
    if event.kind != PAUSE or span_holding(timeline.played, event.span.start_ms) is not None:
        return None
    return timeline.first_onset_ms(event.span.start_ms, event.span.end_ms) is None


def share_score(timelines: Iterable[Timeline], rule: Rule) -> Score:
    """Return the share of events that a rule finds right, of those that it judges, with an interval by dialogues."""
    rows = [
        ItemScore(
            item=f"{timeline.dialogue}/{index}",
            cluster=timeline.dialogue,
            counts={"right": float(right), "events": 1.0},
        )
        for timeline in timelines
        for index, event in enumerate(timeline.events)
        if (right := rule(timeline, event)) is not None
    ]
    if len(rows) < FEWEST_EVENTS:
        detail = f"{len(rows)} events make no rate: {FEWEST_EVENTS} do"
        return missing("insufficient_samples", detail, n=len(rows), needed=FEWEST_EVENTS)
    return corpus_score(gather(rows), mean_of)


def response_scores(timelines: Iterable[Timeline], limit_ms: float = ANSWER_LIMIT_MS) -> dict[str, Score]:
    """Return quartiles, restricted mean and rate of response onsets, in ms, those that never came being censored."""
    found = [response_to(timeline, turn, limit_ms) for timeline in timelines for turn in timeline.of(TURN)]
    times = np.array([response.latency_ms for response in found], dtype=np.float64)
    return onset_scores(times, np.array([response.came for response in found], dtype=np.bool_), limit_ms)


def yield_scores(timelines: Iterable[Timeline], limit_ms: float = YIELD_LIMIT_MS) -> dict[str, dict[str, Score]]:
    """Return the same of barge-ins, for `decided`, `emitted` and `heard`, from the user's onset."""
    yields = [
        found
        for timeline in timelines
        for event in timeline.of(BARGE_IN)
        if (found := yield_to(timeline, event, limit_ms)) is not None
    ]
    columns = {
        "decided": [found.decided_ms for found in yields],
        "emitted": [found.emitted_ms for found in yields],
        "heard": [found.heard_ms for found in yields],
    }
    return {name: _censored_scores(values, limit_ms) for name, values in columns.items()}


def recovery_scores(timelines: Iterable[Timeline], limit_ms: float = ANSWER_LIMIT_MS) -> dict[str, Score]:
    """Return the same from the end of a barge-in to the model's next onset."""
    found = []
    for timeline in timelines:
        for event in timeline.of(BARGE_IN):
            onset = timeline.first_onset_ms(event.span.end_ms, event.span.end_ms + limit_ms)
            found.append(None if onset is None else onset - event.span.end_ms)
    return _censored_scores(found, limit_ms)


def _censored_scores(values: list[float | None], limit_ms: float) -> dict[str, Score]:
    times = np.array([limit_ms if value is None else value for value in values], dtype=np.float64)
    return onset_scores(times, np.array([value is not None for value in values], dtype=np.bool_), limit_ms)


def talk_over_ms(timeline: Timeline) -> float:
    """Return for how long user and model were heard at once."""
    return sum(own.shared_ms(other) for own in timeline.played for other in timeline.user)


def premature(timelines: Iterable[Timeline]) -> Score:
    """Return the share of turns into which the model spoke earlier than is taken for their end."""

    def spoke_into(timeline: Timeline, event: TimelineEvent) -> bool | None:
        if event.kind != TURN:
            return None
        response = response_to(timeline, event)
        return response.came and response.latency_ms < EARLIEST_MS

    return share_score(timelines, spoke_into)


def of_kind(rule: Rule, *kinds: str) -> Rule:
    """Return a rule that judges only some kinds of events."""
    return lambda timeline, event: rule(timeline, event) if event.kind in kinds else None
