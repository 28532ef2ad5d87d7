"""The contract that every metric keeps; a new one is tested by existing."""

import dataclasses
import importlib
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from josie_bench.conformance.metrics import PROMISES, full_blocks, full_comparison, full_recording
from josie_bench.metrics import OF_PARITY, OF_WINDOWS, Metric, all_metrics, scores
from josie_bench.metrics._reference import reference_markdown
from josie_bench.plugins import member_names
from josie_bench.terms.parity import Parity
from josie_bench.terms.recording import Recording

METRICS = all_metrics()
Build = Callable[..., Recording]
every_metric = pytest.mark.parametrize(("name", "metric"), METRICS.items(), ids=list(METRICS))


@every_metric
@pytest.mark.parametrize("promise", PROMISES)
def test_a_metric_keeps_every_promise_that_one_from_another_package_must_keep(
    name: str, metric: Metric, promise: str
) -> None:
    PROMISES[promise](name, metric)


@every_metric
def test_a_metric_s_module_names_its_definition(name: str, metric: Metric) -> None:
    assert f"`{metric.definition}`" in (importlib.import_module(f"josie_bench.metrics.{name}").__doc__ or "")


def test_scores_are_keyed_by_metric_and_statistic() -> None:
    found = scores(full_recording())
    timed = {name: metric for name, metric in METRICS.items() if metric.of == OF_WINDOWS}
    assert set(found) == {f"{name}.{statistic}" for name in timed for statistic in timed[name].statistics}
    assert found["compute_rtf.mean"].value == pytest.approx(0.5)
    assert found["response_latency.max"].value == 160.0


def test_only_a_trial_that_was_cut_into_blocks_is_asked_about_them() -> None:
    assert "block_start.extra.p50" not in scores(full_recording())
    found = scores(full_blocks())
    assert found["block_start.extra.p50"].value == pytest.approx(2.0)
    assert found["compute_rtf.mean"].value == pytest.approx(50.5 / 150.0)


def test_a_comparison_is_scored_by_metrics_of_parity_alone() -> None:
    found = scores(full_comparison())
    assert {key.partition(".")[0] for key in found} == {
        name for name, metric in METRICS.items() if metric.of == OF_PARITY
    }
    assert found["parity_codes.audio_encoder.first"].value == pytest.approx(10 / 400)
    assert found["agreement_half_life.text"].value == 10.0
    assert found["parity_tolerance.audio_decoder"].value == pytest.approx(1 / 3)
    assert found["parity_snr.min"].value == pytest.approx(-20 * math.log10(0.005))
    assert found["parity_error.audio_decoder.p50"].value == pytest.approx(0.003)


def decoded(recording: Build, columns: dict[str, tuple[float, ...]]) -> Recording:
    """Return a comparison of which the audio decoder alone has rows, by measure."""
    rows = [(measure, value) for measure, values in columns.items() for value in values]
    parity = Parity(
        window=np.zeros(len(rows), dtype=np.int64),
        component=np.array(["audio_decoder"] * len(rows)),
        measure=np.array([measure for measure, _ in rows]),
        value=np.array([value for _, value in rows]),
    )
    return dataclasses.replace(recording([]), parity=parity)


def test_an_integer_engine_s_tolerance_is_three_times_what_integers_do(recording: Build) -> None:
    """Errors of 0.1, 0.3 and 0.2 beside 0.02 and 0.05 of eager INT8: τ = 3 · 0.05, and 0.3 / 0.15 = 2."""
    trial = decoded(recording, {"largest": (0.1, 0.3, 0.2), "spread_int8": (0.02, 0.05)})
    found = METRICS["parity_tolerance"].compute(trial)
    assert found["audio_decoder"].value == pytest.approx(2.0)
    assert found["temporal_transformer"].value is None


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_one_call_without_a_number_leaves_no_number_of_the_comparison(wrong: float, recording: Build) -> None:
    errors = (*[0.01] * 8, wrong)
    trial = decoded(recording, {"error": errors, "cosine": errors, "largest": errors, "spread_fp16": (0.1,) * 9})
    own = ("parity_error.audio_decoder", "parity_snr", "parity_tolerance.audio_decoder")
    found = {key: score for key, score in scores(trial).items() if key.startswith(own)}
    assert {score.value for score in found.values()} == {None}
    assert {score.na.reason for score in found.values() if score.na} == {"not_finite"}


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_a_reference_that_overflows_at_fewer_bits_sets_no_tolerance(wrong: float, recording: Build) -> None:
    trial = decoded(recording, {"largest": (0.1, 100.0), "spread_fp16": (0.1, wrong)})
    score = METRICS["parity_tolerance"].compute(trial)["audio_decoder"]
    assert (score.value, score.na and score.na.reason) == (None, "no_spread")


def test_family_is_found_by_its_files() -> None:
    folder = Path(importlib.import_module("josie_bench.metrics").__file__ or "").parent
    assert {path.stem for path in folder.glob("[a-z]*.py")} <= set(member_names("metrics"))
    assert {"response_latency", "deadline_miss_ratio", "host_memory"} <= set(METRICS)
    assert not any(name.startswith("_") for name in METRICS)


def test_closed_loop_scores_only_what_needs_no_schedule(recording: Build) -> None:
    found = scores(recording([50.0] * 10, speech=[10] * 10, is_open_loop=False))
    numbers = {key.partition(".")[0] for key, score in found.items() if score.value is not None}
    assert numbers == {"compute_time", "compute_rtf", "headroom", "output_length", "turn_tokens"}
    closed = found["deadline_miss_ratio.hop"].na
    assert closed is not None
    assert (closed.reason, closed.detail) == ("closed_loop", "closed loop: no queueing, not a real-time claim")


def test_reference_page_is_generated_from_the_metrics() -> None:
    page = Path(__file__).parents[2] / "docs" / "metrics.md"
    regenerate = "docs/metrics.md is stale: python -m josie_bench.metrics._reference > docs/metrics.md"
    assert page.read_text(encoding="utf-8") == reference_markdown(), regenerate


def test_reference_page_names_every_score_and_event() -> None:
    page = reference_markdown()
    keys = [f"`{name}.{statistic}`" for name, metric in METRICS.items() for statistic in metric.statistics]
    assert [key for key in [*keys, "*a_k*", "*d_k*", "*q_k*", "*e_k*"] if key not in page] == []
    assert "| p99.9 | 3,688 |" in page
    assert "| p99.99 | 36,887 |" in page
