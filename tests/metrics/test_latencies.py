"""Tests of the metrics that are times of windows: response, compute, lateness, first audio, jitter."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from josie_bench.metrics import Metric, all_metrics
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score
from tests.statistics.orders import scattered

Build = Callable[..., Recording]
METRICS: dict[str, Metric] = all_metrics()


def score(trial: Recording, key: str) -> Score:
    """Return the score named `metric.statistic`."""
    name, _, statistic = key.partition(".")
    return METRICS[name].compute(trial)[statistic]


def reason(trial: Recording, key: str) -> str | None:
    """Return why the score is missing."""
    missing = score(trial, key).na
    return None if missing is None else missing.reason


def test_response_counts_the_wait_behind_a_slow_window(recording: Build) -> None:
    # Hop 100: the first takes 250 and holds the second until 250, which took 20 itself.
    trial = recording([250.0, 170.0], compute_ms=[250.0, 20.0])
    assert score(trial, "response_latency.mean").value == 210.0
    assert score(trial, "response_latency.max").value == 250.0
    assert score(trial, "compute_time.mean").value == 135.0


def test_response_percentiles_come_with_their_sample(recording: Build) -> None:
    found = score(recording(scattered(range(1, 101))), "response_latency.p95")
    assert (found.value, found.n) == (95.0, 100)
    assert found.interval is not None and found.interval.low == 90.0
    assert reason(recording(scattered(range(1, 101))), "response_latency.p99") == "insufficient_samples"


def test_unanswered_window_is_late_for_response_but_unknown_for_compute(recording: Build) -> None:
    trial = recording([10.0] * 9 + [None])
    assert reason(trial, "response_latency.max") == "censored"
    assert reason(trial, "response_latency.mean") == "censored"
    assert score(trial, "response_latency.p50").value == 10.0
    assert (score(trial, "compute_time.max").value, score(trial, "compute_time.max").n) == (10.0, 9)


def test_warm_up_windows_are_scored_as_cold_only(recording: Build) -> None:
    trial = recording([900.0] + [10.0] * 6, compute_ms=[800.0] + [5.0] * 6, warm_up=1)
    assert score(trial, "compute_time.cold_first") == Score(value=800.0, n=1)
    assert score(trial, "compute_time.max").value == 5.0
    assert score(trial, "response_latency.p50").n == 6


def test_cold_figure_of_a_first_window_that_got_no_answer_is_missing(recording: Build) -> None:
    assert reason(recording([None, 10.0]), "compute_time.cold_first") == "no_samples"


def test_each_round_has_a_cold_first_window_and_their_median_is_told(recording: Build) -> None:
    """Rounds of two windows each: the first of round 2 and that of round 5 got no answer."""
    colds = [800.0, 900.0, None, 700.0, 600.0, None]
    trial = recording([window for cold in colds for window in (cold, 10.0)], is_open_loop=False)
    rounds = replace(trial, round=np.repeat(np.arange(6), 2))
    assert score(rounds, "compute_time.cold_first") == Score(value=700.0, n=4)  # second of 600, 700, 800, 900
    assert score(trial, "compute_time.cold_first") == Score(value=800.0, n=1)


def test_six_cold_windows_have_an_interval_over_rounds(recording: Build) -> None:
    rounds = replace(recording([5.0, 3.0, 4.0, 1.0, 6.0, 2.0], is_open_loop=False), round=np.arange(6))
    found = score(rounds, "compute_time.cold_first")
    assert found.interval is not None
    assert (found.value, found.interval.low, found.interval.high) == (3.0, 1.0, 6.0)
    assert found.interval.method == "order statistic over rounds, taken as independent"


def test_compute_rtf_is_compute_over_hops(recording: Build) -> None:
    trial = recording([90.0, 90.0, 90.0, None], compute_ms=[20.0, 30.0, 70.0, 0.0], hop_ms=200.0)
    found = score(trial, "compute_rtf.mean")
    assert found.value == pytest.approx(120.0 / 600.0)
    assert (found.n, found.interval) == (3, None)


def test_compute_rtf_does_not_change_with_the_loop(recording: Build) -> None:
    pair = [recording([40.0] * 3, is_open_loop=is_open) for is_open in (True, False)]
    assert [score(trial, "compute_rtf.mean").value for trial in pair] == [pytest.approx(0.4)] * 2


def test_pacer_lateness_is_the_hand_over_after_the_close(recording: Build) -> None:
    trial = recording([50.0] * 7, lateness_ms=[9.0, *scattered([0.1, 0.2, 0.3, 0.4, 0.5, 2.5])], warm_up=1)
    assert score(trial, "pacer_lateness.max").value == pytest.approx(2.5)
    assert score(trial, "pacer_lateness.p50").value == pytest.approx(0.3)


def test_pacer_lateness_of_an_unanswered_window_is_known(recording: Build) -> None:
    assert score(recording([50.0, None], lateness_ms=[1.0, 4.0]), "pacer_lateness.max").value == 4.0


def test_first_audio_is_the_window_that_opens_the_speech(recording: Build) -> None:
    # Spurts open at windows 1 (warm-up), 4 and 6: responses 80, 30, 50.
    trial = recording([90.0, 80.0, 10.0, 20.0, 30.0, 40.0, 50.0], speech=[0, 9, 9, 0, 9, 0, 9], warm_up=3)
    assert score(trial, "first_audio_latency.cold") == Score(value=80.0, n=1)
    assert reason(trial, "first_audio_latency.spurt") == "insufficient_samples"
    assert score(trial, "first_audio_latency.spurt").n == 2


def test_first_audio_of_many_spurts_is_their_median(recording: Build) -> None:
    opening = scattered([20.0 * k for k in range(1, 8)])
    trial = recording([at for first in opening for at in (10.0, first)], speech=[0, 9] * 7)
    found = score(trial, "first_audio_latency.spurt")  # 20, 40, … 140
    assert (found.value, found.n) == (80.0, 7)
    assert found.interval is not None and (found.interval.low, found.interval.high) == (20.0, 140.0)


def test_first_audio_is_later_by_what_the_codec_is_late(recording: Build) -> None:
    # The sound that can be read after 20, 40, … 140 ms begins with 30 ms that are not speech yet.
    opening = scattered([20.0 * k for k in range(1, 8)])
    trial = recording([at for first in opening for at in (10.0, first)], speech=[0, 9] * 7, delay_ms=30)
    found = score(trial, "first_audio_latency.spurt")
    assert found.interval is not None
    assert (found.value, found.interval.low, found.interval.high) == (110.0, 50.0, 170.0)
    assert score(trial, "first_audio_latency.cold").value == opening[0] + 30.0
    assert score(trial, "response_latency.max").value == 140.0  # until the answer can be read


def test_spurt_that_began_in_the_warm_up_opens_nothing(recording: Build) -> None:
    trial = recording([10.0] * 4, speech=[9] * 4, warm_up=2)
    assert reason(trial, "first_audio_latency.spurt") == "silent"
    assert score(trial, "first_audio_latency.cold").value == 10.0


def test_even_answers_have_no_jitter(recording: Build) -> None:
    trial = recording([40.0] * 400)
    for statistic in ("period.p1", "period.p50", "period.p99", "rfc3550", "pdv.p99", "spread"):
        assert score(trial, f"jitter.{statistic}").value == 0.0


def test_rfc3550_jitter_moves_a_sixteenth_of_the_way(recording: Build) -> None:
    # Answers at 40, 156, 240: J = +16, −16; 16/16 = 1, then 1 + (16 − 1)/16.
    found = score(recording([40.0, 56.0, 40.0]), "jitter.rfc3550")
    assert found.value == pytest.approx(1.9375)
    assert found.n == 2


def test_period_jitter_is_measured_between_answers_in_a_row(recording: Build) -> None:
    # Response alternates 40 and 60, so J alternates +20 and −20.
    trial = recording([40.0 + 20.0 * (k % 2) for k in range(400)])
    assert score(trial, "jitter.period.p1").value == -20.0
    assert score(trial, "jitter.period.p99").value == 20.0
    assert score(trial, "jitter.period.p50").n == 399


def test_gap_in_the_answers_gives_no_period(recording: Build) -> None:
    assert reason(recording([40.0, None, 40.0]), "jitter.rfc3550") == "no_samples"


def test_delay_variation_counts_from_the_fastest_window(recording: Build) -> None:
    trial = recording(scattered([30.0] + [50.0] * 389 + [70.0] * 10))  # rank 396 of 400 is 70
    assert score(trial, "jitter.pdv.p99").value == 40.0
    assert score(trial, "jitter.spread").value == 20.0
    assert reason(recording([30.0] * 367), "jitter.pdv.p99") == "insufficient_samples"


def test_delay_variation_of_a_stalled_trial_is_censored(recording: Build) -> None:
    trial = recording([None if math.isinf(at) else at for at in scattered([30.0] * 390 + [math.inf] * 10)])
    assert reason(trial, "jitter.pdv.p99") == reason(trial, "jitter.spread") == "censored"
