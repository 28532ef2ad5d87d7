"""The contract that every metric keeps; a new one is tested by existing."""

import dataclasses
import importlib
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from josie_bench.metrics import DIRECTIONS, OF_BLOCKS, OF_PARITY, OF_WINDOWS, UNITS, Metric, all_metrics, scores
from josie_bench.metrics._reference import reference_markdown
from josie_bench.plugins import member_names
from josie_bench.terms.budget import parse_budget
from josie_bench.terms.parity import Parity
from josie_bench.terms.recording import COLD_PHASES, MemoryReading, Phase, Recording

METRICS = all_metrics()
Build = Callable[..., Recording]
every_metric = pytest.mark.parametrize(("name", "metric"), METRICS.items(), ids=list(METRICS))


def full_recording(recording: Build) -> Recording:
    """Return a recording that is long and rich enough for every statistic."""
    count = 3_800
    memory = tuple(
        MemoryReading(phase=phase, name=name, byte_count=2**20)
        for phase in ("imported", "loaded", "end")
        for name in ("rss", "rss_peak")
    )
    return recording(
        [160.0 if k % 100 == 50 else 60.0 + k % 7 for k in range(count)],
        compute_ms=[50.0] * count,
        lateness_ms=[0.1] * count,
        speech=[100 if k % 4 else 0 for k in range(count)],
        memory=memory,
        phases=tuple(Phase(name=name, start_ns=k * 1000, end_ns=k * 1000 + 900) for k, name in enumerate(COLD_PHASES)),
    )


def full_blocks(recording: Build) -> Recording:
    """Return blocks of four windows: two lengths in turn, and of each length every content."""
    count = 4 * 400
    block = [k // 4 for k in range(count)]
    return recording(
        [60.0 + (k % 4 == 0) for k in range(count)],
        compute_ms=[50.0 + 2.0 * (k % 4 == 0) for k in range(count)],
        block=block,
        hops_ms=[(100.0, 200.0)[number % 2] for number in block],
        content=[("unique", "repeated", "silent")[number // 2 % 3] for number in block],
    )


RICH = {OF_WINDOWS: full_recording, OF_BLOCKS: full_blocks}


@every_metric
def test_every_declared_statistic_is_returned_and_no_other(name: str, metric: Metric, recording: Build) -> None:
    for trial in (recording([]), recording([50.0], warm_up=1), full_recording(recording), recording([None, None])):
        assert list(metric.compute(trial)) == list(metric.statistics), name


def full_comparison(recording: Build) -> Recording:
    """Return a comparison with rows of every kind; agreement is whole for ten windows and then gone."""
    rows = []
    for k in range(400):
        for component in ("audio_encoder", "vision_encoder", "depth_transformer", "step"):
            for kind in ("first", "all", "clear", "text", "semantic", "acoustic"):
                rows += [(k, component, f"{kind}_equal", 6.0 if k < 10 else 0.0), (k, component, f"{kind}_total", 6.0)]
        for component in ("temporal_transformer", "audio_decoder"):
            for measure in ("error", "largest", "cosine", "spread_fp16"):
                rows.append((k, component, measure, 0.001 * (1 + k % 5)))
    window, component, measure, value = (np.array(column) for column in zip(*rows, strict=True))
    parity = Parity(window=window, component=component, measure=measure, value=value)
    return dataclasses.replace(recording([], is_open_loop=False), parity=parity)


@every_metric
def test_rich_recording_gives_every_number(name: str, metric: Metric, recording: Build) -> None:
    rich = (RICH | {OF_PARITY: full_comparison})[metric.of](recording)
    missing = {key: score.na for key, score in metric.compute(rich).items() if score.na}
    assert missing == {}, name


@every_metric
@pytest.mark.parametrize("is_open_loop", [True, False])
@pytest.mark.filterwarnings("error")
def test_empty_recording_gives_only_reasons(name: str, metric: Metric, is_open_loop: bool, recording: Build) -> None:
    found = metric.compute(recording([], is_open_loop=is_open_loop))
    assert all(score.value is None for score in found.values()), name
    assert all(score.na is not None and score.na.detail for score in found.values()), name


@every_metric
@pytest.mark.filterwarnings("error")
def test_trial_without_an_answer_gives_no_infinite_number(name: str, metric: Metric, recording: Build) -> None:
    for score in metric.compute(recording([None] * 400, ended_ms=50_000.0)).values():
        assert score.value is None or 0.0 <= score.value < 1e6, name


@every_metric
def test_metric_says_what_it_is(name: str, metric: Metric) -> None:
    assert metric.unit in UNITS
    assert metric.direction in DIRECTIONS
    assert metric.title and metric.origin and metric.description.endswith(".")
    assert metric.statistics and all(metric.statistics.values())
    identity, _, version = metric.definition.partition("/")
    assert identity == name
    assert int(version) >= 1
    assert f"`{metric.definition}`" in (importlib.import_module(f"josie_bench.metrics.{name}").__doc__ or "")


@every_metric
def test_every_statistic_can_be_budgeted(name: str, metric: Metric) -> None:
    for statistic in metric.statistics:
        assert parse_budget(f"{name}.{statistic} < 1").key == f"{name}.{statistic}"
        assert parse_budget(f"{name}.{statistic}.ci.high < 1").statistic == statistic


@every_metric
def test_warm_up_changes_nothing_but_the_cold_figures(name: str, metric: Metric, recording: Build) -> None:
    warm = [20.0] * 400
    slow = metric.compute(recording([90.0, *warm], speech=[0] + [100] * 400, warm_up=1))
    fast = metric.compute(recording([30.0, *warm], speech=[0] + [100] * 400, warm_up=1))
    assert {key for key in slow if slow[key] != fast[key]} <= {"cold_first", "cold"}, name


def test_scores_are_keyed_by_metric_and_statistic(recording: Build) -> None:
    found = scores(full_recording(recording))
    timed = {name: metric for name, metric in METRICS.items() if metric.of == OF_WINDOWS}
    assert set(found) == {f"{name}.{statistic}" for name in timed for statistic in timed[name].statistics}
    assert found["compute_rtf.mean"].value == pytest.approx(0.5)
    assert found["response_latency.max"].value == 160.0


def test_only_a_trial_that_was_cut_into_blocks_is_asked_about_them(recording: Build) -> None:
    assert "block_start.extra.p50" not in scores(full_recording(recording))
    found = scores(full_blocks(recording))
    assert found["block_start.extra.p50"].value == pytest.approx(2.0)
    assert found["compute_rtf.mean"].value == pytest.approx(50.5 / 150.0)


def test_a_comparison_is_scored_by_metrics_of_parity_alone(recording: Build) -> None:
    found = scores(full_comparison(recording))
    assert {key.partition(".")[0] for key in found} == {
        name for name, metric in METRICS.items() if metric.of == OF_PARITY
    }
    assert found["parity_codes.audio_encoder.first"].value == pytest.approx(10 / 400)
    assert found["agreement_half_life.text"].value == 10.0
    assert found["parity_tolerance.audio_decoder"].value == pytest.approx(1 / 3)
    assert found["parity_snr.min"].value == pytest.approx(-20 * math.log10(0.005))
    assert found["parity_error.audio_decoder.p50"].value == pytest.approx(0.003)


def test_an_integer_engine_s_tolerance_is_three_times_what_integers_do(recording: Build) -> None:
    """Errors of 0.1, 0.3 and 0.2 beside 0.02 and 0.05 of eager INT8: τ = 3 · 0.05, and 0.3 / 0.15 = 2."""
    columns = {"largest": (0.1, 0.3, 0.2), "spread_int8": (0.02, 0.05)}
    rows = [(measure, value) for measure, values in columns.items() for value in values]
    parity = Parity(
        window=np.zeros(len(rows), dtype=np.int64),
        component=np.array(["audio_decoder"] * len(rows)),
        measure=np.array([measure for measure, _ in rows]),
        value=np.array([value for _, value in rows]),
    )
    found = METRICS["parity_tolerance"].compute(dataclasses.replace(recording([]), parity=parity))
    assert found["audio_decoder"].value == pytest.approx(2.0)
    assert found["temporal_transformer"].value is None


def test_family_is_found_by_its_files() -> None:
    folder = Path(importlib.import_module("josie_bench.metrics").__file__ or "").parent
    assert {path.stem for path in folder.glob("[a-z]*.py")} <= set(member_names("metrics"))
    assert {"response_latency", "deadline_miss_ratio", "host_memory"} <= set(METRICS)
    assert not any(name.startswith("_") for name in METRICS)


def test_closed_loop_scores_only_what_needs_no_schedule(recording: Build) -> None:
    found = scores(recording([50.0] * 10, speech=[10] * 10, is_open_loop=False))
    numbers = {key.partition(".")[0] for key, score in found.items() if score.value is not None}
    assert numbers == {"compute_time", "compute_rtf", "headroom", "output_length"}
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
