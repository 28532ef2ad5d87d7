"""What no model gets on constructed dialogues."""

import pytest

from josie_bench.statistics.turn_baselines import BASELINES, delayed, echo, named_with_baselines, silent, with_baselines
from josie_bench.statistics.turn_scores import share_score
from josie_bench.statistics.turn_taking import is_left_alone, is_timed_right, response_to, talk_over_ms, yield_to
from josie_bench.terms.timeline import BACK_CHANNEL, BARGE_IN, PAUSE, TURN, Span, Timeline, TimelineEvent


def span(start_ms: float, end_ms: float) -> Span:
    return Span(start_ms=start_ms, end_ms=end_ms)


def dialogue(name: str = "d") -> Timeline:
    """A turn with a pause of 300 and one of 800 ms, a barge-in two seconds into the answer, a back-channel."""
    return Timeline(
        dialogue=name,
        end_ms=20_000.0,
        events=(
            TimelineEvent(kind=TURN, span=span(0, 4_000)),
            TimelineEvent(kind=PAUSE, span=span(1_000, 1_300)),
            TimelineEvent(kind=PAUSE, span=span(2_000, 2_800)),
            TimelineEvent(kind=BARGE_IN, span=span(6_500, 7_500)),
            TimelineEvent(kind=TURN, span=span(6_500, 7_500)),
            TimelineEvent(kind=BACK_CHANNEL, span=span(12_000, 12_300)),
        ),
        user=(span(0, 1_000), span(1_300, 2_000), span(2_800, 4_000), span(6_500, 7_500), span(12_000, 12_300)),
        played=(span(1, 2),),
    )


def test_silence_is_right_about_all_but_the_turns() -> None:
    timeline = silent(dialogue())
    assert timeline.played == timeline.emitted == ()
    assert [is_timed_right(timeline, event) for event in timeline.events] == [False, True, True, None, False, True]
    assert share_score([silent(dialogue(str(index))) for index in range(20)], is_timed_right).value == pytest.approx(
        3 / 5
    )


def test_a_fixed_delay_answers_turns_and_falls_for_long_pauses() -> None:
    timeline = delayed(dialogue())
    assert timeline.played == (span(2_500, 2_900), span(4_500, 6_600), span(8_000, 11_000), span(12_800, 15_800))
    assert timeline.yields_ms == (2_900.0, 6_600.0)
    assert [is_timed_right(timeline, event) for event in timeline.events] == [False, True, False, None, True, True]
    turns = timeline.of(TURN)
    assert [response_to(timeline, turn).latency_ms for turn in turns] == [-1_500.0, 500.0]
    stopped = yield_to(timeline, timeline.of(BARGE_IN)[0])
    assert stopped is not None
    assert (stopped.decided_ms, stopped.heard_ms, stopped.queued_ms) == (100.0, 100.0, 0.0)
    assert is_left_alone(timeline, timeline.of(BACK_CHANNEL)[0]) is False


def test_a_fixed_delay_says_nothing_after_the_end() -> None:
    short = Timeline(dialogue="d", end_ms=1_400.0, events=(), user=(span(0, 1_000),))
    assert delayed(short).played == ()
    assert delayed(short, delay_ms=300.0).played == (span(1_300, 1_400),)


def test_an_echo_is_heard_while_the_user_is() -> None:
    timeline = echo(dialogue())
    assert timeline.played == timeline.user
    assert talk_over_ms(timeline) == 1_000 + 700 + 1_200 + 1_000 + 300
    assert not any(is_timed_right(timeline, event) for event in timeline.of(TURN, BACK_CHANNEL))


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_knows_nothing_of_what_the_model_did_and_leaves_the_stimulus(name: str) -> None:
    from dataclasses import replace

    given = dialogue()
    found = BASELINES[name](given)
    assert (found.events, found.user, found.dialogue, found.end_ms) == (given.events, given.user, "d", 20_000.0)
    assert BASELINES[name](replace(given, played=())) == found


def test_every_score_stands_beside_that_of_each_baseline_on_the_same_dialogues() -> None:
    dialogues = [dialogue(str(index)) for index in range(20)]
    found = with_baselines(dialogues, lambda timelines: {"right": share_score(timelines, is_timed_right)})
    assert list(found) == ["right", "right.silent", "right.delayed", "right.echo"]
    assert found["right"] == share_score(dialogues, is_timed_right)
    assert found["right.silent"].value == pytest.approx(3 / 5)
    assert found["right.delayed"].value == pytest.approx(3 / 5)


def test_a_baseline_that_can_have_no_such_score_is_left_out() -> None:
    found = with_baselines([dialogue()], lambda timelines: {"right": share_score(timelines, is_timed_right)}, ("echo",))
    named = named_with_baselines({"right": "share of right events"}, ("echo",))
    assert list(found) == list(named) == ["right", "right.echo"]
    assert named["right.echo"] == "the same of baseline `echo`"
