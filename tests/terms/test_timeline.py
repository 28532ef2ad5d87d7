"""Spans and events of a dialogue."""

import json
from dataclasses import asdict

import pytest

from josie_bench.terms.timeline import BARGE_IN, PAUSE, TURN, Span, Timeline, TimelineEvent, span_holding


def span(start_ms: float, end_ms: float) -> Span:
    return Span(start_ms=start_ms, end_ms=end_ms)


def test_a_span_holds_its_start_and_not_its_end() -> None:
    assert [span(10, 20).holds(at) for at in (9.9, 10, 19.9, 20)] == [False, True, True, False]
    with pytest.raises(ValueError, match="no earlier than it starts"):
        span(20, 10)


@pytest.mark.parametrize(("other", "shared"), [((0, 10), 0.0), ((0, 15), 5.0), ((12, 18), 6.0), ((0, 99), 10.0)])
def test_spans_share_the_time_in_which_both_go_on(other: tuple[float, float], shared: float) -> None:
    assert span(10, 20).shared_ms(span(*other)) == shared
    assert span(*other).shared_ms(span(10, 20)) == shared


def test_the_first_onset_is_one_that_begins_within() -> None:
    timeline = Timeline(dialogue="a", end_ms=100, events=(), user=(), played=(span(5, 30), span(40, 50)))
    assert timeline.first_onset_ms(0, 100) == 5
    assert timeline.first_onset_ms(10, 100) == 40  # the first was under way
    assert timeline.first_onset_ms(40, 41) == 40
    assert timeline.first_onset_ms(10, 40) is None


def test_events_are_picked_by_kind() -> None:
    events = tuple(TimelineEvent(kind=kind, span=span(0, 1)) for kind in (TURN, PAUSE, BARGE_IN))
    timeline = Timeline(dialogue="a", end_ms=1, events=events, user=())
    assert timeline.of(TURN, BARGE_IN) == (events[0], events[2])
    with pytest.raises(ValueError, match="cough is none of"):
        TimelineEvent(kind="cough", span=span(0, 1))


def test_the_span_that_holds_an_instant() -> None:
    assert span_holding((span(0, 5), span(7, 9)), 8) == span(7, 9)
    assert span_holding((span(0, 5), span(7, 9)), 6) is None


def test_a_timeline_is_the_same_after_json() -> None:
    timeline = Timeline(
        dialogue="a",
        end_ms=100.0,
        events=(TimelineEvent(kind=TURN, span=span(0, 40)), TimelineEvent(kind=PAUSE, span=span(10, 20))),
        user=(span(0, 10), span(20, 40)),
        played=(span(50, 90),),
        emitted=(span(40, 80),),
        yields_ms=(80.0, 95.5),
    )
    assert Timeline.from_json(json.loads(json.dumps(asdict(timeline)))) == timeline
