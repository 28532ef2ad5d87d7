"""Responses, yields, interruptions and back-channels by foreign windows, worked by hand."""

from __future__ import annotations

import pytest

from josie_bench.statistics.tau_voice import (
    interruptions,
    is_responded,
    is_talked_through,
    is_yielded,
    response_latency_ms,
    response_turns,
    yield_latency_ms,
)
from josie_bench.terms.timeline import BACK_CHANNEL, TURN, Span, Timeline, TimelineEvent


def event(kind: str, start_ms: float, end_ms: float) -> TimelineEvent:
    return TimelineEvent(kind=kind, span=Span(start_ms=start_ms, end_ms=end_ms))


FIRST, MURMUR, SECOND = event(TURN, 1_000, 3_000), event(BACK_CHANNEL, 5_000, 5_300), event(TURN, 8_000, 9_000)


def heard(*edges: tuple[float, float]) -> Timeline:
    """Return a dialogue of two turns and a back-channel, in which the model is heard as told."""
    events = (FIRST, MURMUR, SECOND)
    played = tuple(Span(start_ms=start, end_ms=end) for start, end in edges)
    return Timeline(
        dialogue="d", end_ms=15_000.0, events=events, user=tuple(each.span for each in events), played=played
    )


@pytest.mark.parametrize(
    ("edges", "first", "second", "latency_ms"),
    [
        ((), False, None, None),  # nothing follows the second turn, so that nobody can tell
        (((3_400, 4_000), (9_500, 12_000)), True, True, 400.0),
        (((8_000, 8_500),), True, None, 5_000.0),  # with the next turn: no later than it
        (((8_001, 8_500),), False, None, None),
        (((2_500, 3_500),), None, None, None),  # it speaks at the first turn's end
        (((8_500, 9_500),), True, None, 5_500.0),  # it speaks at the second's, which so ends nothing
    ],
)
def test_a_turn_is_responded_to_before_the_next_that_ends_in_silence(edges, first, second, latency_ms) -> None:
    timeline = heard(*edges)
    assert (is_responded(timeline, FIRST), is_responded(timeline, SECOND)) == (first, second)
    assert response_latency_ms(timeline, FIRST) == latency_ms
    assert response_turns(timeline) == (first is not None) + (second is not None)


@pytest.mark.parametrize(
    ("edges", "is_right", "latency_ms"),
    [
        (((3_400, 8_150),), True, 150.0),
        (((3_400, 9_999),), True, 1_999.0),
        (((3_400, 10_000),), False, None),
        (((3_400, 8_000),), None, None),
        (((8_000, 8_500),), None, None),
    ],
)
def test_the_model_yields_within_two_seconds(edges, is_right, latency_ms) -> None:
    assert is_yielded(heard(*edges), SECOND) is is_right
    assert yield_latency_ms(heard(*edges), SECOND) == latency_ms


@pytest.mark.parametrize(
    ("edges", "is_right"),
    [(((3_400, 5_999),), False), (((3_400, 6_000),), True), (((5_100, 7_000),), None), ((), None)],
)
def test_a_back_channel_is_talked_through_for_a_second(edges, is_right) -> None:
    assert is_talked_through(heard(*edges), MURMUR) is is_right
    assert (is_yielded(heard(*edges), MURMUR), is_responded(heard(*edges), MURMUR)) == (None, None)
    assert is_talked_through(heard((500, 9_000)), FIRST) is None


def test_every_onset_while_the_user_is_heard_is_an_interruption() -> None:
    assert interruptions(heard((1_500, 1_700), (2_000, 3_400), (5_100, 7_000), (9_000, 9_500))) == 3
    assert interruptions(heard()) == 0
