"""Figures of conversations, worked by hand on one that is held again and again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from josie_bench.conformance.judged_items import HELD
from josie_bench.conformance.recordings import recording
from josie_bench.metrics import all_metrics
from josie_bench.terms.judged import Judged, JudgedItem
from josie_bench.terms.timeline import Span

TASK = "conversation"
NAMES = (
    *("response_timing", "response_onset", "premature", "barge_in", "yielding", "barge_in_recovery"),
    *("selectivity", "pause_handling", "talk_over"),
    *("compat_tau_responsiveness", "compat_tau_latency", "compat_tau_interruption", "compat_tau_selectivity"),
    *("compat_fdb_takeover", "compat_fdb_interruption", "compat_fdb_latency", "compat_fdb_back_channels"),
    "compat_fdb_v1_5",
)
METRICS = all_metrics()


def spans(*edges: tuple[float, float]) -> tuple[Span, ...]:
    return tuple(Span(start_ms=start, end_ms=end) for start, end in edges)


def held(count, timeline=HELD):
    """Return a recording of so many conversations."""
    rows = tuple(
        JudgedItem(item=name, cluster=name, task=TASK, timeline=replace(timeline, dialogue=name))
        for name in map(str, range(count))
    )
    return replace(recording([]), judged=Judged(tasks=(TASK,), rows=rows))


def values(name, count=30, timeline=HELD):
    found = METRICS[name].compute(held(count, timeline))
    return {key: score.value for key, score in found.items()}


def test_timing_stands_beside_what_takes_no_model():
    """Delayed answers both turns after 500 ms; an echo is right about pause and noise, silence not about turns."""
    found = values("response_timing")
    assert [found[f"right{side}"] for side in ("", ".silent", ".delayed", ".echo")] == [1.0, 0.6, 1.0, 0.4]
    assert [found[f"turns{side}"] for side in ("", ".silent", ".delayed", ".echo")] == [1.0, 0.0, 1.0, 0.0]
    assert [found[f"answered{side}"] for side in ("", ".silent", ".delayed", ".echo")] == [1.0, 0.0, 1.0, 1.0]


def test_onsets_are_told_in_quartiles():
    found = values("response_onset")
    assert [found[name] for name in ("q1", "median", "q3")] == [400.0, 400.0, 500.0]
    assert found["restricted_mean"] == pytest.approx(450.0)
    assert found["median.delayed"] == 500.0
    assert found["restricted_mean.echo"] == pytest.approx((-2_000 - 1_000) / 2)
    assert "median.silent" not in found


def test_an_echo_is_premature_and_a_model_that_waits_is_not():
    found = values("premature")
    assert [found[f"share{side}"] for side in ("", ".silent", ".delayed", ".echo")] == [0.0, 0.0, 0.0, 1.0]


def test_a_barge_in_is_split_and_counted_where_the_model_was_speaking():
    found = METRICS["barge_in"].compute(held(30))
    assert {name: found[name].value for name in ("decided.median", "emitted.median", "heard.median", "heard.q3")} == {
        "decided.median": 100.0,
        "emitted.median": 100.0,
        "heard.median": 150.0,
        "heard.q3": 150.0,
    }
    assert (found["queued.median"].value, found["heard.median.delayed"].value) == (50.0, 100.0)
    assert found["heard.median"].n == 30  # of 60 turns
    assert not any(name.endswith((".silent", ".echo")) for name in found)  # who is never interrupted


def test_who_is_found_speaking_gives_way_or_does_not():
    assert values("yielding")["yielded"] == 1.0
    stubborn = replace(HELD, played=spans((3_400, 10_100)), yields_ms=())
    assert values("yielding", timeline=stubborn)["yielded"] == 0.0
    assert values("yielding")["yielded.delayed"] == 1.0
    assert values("barge_in_recovery")["median"] == 500.0


def test_what_is_not_meant_for_the_model_leaves_it_alone():
    found = values("selectivity")
    assert (found["back_channel"], found["all"], found["noise"]) == (1.0, 1.0, 1.0)
    assert found["back_channel.delayed"] == 0.0  # which stops for any voice
    assert values("pause_handling")["kept"] == 1.0


def test_talk_over_is_of_the_users_voice():
    found = values("talk_over")
    assert found["share"] == pytest.approx(450 / 2_800)
    assert (found["share.silent"], found["share.echo"]) == (0.0, 1.0)


def test_takeovers_by_foreign_thresholds_stand_beside_what_takes_no_model():
    """Turn 1 finds the model silent and is answered after 400 ms, turn 2 interrupts it and is answered after 500 ms.

    An echo takes both turns over, which do not find it speaking: it began no earlier than they did.
    """
    taken = values("compat_fdb_takeover")
    assert [taken[f"turn{side}"] for side in ("", ".silent", ".delayed", ".echo")] == [1.0, 0.0, 1.0, 1.0]
    assert [taken[f"pause{side}"] for side in ("", ".silent", ".delayed", ".echo")] == [0.0, 0.0, 0.0, 1.0]
    assert METRICS["compat_fdb_takeover"].compute(held(30))["turn.silent"].n == 60
    assert values("compat_fdb_interruption")["takeover"] == 1.0
    latency = values("compat_fdb_latency")
    assert [latency[name] for name in ("turn", "interruption", "turn.delayed")] == [400.0, 500.0, 500.0]


def test_overlaps_by_foreign_rules_stand_beside_what_takes_no_model():
    """The back-channel lasts 300 ms, the second turn overlaps for 150; onsets come 400 and 500 ms behind an end.

    Delayed overlaps with both for 100 ms. Of an echo all is overlap, the first turn with its pause: 2000, 300 and 1000
    ms; its onsets are the user's next, 2000 and 2700 ms behind.
    """
    found = values("compat_fdb_v1_5")
    assert [found[f"stop{side}"] for side in ("", ".delayed", ".echo")] == [225.0, 100.0, 1_100.0]
    assert [found[f"response{side}"] for side in ("", ".delayed", ".echo")] == [450.0, 500.0, 2_350.0]
    few = METRICS["compat_fdb_v1_5"].compute(held(10))["stop"]
    assert (few.value, few.na.needed) == (None, 30)


def test_interaction_by_foreign_windows_stands_beside_what_takes_no_model():
    """Both turns are responded to, after 400 and 500 ms; the second interrupts and is yielded to after 150 ms.

    Delayed yields after 100 ms, to the back-channel too; silence is to respond to the first turn alone.
    """
    rates, latency = values("compat_tau_responsiveness"), values("compat_tau_latency")
    assert [rates[name] for name in ("response", "yield", "response.delayed", "yield.delayed")] == [1.0] * 4
    assert [latency[name] for name in ("response", "yield", "response.delayed", "yield.delayed")] == [
        450,
        150,
        500,
        100,
    ]
    talked = values("compat_tau_selectivity")
    assert (talked["back_channel"], talked["back_channel.delayed"]) == (1.0, 0.0)
    found = METRICS["compat_tau_interruption"].compute(held(30))
    assert [(found[name].value, found[name].n) for name in ("rate", "rate.silent")] == [(0.0, 60), (0.0, 30)]
    eager = replace(HELD, played=spans((1_200, 1_400), (2_500, 2_600), (8_500, 8_700)))
    assert values("compat_tau_interruption", timeline=eager)["rate"] == 3.0  # three, and one turn to respond to


def test_back_channels_are_told_by_the_second():
    murmuring = replace(HELD, played=spans((1_600, 1_900), (2_500, 2_700)))
    assert values("compat_fdb_back_channels")["frequency"] == 0.0
    assert values("compat_fdb_back_channels", timeline=murmuring)["frequency"] == pytest.approx((2 / 2 + 0) / 2)


@pytest.mark.parametrize("name", NAMES)
def test_without_a_conversation_there_is_a_reason(name):
    metric = METRICS[name]
    nothing = replace(recording([]), judged=Judged(tasks=(TASK,)))
    others = replace(recording([]), judged=Judged(tasks=("codec",)))
    for given, reason in ((nothing, "no_samples"), (others, "not_measured"), (recording([]), "not_measured")):
        found = metric.compute(given)
        assert set(found) == set(metric.statistics)
        assert {score.na.reason for score in found.values()} == {reason}


@pytest.mark.parametrize("name", [name for name in NAMES if name != "talk_over"])
def test_a_few_conversations_make_no_rate_and_no_quartile(name):
    found = METRICS[name].compute(held(4))
    assert {score.value for score in found.values()} == {None}
