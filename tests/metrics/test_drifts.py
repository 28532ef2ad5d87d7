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


def said(of):
    return METRICS["output_drift"].compute(of)["speech"]


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
