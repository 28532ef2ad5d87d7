"""Takeovers, latencies and back-channels by foreign thresholds, worked by hand."""

from __future__ import annotations

import pytest

from josie_bench.statistics.full_duplex_bench import (
    back_channels_per_s,
    interruption_latency_ms,
    is_taken,
    is_taken_after_interruption,
    is_taken_amid,
    turn_latency_ms,
)
from josie_bench.terms.timeline import BACK_CHANNEL, PAUSE, TURN, Span, Timeline, TimelineEvent


def event(kind: str, start_ms: float, end_ms: float) -> TimelineEvent:
    return TimelineEvent(kind=kind, span=Span(start_ms=start_ms, end_ms=end_ms))


FIRST, PAUSED, SECOND = event(TURN, 1_000, 5_000), event(PAUSE, 2_000, 2_800), event(TURN, 9_000, 11_000)


def heard(*edges: tuple[float, float]) -> Timeline:
    """Return a dialogue of two turns, the first with a pause, in which the model is heard as told."""
    played = tuple(Span(start_ms=start, end_ms=end) for start, end in edges)
    events = (FIRST, PAUSED, SECOND)
    return Timeline(dialogue="d", end_ms=15_000.0, events=events, user=(FIRST.span, SECOND.span), played=played)


@pytest.mark.parametrize(
    ("edges", "taken", "latency_ms"),
    [
        ((), False, None),
        (((5_400, 6_399),), False, None),  # 999 ms: a back-channel
        (((5_400, 6_400),), True, 400.0),
        (((5_400, 5_600), (6_300, 6_500)), True, 400.0),  # 1.1 s from the first sound to the last
        (((4_200, 6_000),), True, 0.0),  # before the turn's end
        (((8_500, 9_800),), False, None),  # 500 ms of it before the next turn
        (((9_500, 12_000),), False, None),
    ],
)
def test_a_second_of_speech_until_the_next_turn_is_a_takeover(edges, taken, latency_ms) -> None:
    assert is_taken(heard(*edges), FIRST) is taken
    assert turn_latency_ms(heard(*edges), FIRST) == latency_ms


@pytest.mark.parametrize(
    ("edges", "taken"),
    [
        ((), False),
        (((2_200, 3_300),), True),
        (((2_200, 2_900),), False),
        (((4_500, 8_000),), False),  # 500 ms of it in the turn
        (((1_500, 1_700), (4_400, 4_600)), True),  # 3.1 s from the first sound to the last
    ],
)
def test_in_a_turn_with_a_pause_it_is_one_before_the_turns_end(edges, taken) -> None:
    assert is_taken_amid(heard(*edges), FIRST) is taken
    assert is_taken_amid(heard(*edges), SECOND) is None  # has no pause


@pytest.mark.parametrize(
    ("edges", "taken", "latency_ms"),
    [
        (((8_000, 9_600),), False, None),
        (((8_000, 9_600), (11_700, 13_000)), True, 700.0),
        (((8_000, 11_900),), False, None),  # 900 ms behind the interruption
        (((8_000, 12_000),), True, 0.0),  # as if nothing had been said
    ],
)
def test_a_turn_that_finds_it_speaking_is_an_interruption(edges, taken, latency_ms) -> None:
    timeline = heard(*edges)
    assert is_taken_after_interruption(timeline, SECOND) is taken
    assert interruption_latency_ms(timeline, SECOND) == latency_ms
    assert (is_taken(timeline, SECOND), back_channels_per_s(timeline, SECOND)) == (None, None)
    assert is_taken_after_interruption(timeline, FIRST) is None


def test_speech_that_begins_or_ends_with_a_turn_is_not_interrupted() -> None:
    assert is_taken_after_interruption(heard((7_000, 9_000)), SECOND) is None
    assert is_taken_after_interruption(heard((9_000, 12_000)), SECOND) is None


@pytest.mark.parametrize(
    ("edges", "per_s"),
    [
        ((), 0.0),
        (((2_100, 2_400),), 0.25),  # one in four seconds
        (((2_100, 2_400), (3_500, 4_000), (6_000, 6_500)), 0.5),
        (((2_100, 2_400), (3_500, 4_500)), 0.0),  # it took over
    ],
)
def test_short_stretches_in_a_turn_are_back_channels(edges, per_s) -> None:
    assert back_channels_per_s(heard(*edges), FIRST) == per_s


@pytest.mark.parametrize(
    "rule", [is_taken, is_taken_amid, is_taken_after_interruption, turn_latency_ms, back_channels_per_s]
)
def test_only_turns_are_samples(rule) -> None:
    assert rule(heard(), PAUSED) is None
    assert rule(heard((4_900, 6_000)), event(BACK_CHANNEL, 5_000, 5_300)) is None
