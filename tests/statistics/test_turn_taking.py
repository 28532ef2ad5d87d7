"""Turn-taking on constructed dialogues whose every figure is known."""

from dataclasses import replace

import numpy as np
import pytest

from josie_bench.statistics.speech_spans import speech_spans
from josie_bench.statistics.turn_taking import (
    is_answered,
    is_left_alone,
    is_pause_kept,
    is_premature,
    is_timed_right,
    is_yielded_to,
    of_kind,
    recovery_from,
    response_to,
    talk_over_ms,
    yield_to,
)
from josie_bench.terms.timeline import (
    BACK_CHANNEL,
    BARGE_IN,
    NOISE,
    PAUSE,
    TURN,
    Span,
    Timeline,
    TimelineEvent,
)


def span(start_ms: float, end_ms: float) -> Span:
    return Span(start_ms=start_ms, end_ms=end_ms)


def event(kind: str, start_ms: float, end_ms: float) -> TimelineEvent:
    return TimelineEvent(kind=kind, span=span(start_ms, end_ms))


def dialogue(
    *events: TimelineEvent, played: tuple[Span, ...] = (), name: str = "d", end_ms: float = 20_000.0
) -> Timeline:
    return Timeline(dialogue=name, end_ms=end_ms, events=events, user=tuple(e.span for e in events), played=played)


TURN_AT_3 = event(TURN, 1_000, 3_000)


@pytest.mark.parametrize(
    ("onset_ms", "latency_ms", "is_right"),
    [
        (3_400, 400, True),
        (3_700, 700, True),
        (3_701, 701, False),
        (2_800, -200, True),
        (2_799, -201, False),
        (1_000, -2_000, False),
    ],
)
def test_a_response_is_timed_from_the_turns_end(onset_ms: float, latency_ms: float, is_right: bool) -> None:
    timeline = dialogue(TURN_AT_3, played=(span(onset_ms, 9_000),))
    response = response_to(timeline, TURN_AT_3)
    assert (response.latency_ms, response.came) == (latency_ms, True)
    assert is_timed_right(timeline, TURN_AT_3) is is_right


def test_speech_that_was_under_way_is_no_response() -> None:
    timeline = dialogue(TURN_AT_3, played=(span(500, 1_200), span(3_500, 4_000)))
    assert response_to(timeline, TURN_AT_3).latency_ms == 500.0


def test_no_response_is_waited_for_until_the_next_turn_the_end_or_ten_seconds() -> None:
    cases = (
        (dialogue(TURN_AT_3), 10_000.0),
        (dialogue(TURN_AT_3, event(TURN, 6_000, 7_000)), 3_000.0),
        (dialogue(TURN_AT_3, end_ms=5_000.0), 2_000.0),
    )
    for timeline, waited_ms in cases:
        response = response_to(timeline, TURN_AT_3)
        assert (response.latency_ms, response.came) == (waited_ms, False)
        assert is_timed_right(timeline, TURN_AT_3) is False


def test_the_answer_to_the_next_turn_is_none_to_this() -> None:
    timeline = dialogue(TURN_AT_3, event(TURN, 6_000, 7_000), played=(span(7_300, 9_000),))
    assert [response_to(timeline, turn).came for turn in timeline.of(TURN)] == [False, True]


@pytest.mark.parametrize("kind", [PAUSE, BACK_CHANNEL, NOISE])
def test_what_asks_for_nothing_is_right_where_nothing_begins(kind: str) -> None:
    asked = event(kind, 1_000, 1_800)
    for onset_ms, is_right in ((999.0, True), (1_000.0, False), (1_799.0, False), (1_800.0, True)):
        timeline = dialogue(asked, played=(span(onset_ms, onset_ms + 5_000.0),))
        assert is_timed_right(timeline, asked) is is_right


def test_a_barge_in_asks_for_no_onset() -> None:
    asked = event(BARGE_IN, 1_000, 1_800)
    assert is_timed_right(dialogue(asked), asked) is None
    assert is_left_alone(dialogue(asked), asked) is None


def test_a_pause_that_finds_the_model_speaking_tells_nothing() -> None:
    asked = event(PAUSE, 1_000, 1_800)
    assert is_pause_kept(dialogue(asked), asked) is True
    assert is_pause_kept(dialogue(asked, played=(span(1_500, 3_000),)), asked) is False
    assert is_pause_kept(dialogue(asked, played=(span(500, 1_100), span(1_500, 3_000))), asked) is None


@pytest.mark.parametrize(
    ("played", "is_right"),
    [
        ((span(0, 5_000),), True),  # speaks on
        ((span(0, 2_799),), False),  # stops within a second of its end
        ((span(0, 2_800),), True),
        ((), True),  # stays silent
        ((span(2_000, 3_000),), False),  # takes it for a turn
        ((span(2_800, 3_500),), True),
    ],
)
def test_what_is_not_meant_for_the_model_is_to_leave_it_as_it_is(played: tuple[Span, ...], is_right: bool) -> None:
    asked = event(BACK_CHANNEL, 1_400, 1_800)
    assert is_left_alone(dialogue(asked, played=played), asked) is is_right


@pytest.mark.parametrize(("onset_ms", "is_right"), [(3_300.0, True), (3_701.0, False), (2_799.0, False)])
def test_an_answer_that_is_due_is_not_held_against_the_noise_it_falls_into(onset_ms: float, is_right: bool) -> None:
    over_its_end = event(NOISE, 2_500, 4_000)
    timeline = dialogue(TURN_AT_3, over_its_end, played=(span(onset_ms, 9_000),))
    assert is_left_alone(timeline, over_its_end) is is_right
    assert is_timed_right(timeline, over_its_end) is is_right


def test_a_turn_that_begins_may_stop_the_model_and_noise_may_not() -> None:
    noise, turn = event(NOISE, 500, 900), event(TURN, 1_000, 3_000)
    assert is_left_alone(dialogue(noise, turn, played=(span(0, 1_100),)), noise) is True  # the turn did
    assert is_left_alone(dialogue(noise, turn, played=(span(0, 950),)), noise) is False
    within = event(NOISE, 2_000, 2_400)  # spoken into a turn: it should stop for the user
    assert is_left_alone(dialogue(turn, within, played=(span(0, 2_200),)), within) is None
    assert is_left_alone(dialogue(turn, within, played=()), within) is True


def test_a_dialogue_that_ends_while_the_model_speaks_stopped_nothing() -> None:
    asked = event(NOISE, 1_400, 1_800)
    assert is_left_alone(dialogue(asked, played=(span(0, 2_000),), end_ms=2_000.0), asked) is True


BARGED = event(BARGE_IN, 2_000, 4_000)
YIELDING = replace(
    dialogue(BARGED, played=(span(500, 2_640), span(4_700, 6_000))),
    emitted=(span(480, 2_400),),
    yields_ms=(1_000.0, 2_300.0, 5_000.0),
)


def test_a_barge_in_is_split_into_decided_given_and_heard() -> None:
    found = yield_to(YIELDING, BARGED)
    assert found is not None
    assert (found.decided_ms, found.emitted_ms, found.heard_ms) == (300.0, 400.0, 640.0)
    assert (found.queued_ms, found.talked_over_ms) == (340.0, 640.0)
    assert talk_over_ms(YIELDING) == 640.0


def test_sound_that_had_all_been_given_before_is_no_longer_given() -> None:
    found = yield_to(replace(YIELDING, emitted=(span(480, 1_900),)), BARGED)
    assert found is not None and found.emitted_ms == -100.0


def test_what_does_not_end_within_two_seconds_is_absent() -> None:
    stubborn = replace(YIELDING, played=(span(500, 4_001),), emitted=(span(500, 4_000),), yields_ms=())
    found = yield_to(stubborn, BARGED)
    assert found is not None
    assert (found.decided_ms, found.emitted_ms, found.heard_ms, found.queued_ms) == (None, 2_000.0, None, None)
    assert found.talked_over_ms == 2_000.0


def test_a_barge_in_that_finds_the_model_silent_is_none() -> None:
    assert yield_to(replace(YIELDING, played=(span(0, 1_000),)), BARGED) is None


def test_a_decision_that_was_made_before_the_barge_in_ends_it_all_the_same() -> None:
    """It is about to fall silent: what is heard is what was left, and the next decision is of other speech."""
    draining = replace(YIELDING, yields_ms=(1_000.0, 1_800.0, 5_000.0))
    found = yield_to(draining, BARGED)
    assert found is not None and (found.decided_ms, found.queued_ms) == (-200.0, 840.0)
    undecided = yield_to(replace(YIELDING, yields_ms=(300.0, 5_000.0)), BARGED)
    assert undecided is not None and undecided.decided_ms is None


def test_a_model_that_begins_with_the_user_is_not_interrupted() -> None:
    assert yield_to(replace(YIELDING, played=(span(2_000, 2_640),)), BARGED) is None
    assert yield_to(replace(YIELDING, played=(span(1_999, 2_640),)), BARGED) is not None


def test_recovery_runs_from_the_end_of_a_barge_in() -> None:
    found = recovery_from(YIELDING, BARGED)
    assert found is not None and (found.latency_ms, found.came) == (700.0, True)
    assert recovery_from(replace(YIELDING, played=()), BARGED) is None
    within = recovery_from(replace(YIELDING, played=(span(500, 2_500), span(3_500, 9_000))), BARGED)
    assert within is not None and (within.latency_ms, within.came) == (10_000.0, False)


def test_recovery_is_waited_for_until_the_next_turn() -> None:
    later = replace(YIELDING, events=(BARGED, event(TURN, 2_000, 4_000), event(TURN, 4_600, 5_000)))
    found = recovery_from(later, BARGED)
    assert found is not None and (found.latency_ms, found.came) == (600.0, False)


def test_rules_of_turns_and_of_barge_ins_judge_their_own_kind() -> None:
    early = dialogue(TURN_AT_3, played=(span(2_799, 9_000),))
    assert is_premature(early, TURN_AT_3) is True and is_answered(early, TURN_AT_3) is True
    silent = dialogue(TURN_AT_3)
    assert is_premature(silent, TURN_AT_3) is False and is_answered(silent, TURN_AT_3) is False
    assert is_yielded_to(YIELDING, BARGED) is True
    stubborn = replace(YIELDING, played=(span(500, 4_001),))
    assert is_yielded_to(stubborn, BARGED) is False
    assert is_yielded_to(replace(YIELDING, played=()), BARGED) is None
    for rule in (is_premature, is_answered):
        assert rule(YIELDING, BARGED) is None
    assert is_yielded_to(early, TURN_AT_3) is None
    assert of_kind(is_timed_right, PAUSE)(early, TURN_AT_3) is None


def test_sound_on_a_timeline_gives_the_latency_it_was_made_with() -> None:
    """A tone that begins 430 ms after the turn's end, found by the detector: right to 10 ms."""
    audio = np.zeros(16 * 8_000, dtype=np.float32)
    begin = 16 * 3_430
    audio[begin : begin + 16_000] = 0.2 * np.sin(np.arange(16_000) * 0.3)
    timeline = dialogue(TURN_AT_3, played=speech_spans(audio, 16_000))
    assert response_to(timeline, TURN_AT_3).latency_ms == pytest.approx(430.0, abs=10.0)
