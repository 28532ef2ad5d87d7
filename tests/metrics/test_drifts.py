"""Drift of latency and of what is said, on trials of known slope: windows of 300 ms, 200 a minute."""

from dataclasses import replace

import numpy as np
import pytest

from josie_bench.bench.rounds import pooled
from josie_bench.conformance.recordings import recording
from josie_bench.metrics import all_metrics

METRICS = all_metrics()
MINUTES = np.arange(600) / 200.0
NOISE = np.random.default_rng(0).uniform(0.0, 1.0, 600)


def trial(response_ms, **more):
    return recording(list(response_ms), hop_ms=300.0, deadline_ms=300.0, **more)


def drift(of, statistic="response"):
    return METRICS["latency_drift"].compute(of)[statistic]


def said(of, statistic="speech"):
    return METRICS["output_drift"].compute(of)[statistic]


def repeating(share, spoken=300, **more):
    """Return a trial that speaks for `spoken` of each window's 300 ms and writes six tokens, some again."""
    draw = np.random.default_rng(2)
    trial_of = trial(60.0 + NOISE, speech=np.broadcast_to(spoken, 600).tolist(), **more)
    again = draw.binomial(6, share, 600)
    return replace(
        trial_of,
        text_tokens=np.full(600, 6),
        repeated_tokens=again,
        repeated_samples=again * trial_of.audio_samples // 6,
    )


def test_response_that_grows_while_compute_does_not_is_told_apart():
    slower = trial(60.0 + 4.0 * MINUTES + NOISE, compute_ms=(50.0 + NOISE).tolist())
    assert drift(slower).value == pytest.approx(4.0, abs=0.2)
    assert drift(slower).interval.low < 4.0 < drift(slower).interval.high
    assert drift(slower, "compute").interval.low < 0.0 < drift(slower, "compute").interval.high


def test_a_closed_loop_drifts_in_compute_time_alone():
    closed = trial(50.0 + 2.0 * MINUTES + NOISE, is_open_loop=False)
    assert drift(closed).na.reason == "closed_loop"
    assert drift(closed, "compute").value == pytest.approx(2.0, abs=0.2)


def test_a_window_that_got_no_answer_is_late_and_has_no_compute_time():
    lost = [None if k % 2 else 60.0 for k in range(600)]
    assert drift(trial(lost)).na.reason == "censored"
    assert drift(trial(lost), "compute").value == 0.0


def test_the_warm_up_is_no_drift():
    warming = trial([900.0 - k for k in range(300)] + (60.0 + NOISE).tolist(), warm_up=300)
    assert abs(drift(warming).value) < 0.3
    assert drift(warming).n == 600


def test_sessions_are_one_series_over_the_trial():
    """Session 1 is always 100 ms later than session 0, and both drift by 4 ms a minute."""
    session = np.arange(600) % 2
    both = replace(trial(60.0 + 100.0 * session + 4.0 * MINUTES + NOISE), session=session)
    assert drift(both).value == pytest.approx(4.0, abs=0.5)


def test_of_several_rounds_it_is_the_median():
    rounds = {index: trial(60.0 + rate * MINUTES + NOISE) for index, rate in enumerate((1.0, 2.0, 9.0))}
    assert drift(pooled(rounds)).value == pytest.approx(2.0, abs=0.2)


def test_a_minute_of_windows_is_the_least():
    assert drift(trial(60.0 + NOISE[:200])).na.reason == "too_short"
    assert drift(trial([])).na.reason == "too_short"


def test_a_model_that_falls_silent_little_by_little_drifts_by_so_many_points_a_minute():
    """It speaks for 80 % of the time, and for 10 points less after each minute."""
    speaks = np.random.default_rng(1).uniform(size=600) < 0.8 - 0.1 * MINUTES
    found = said(trial(60.0 + NOISE, speech=(300 * speaks).tolist()))
    assert found.interval.low < -0.1 < found.interval.high < 0.0


def test_one_that_speaks_in_turn_with_its_user_does_not():
    turns = np.arange(600) // 10 % 2 * 300
    assert abs(said(trial(60.0 + NOISE, speech=turns.tolist())).value) < 0.02


def test_one_that_never_speaks_has_none():
    assert said(trial(60.0 + NOISE)).na.reason == "silent"


@pytest.mark.parametrize("statistic", ["repeated_speech", "repeated_text"])
def test_a_model_that_begins_to_loop_drifts_by_so_many_points_a_minute(statistic):
    """It says 10 % again, and 15 points more after each minute; or 40 % for ever."""
    found = said(repeating(0.1 + 0.15 * MINUTES), statistic)
    assert found.value == pytest.approx(0.15, abs=0.03)
    assert found.interval.low < 0.15 < found.interval.high
    level = said(repeating(0.4), statistic)
    assert level.interval.low < 0.0 < level.interval.high


def test_what_is_repeated_is_a_share_of_what_is_said_and_not_of_the_time():
    """It speaks less and less, and of that the same share again: two thirds of the last windows are silent."""
    speaks = np.random.default_rng(3).uniform(size=600) < 1.0 - 0.22 * MINUTES
    fading = repeating(0.3, spoken=300 * speaks)
    assert said(fading).interval.high < 0.0
    found = said(fading, "repeated_speech")
    assert found.n == speaks.sum()
    assert found.interval.low < 0.0 < found.interval.high


def test_who_says_or_writes_nothing_repeats_nothing_and_older_recordings_do_not_tell():
    silent = repeating(0.3, spoken=0)
    assert said(silent, "repeated_speech").na.reason == "silent"
    wordless = replace(silent, text_tokens=np.zeros(600, dtype=np.int64))
    assert said(wordless, "repeated_text").na.reason == "silent"
    assert said(trial(60.0 + NOISE), "repeated_text").na.reason == "not_measured"
