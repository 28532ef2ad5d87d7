"""Figures over dialogues whose every event is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from josie_bench.statistics.turn_scores import (
    mean_score,
    recovery_scores,
    response_scores,
    share_score,
    talk_over_score,
    yield_scores,
)
from josie_bench.statistics.turn_taking import is_pause_kept, is_premature, is_timed_right, of_kind
from josie_bench.terms.timeline import BARGE_IN, PAUSE, TURN, Span, Timeline, TimelineEvent

TURN_AT_3 = TimelineEvent(kind=TURN, span=Span(start_ms=1_000, end_ms=3_000))
PAUSE_AT_1 = TimelineEvent(kind=PAUSE, span=Span(start_ms=1_500, end_ms=2_000))
BARGED = TimelineEvent(kind=BARGE_IN, span=Span(start_ms=2_000, end_ms=4_000))


def spans(*edges: tuple[float, float]) -> tuple[Span, ...]:
    return tuple(Span(start_ms=start, end_ms=end) for start, end in edges)


def dialogue(*events: TimelineEvent, played: tuple[tuple[float, float], ...] = (), name: str = "d") -> Timeline:
    user = tuple(event.span for event in events)
    return Timeline(dialogue=name, end_ms=20_000.0, events=events, user=user, played=spans(*played))


YIELDING = replace(
    dialogue(BARGED, played=((500, 2_640), (4_700, 6_000))), emitted=spans((480, 2_400)), yields_ms=(2_300.0,)
)
STUBBORN = replace(dialogue(BARGED, played=((500, 9_000),)), emitted=spans((480, 9_000)))


def many(count: int, right: int) -> list[Timeline]:
    """Return dialogues of one turn and one pause each; the first of them answer in time, the rest into the pause."""
    return [
        dialogue(PAUSE_AT_1, TURN_AT_3, played=((3_300 if index < right else 1_600, 9_000),), name=str(index))
        for index in range(count)
    ]


def test_a_share_counts_every_event_that_the_rule_judges() -> None:
    timelines = many(40, 30)
    score = share_score(timelines, is_timed_right)
    assert (score.value, score.n, score.clusters) == (0.75, 80, 40)
    assert score.interval is not None and score.interval.method == "bootstrap over 40 clusters"
    assert share_score(timelines, of_kind(is_timed_right, TURN)).n == 40
    assert share_score(timelines, is_pause_kept).value == 0.75
    assert share_score(timelines, is_premature).value == 0.25


def test_a_share_of_all_or_none_is_not_certain() -> None:
    """Wilson's bound with 40 of 40 dialogues: 40 / (40 + 1.96^2) = 0.912."""
    all_right, none = share_score(many(40, 40), is_pause_kept), share_score(many(40, 0), is_pause_kept)
    assert all_right.interval is not None and none.interval is not None
    assert (all_right.interval.low, all_right.interval.high) == (pytest.approx(0.912, abs=1e-3), pytest.approx(1.0))
    assert (none.interval.low, none.interval.high) == (pytest.approx(0.0), pytest.approx(0.088, abs=1e-3))
    assert none.interval.method == "Wilson over 40 dialogues, all alike"


@pytest.mark.parametrize(
    ("count", "detail"),
    [(29, "20 of 29 events: 30 make a rate"), (10, "10 of 10 events: 30 make a rate"), (9, "9 events: 30 make a rate")],
)
def test_fewer_than_thirty_events_make_no_rate_and_fewer_than_ten_no_count(count: int, detail: str) -> None:
    score = share_score(many(count, 20), is_pause_kept)
    assert score.na is not None
    assert (score.na.reason, score.na.detail, score.na.needed, score.n) == ("insufficient_samples", detail, 30, count)


def test_a_mean_is_of_the_events_of_which_something_is_told() -> None:
    """Of 40 turns 30 begin at 3.3 s and are told; the mean of 30 times 300 is 300."""

    def told(timeline: Timeline, event: TimelineEvent) -> float | None:
        onset = timeline.played[0].start_ms
        return onset - event.span.end_ms if event.kind == TURN and onset > event.span.end_ms else None

    score = mean_score(many(40, 30), told)
    assert (score.value, score.n, score.clusters) == (300.0, 30, 30)
    few = mean_score(many(40, 29), told)
    assert few.value is None and few.na is not None and few.na.reason == "insufficient_samples"


def test_response_scores_are_those_of_the_onsets() -> None:
    """Of 30 turns 6 each are answered after -300, 100, 200 and 400 ms, and 6 never."""
    onsets = (2_700, 3_100, 3_200, 3_400)
    timelines = [dialogue(TURN_AT_3, played=((onset, 9_000),)) for onset in onsets] + [dialogue(TURN_AT_3)]
    found = response_scores(timelines * 6)
    assert found["median"].value == 200.0
    assert found["response_rate"].value == 0.8
    assert found["restricted_mean"].value == pytest.approx((-300 + 100 + 200 + 400 + 10_000) / 5)


def test_few_onsets_have_quartiles_without_a_rate_and_fewer_have_nothing() -> None:
    answered = dialogue(TURN_AT_3, played=((3_400, 9_000),))
    some, few = response_scores([answered] * 10), response_scores([answered] * 9)
    assert some["median"].value == 400.0
    assert some["response_rate"].na is not None
    assert some["response_rate"].na.detail == "10 of 10 events: 30 make a rate"
    assert {score.value for score in few.values()} == {None}
    needed = {name: score.na.needed for name, score in few.items() if score.na is not None}
    assert needed == {"q1": 10, "median": 10, "q3": 10, "restricted_mean": 10, "response_rate": 30}
    none = response_scores([])["median"].na
    assert none is not None and none.reason == "no_samples"


def test_scores_of_barge_ins_are_censored_at_two_seconds() -> None:
    found = yield_scores([YIELDING, YIELDING, STUBBORN] * 10)
    assert [found[name]["median"].value for name in ("decided", "emitted", "heard")] == [300.0, 400.0, 640.0]
    assert (found["heard"]["response_rate"].count, found["heard"]["response_rate"].n) == (20, 30)
    assert found["heard"]["restricted_mean"].value == pytest.approx((640 + 640 + 2_000) / 3)


def test_what_lay_in_the_player_is_told_where_a_decision_is_known() -> None:
    """One decides and is heard for 340 ms more, one decides after 300 ms and is still heard after 2 s, one never."""
    deaf = replace(STUBBORN, yields_ms=(2_300.0,))
    queued = yield_scores([YIELDING, deaf, STUBBORN] * 15)["queued"]
    assert (queued["q1"].value, queued["q1"].n) == (340.0, 30)
    assert queued["restricted_mean"].value == pytest.approx((340.0 + 2_000.0) / 2)
    assert queued["q3"].na is not None and queued["q3"].na.reason == "censored"


def test_recovery_counts_where_the_model_was_interrupted() -> None:
    found = recovery_scores([YIELDING] * 10 + [replace(YIELDING, played=())])
    assert (found["median"].value, found["median"].n) == (700.0, 10)


def test_talk_over_is_a_share_of_the_users_voice() -> None:
    """640 of 2000 ms in one dialogue, all 2000 in the other; both together, not the mean of both."""
    score = talk_over_score([YIELDING, replace(STUBBORN, dialogue="e")])
    assert score.value == pytest.approx((640 + 2_000) / 4_000)


def test_silence_throughout_does_not_prove_that_the_model_never_talks_over() -> None:
    score = talk_over_score([replace(YIELDING, dialogue=str(index), played=()) for index in range(40)])
    assert score.value == 0.0
    assert score.interval is not None and score.interval.high == pytest.approx(0.088, abs=1e-3)
