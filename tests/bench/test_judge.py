"""Verdicts, waterfall and the harness's own check, worked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from josie_bench.bench.judge import judge, metric_scores, waterfall
from josie_bench.conformance.judged_items import judged_recording
from josie_bench.statistics.percentiles import percentile_scores
from josie_bench.terms.budget import parse_budget


def verdict(recording, expression, severity="gate"):
    return judge(metric_scores(recording), [parse_budget(expression, severity)])[0]


def test_a_budget_holds_the_value_or_a_bound_of_its_interval(make_recording):
    recording = make_recording([100.0] * 99 + [400.0])
    assert verdict(recording, "response_latency.p50 < 300 ms").result == "pass"
    assert verdict(recording, "response_latency.max < 300 ms").result == "fail"
    assert verdict(recording, "deadline_miss_ratio.budget <= 1 %").result == "pass"
    # Clopper-Pearson for 1 of 100 reaches 5.4 %
    assert verdict(recording, "deadline_miss_ratio.budget.ci.high < 5 %").result == "fail"
    assert verdict(recording, "deadline_miss_ratio.budget.ci.high < 6 %").result == "pass"


@pytest.mark.parametrize(
    ("latency_ms", "relation", "told", "result"),
    [
        (299.996, "<", "299.996", "pass"),
        (300.001, "<", "300", "fail"),
        (300.001, "<=", "300.001", "fail"),
        (123.4567, "<", "123.5", "pass"),
    ],
)
def test_no_number_is_rounded_over_its_limit(make_recording, latency_ms, relation, told, result):
    found = verdict(make_recording([100.0, latency_ms]), f"response_latency.max {relation} 300 ms")
    assert (found.result, found.detail) == (result, f"response_latency.max value is {told} ms")


def test_speakers_and_dialogues_are_not_told_as_runs():
    score = metric_scores(judged_recording())["wer_text.model"]
    assert (score.n, score.clusters) == (30, None)
    assert score.ci is not None and score.ci.method == "bootstrap over 30 clusters"


def test_sessions_are_not_told_as_runs(make_recording):
    trial = make_recording([100.0 + window % 7 for window in range(600)])
    sessions = replace(trial, session=np.arange(600) % 30)
    score = metric_scores(sessions)["jitter.period.p50"]
    assert (score.n, score.clusters) == (570, None)
    assert score.ci is not None and "bootstrap over 30 sessions" in score.ci.method
    rounds = metric_scores(replace(trial, round=np.repeat(np.arange(30), 20)))["jitter.period.p50"]
    assert (rounds.n, rounds.clusters) == (570, 30)
    assert rounds.ci is not None and "bootstrap over 30 runs" in rounds.ci.method


def test_sessions_are_no_runs_however_few_a_number_is_of(make_recording):
    """Two of six sessions in three rounds were late, once each."""
    rounds = np.repeat(np.arange(3), 20)
    late = make_recording([400.0 if window in (1, 2) else 100.0 for window in range(60)])
    score = metric_scores(replace(late, round=rounds, session=2 * rounds + np.arange(60) % 2))[
        "burst_lengths.budget.one"
    ]
    assert (score.k, score.n, score.clusters) == (2, 2, None)
    assert score.ci is not None and score.ci.method.endswith("within 2 sessions")


def test_units_are_converted(make_recording):
    recording = make_recording([100.0] * 100)
    assert verdict(recording, "response_latency.p50 < 0.3 s").result == "pass"
    assert verdict(recording, "response_latency.p50 < 99000 us").result == "fail"


def test_what_is_not_known_is_never_a_pass(make_recording):
    few = make_recording([100.0] * 10)
    answer = verdict(few, "response_latency.p99 < 300 ms")
    assert answer.result == "n/a"
    assert "368" in answer.detail
    assert verdict(few, "response_latency.max.ci.high < 300 ms").result == "n/a"
    closed = make_recording([100.0] * 400, is_open_loop=False)
    assert verdict(closed, "response_latency.p99 < 300 ms").result == "n/a"


def test_waterfall_adds_up_to_the_response(make_recording):
    spans = [(w, "audio_encoder", 1.0, 11.0) for w in range(4)]
    spans += [(w, "temporal_transformer", 11.0 + 5 * i, 14.0 + 5 * i) for w in range(4) for i in range(2)]
    rows = waterfall(make_recording([50.0] * 4, spans=spans), ("audio_encoder", "temporal_transformer"))
    assert {row.span: row.p50 for row in rows} == pytest.approx(
        {"queue": 1.0, "audio_encoder": 10.0, "temporal_transformer": 6.0, "rest of the step": 33.0}
    )
    assert sum(row.share for row in rows) == pytest.approx(1.0)
    assert all(row.p99 is None for row in rows)
    assert all((row.n, row.p50_n_eff, row.p50_ci) == (4, 4.0, None) for row in rows)  # five or fewer bound no median


def test_waterfall_of_a_gpu_has_its_own_times_and_what_was_copied(make_recording):
    """The host waits 40 ms inside one call of the decoder, of which the GPU needed 30 for two components."""
    calls = [("audio_encoder", 1.0, 2.0), ("audio_decoder", 2.0, 42.0)]
    calls += [("audio_encoder", 3.0, 23.0), ("audio_decoder", 25.0, 35.0), ("copies", 35.0, 37.0)]
    plain = make_recording([50.0] * 4, spans=[(w, *call) for w in range(4) for call in calls])
    is_on_gpu = np.tile([False, False, True, True, True], 4)
    told = replace(plain, spans=replace(plain.spans, is_on_gpu=is_on_gpu))
    rows = waterfall(told, ("audio_encoder", "audio_decoder"))
    assert {row.span: row.p50 for row in rows} == pytest.approx(
        {"queue": 1.0, "audio_encoder": 20.0, "audio_decoder": 10.0, "copies": 2.0, "rest of the step": 17.0}
    )


def test_waterfall_s_percentiles_carry_their_intervals(make_recording):
    """The component takes 1 to 400 ms in an order without memory."""
    took = np.random.default_rng(1).permutation(np.arange(1.0, 401.0))
    spans = [(window, "audio_encoder", 1.0, 1.0 + ms) for window, ms in enumerate(took.tolist())]
    rows = waterfall(make_recording([500.0] * 400, spans=spans, hop_ms=600.0), ("audio_encoder",))
    [row] = [row for row in rows if row.span == "audio_encoder"]
    assert (row.n, row.p50, row.p99) == (400, 200.0, 396.0)
    expected = percentile_scores(took, (50.0, 99.0))
    assert (row.p50_ci, row.p50_n_eff) == (expected["p50"].interval, expected["p50"].n_eff)
    assert (row.p99_ci, row.p99_n_eff) == (expected["p99"].interval, expected["p99"].n_eff)
    assert row.p50_ci is not None and row.p50_ci.low < 200.0 < row.p50_ci.high
