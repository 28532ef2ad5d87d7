"""Turn latency, worked by hand: windows close at 0, 100, 200, … ms, and answers end so long after their close."""

from dataclasses import replace

import numpy as np
import pytest

from josie_bench.conformance.recordings import START_NS, recording
from josie_bench.metrics import all_metrics, metrics_of
from josie_bench.metrics.turn_latency import METRIC
from josie_bench.terms.timebase import ns_from_ms


def typed(response_ms, speech, typed_ms, *, session=None, **more):
    """Return windows of which some came with a turn: window → when it was typed."""
    trial = recording(response_ms, speech=speech, **more)
    turn_ns = np.zeros(len(response_ms), dtype=np.int64)
    for window, at_ms in typed_ms.items():
        turn_ns[window] = START_NS + ns_from_ms(at_ms)
    return replace(trial, turn_ns=turn_ns, session=None if session is None else np.array(session))


def p50(trial):
    return METRIC.compute(trial)["p50"]


def test_it_is_from_the_instant_it_was_typed_to_the_first_speech():
    """Turns at 30, 430, … ms come with windows 1, 5, … and the window after each speaks, 50 ms after its close.

    So 200 + 50 − 30 = 220 ms; with a decoder that is 30 ms late 250.
    """
    count = 400
    speech = [100 if k % 4 in (2, 3) else 0 for k in range(count)]
    turns = {k: k * 100.0 - 70.0 for k in range(1, count, 4)}
    found = p50(typed([50.0] * count, speech, turns))
    assert (found.value, found.n) == (220.0, 100)
    assert p50(typed([50.0] * count, speech, turns, delay_ms=30)).value == 250.0


def test_speech_of_the_turn_before_answers_nothing_and_a_turn_without_speech_never_ended():
    count = 400
    speech = [100 if k % 8 == 2 else 0 for k in range(count)]  # every second turn is answered
    turns = {k: k * 100.0 - 70.0 for k in range(1, count, 4)}
    assert METRIC.compute(typed([50.0] * count, speech, turns))["p95"].na.reason == "censored"
    third = {k: k * 100.0 - 70.0 for k in range(1, count, 8)}
    assert p50(typed([50.0] * count, speech, third)).value == 220.0


def test_nobody_is_answered_by_what_is_said_to_another():
    """Sessions 0 and 1 in turn: both type at once, and session 1 alone is spoken to."""
    count = 400
    session = [k % 2 for k in range(count)]
    speech = [100 if k % 8 == 3 else 0 for k in range(count)]
    to_both = {k: k // 2 * 200.0 - 70.0 for k in range(count) if k % 8 < 2}
    both = METRIC.compute(typed([50.0] * count, speech, to_both, session=session))
    assert both["p95"].na.reason == "censored"
    to_one = {k: at for k, at in to_both.items() if k % 8 == 1}
    one = p50(typed([50.0] * count, speech, to_one, session=session))
    assert one.value == pytest.approx(300.0 + 50.0 + 70.0)


def test_a_window_without_an_answer_and_the_warm_up_count_as_ever():
    count = 400
    speech = [100 if k % 4 in (2, 3) else 0 for k in range(count)]
    turns = {k: k * 100.0 - 70.0 for k in range(1, count, 4)}
    lost = [None if k % 4 == 2 else 50.0 for k in range(count)]
    assert p50(typed(lost, speech, turns)).value == 320.0
    assert p50(typed([50.0] * count, speech, turns, warm_up=200)).n == 50


def test_a_turn_that_the_model_never_got_is_not_answered_by_what_it_says_next():
    """Every tenth turn's window is dropped, or its text lost: the speech behind it is no answer."""
    count = 400
    speech = [100 if k % 4 in (2, 3) else 0 for k in range(count)]
    turns = {k: k * 100.0 - 70.0 for k in range(1, count, 4)}
    shed = METRIC.compute(typed([None if k % 40 == 1 else 50.0 for k in range(count)], speech, turns))
    assert (shed["p50"].value, shed["p95"].na.detail) == (220.0, "10 of 100 never ended within the trial")
    dropped = np.array(["audio+text" if k % 40 == 1 else "audio" if k % 40 == 5 else "" for k in range(count)])
    lost = METRIC.compute(replace(typed([50.0] * count, speech, turns), dropped=dropped))
    assert (lost["p50"].value, lost["p95"].na.detail) == (220.0, "10 of 100 never ended within the trial")


def test_who_never_speaks_and_who_has_no_turns_have_none():
    silent = typed([50.0] * 40, [0] * 40, {4: 330.0})
    assert p50(silent).na.reason == "silent"
    assert p50(recording([50.0] * 40)).na.reason == "not_measured"
    assert p50(replace(silent, is_open_loop=False)).na.reason == "closed_loop"


def test_it_is_of_cases_alone_whose_turns_have_instants():
    assert "turn_latency" in all_metrics()
    assert "turn_latency" not in metrics_of(recording([50.0]))
    assert "turn_latency" in metrics_of(typed([50.0], [100], {0: -30.0}))
