"""Whether a model spoke when it should, event by event: responses, pauses, barge-ins, and what was not meant for it.

- Response onset latency: the model's first onset from the turn's start on, minus the turn's end. Negative where it
  spoke into the turn. Without one until the next turn begins, at most 10 s, it is censored there.
- Response timing: an event is right where a turn's latency lies in [−200, +700] ms, and where nothing begins in a
  pause, a back-channel, side talk or noise but an answer that is due to a turn. A model that is always silent is right
  about all but the turns: the figure means something only beside what the trivial baselines get on the same dialogues.
- Selectivity: the share of what was not meant for the model that neither stopped it nor made it begin, until a second
  after or the next turn. A model that happens to end by itself then counts as stopped.
- Barge-in: from the user's onset to the model's decision, to its last sound given, and to its last sound heard. What
  does not end within 2 s is censored. An event that finds the model silent is no barge-in. Recovery is the response to
  a barge-in, from its end on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from josie_bench.terms.timeline import (
    BARGE_IN,
    NOT_FOR_THE_MODEL,
    PAUSE,
    TURN,
    Span,
    Timeline,
    TimelineEvent,
    span_holding,
)

Rule = Callable[[Timeline, TimelineEvent], bool | None]

EARLIEST_MS, LATEST_MS = -200.0, 700.0
ANSWER_LIMIT_MS = 10_000.0
YIELD_LIMIT_MS = 2_000.0
REACTION_MS = 1_000.0  # after something ends, until which what the model does is taken for its doing


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
    return _first_onset(timeline, turn, turn.span.start_ms, limit_ms)


def recovery_from(timeline: Timeline, barge_in: TimelineEvent, limit_ms: float = ANSWER_LIMIT_MS) -> Response | None:
    """Return what followed a barge-in from its end on, or None where it finds the model silent."""
    if _interrupted(timeline, barge_in) is None:
        return None
    return _first_onset(timeline, barge_in, barge_in.span.end_ms, limit_ms)


def _first_onset(timeline: Timeline, event: TimelineEvent, from_ms: float, limit_ms: float) -> Response:
    """Return the model's first onset from an instant until it is no longer waited for, told from the event's end."""
    later = [turn.span.start_ms for turn in timeline.of(TURN) if turn.span.start_ms > event.span.start_ms]
    until = min([timeline.end_ms, event.span.end_ms + limit_ms, *later])
    onset = timeline.first_onset_ms(from_ms, until)
    return Response(latency_ms=(until if onset is None else onset) - event.span.end_ms, came=onset is not None)


def _interrupted(timeline: Timeline, barge_in: TimelineEvent) -> Span | None:
    """Return the speech that was under way when the user began; None where there was none."""
    at = barge_in.span.start_ms
    heard = span_holding(timeline.played, at)
    return None if heard is None or heard.start_ms == at else heard


def yield_to(timeline: Timeline, barge_in: TimelineEvent, limit_ms: float = YIELD_LIMIT_MS) -> Yield | None:
    """Return what followed a barge-in, or None where it finds the model silent."""
    at, heard = barge_in.span.start_ms, _interrupted(timeline, barge_in)
    if heard is None:
        return None
    decided = _decided(timeline, at, heard)
    given = span_holding(timeline.emitted, at)
    return Yield(
        decided_ms=_within(decided, at, limit_ms),
        emitted_ms=_within(_last_given(timeline, at) if given is None else given.end_ms, at, limit_ms),
        heard_ms=_within(heard.end_ms, at, limit_ms),
        talked_over_ms=sum(span.shared_ms(barge_in.span) for span in timeline.played),
    )


def _decided(timeline: Timeline, at_ms: float, heard: Span) -> float | None:
    """Return the first decision from an instant on, or the last before it: what is heard may be all that is left.

    One behind the end of what is heard, or before its start, belongs to other speech.
    """
    own = [instant for instant in timeline.yields_ms if heard.start_ms <= instant <= heard.end_ms]
    return next((instant for instant in own if instant >= at_ms), own[-1] if own else None)


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
    return None if event.kind == BARGE_IN else not _begins_unasked(timeline, event.span.start_ms, event.span.end_ms)


def is_left_alone(timeline: Timeline, event: TimelineEvent, reaction_ms: float = REACTION_MS) -> bool | None:
    """Return whether something that was not meant for the model neither stopped it nor made it begin.

    It is looked at until the next turn begins, which may well stop it. None for what is meant for the model, and for
    what finds it speaking into a turn: there it should stop for the user.
    """
    if event.kind not in NOT_FOR_THE_MODEL:
        return None
    start, turns = event.span.start_ms, [turn.span for turn in timeline.of(TURN)]
    later = [turn.start_ms for turn in turns if turn.start_ms > start]
    until = min([event.span.end_ms + reaction_ms, timeline.end_ms, *later])
    speaking = span_holding(timeline.played, start)
    if speaking is None:
        return not _begins_unasked(timeline, start, until)
    return None if any(turn.holds(start) for turn in turns) else speaking.end_ms >= until


def _begins_unasked(timeline: Timeline, start_ms: float, end_ms: float) -> bool:
    """Return whether the model's voice begins within a stretch of time where no answer to a turn is due."""
    ends = [turn.span.end_ms for turn in timeline.of(TURN)]
    onsets = (span.start_ms for span in timeline.played if start_ms <= span.start_ms < end_ms)
    return any(all(not EARLIEST_MS <= onset - end <= LATEST_MS for end in ends) for onset in onsets)


def is_pause_kept(timeline: Timeline, event: TimelineEvent) -> bool | None:
    """Return whether the model did not begin in a pause within a turn; None for what is none, or finds it speaking."""
    if event.kind != PAUSE or span_holding(timeline.played, event.span.start_ms) is not None:
        return None
    return timeline.first_onset_ms(event.span.start_ms, event.span.end_ms) is None


def is_premature(timeline: Timeline, event: TimelineEvent) -> bool | None:
    """Return whether the model spoke into a turn, earlier than is taken for its end; None for what is no turn."""
    if event.kind != TURN:
        return None
    response = response_to(timeline, event)
    return response.came and response.latency_ms < EARLIEST_MS


def is_answered(timeline: Timeline, event: TimelineEvent) -> bool | None:
    """Return whether a turn was answered before it was too late; None for what is no turn."""
    return response_to(timeline, event).came if event.kind == TURN else None


def is_yielded_to(timeline: Timeline, event: TimelineEvent) -> bool | None:
    """Return whether the model was silent in time after a barge-in; None for what is none, or finds it silent."""
    found = yield_to(timeline, event) if event.kind == BARGE_IN else None
    return None if found is None else found.heard_ms is not None


def talk_over_ms(timeline: Timeline) -> float:
    """Return for how long user and model were heard at once."""
    return sum(own.shared_ms(other) for own in timeline.played for other in timeline.user)


def of_kind(rule: Rule, *kinds: str) -> Rule:
    """Return a rule that judges only some kinds of events."""
    return lambda timeline, event: rule(timeline, event) if event.kind in kinds else None
