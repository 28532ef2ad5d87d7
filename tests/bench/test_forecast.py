"""Forecasts: seconds worked by hand, engines counted once, reasons named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from josie_bench.bench import forecast as forecast_module
from josie_bench.bench.forecast import BUILD_S, COMPILE_S, START_S, WEIGHT_BYTES_PER_S, forecast
from josie_bench.bench.memory_forecast import footprint_of
from josie_bench.bench.vram_forecast import vram_footprint
from josie_bench.engines.store import EngineRequest, find_or_build
from josie_bench.model.assembly import make_model
from josie_bench.plugins import find_member
from josie_bench.terms.capacity import Search
from josie_bench.terms.case import WarmUp
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.judged import JudgedChoice
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.simulated import ServiceLaw


def test_paced_seconds_are_warm_up_and_windows_at_their_hop(make_case, tmp_path):
    case = make_case(windows=100, hop_ms=300.0, warm_up=WarmUp(windows=20, seconds=5.0))
    (row,) = forecast([case], tmp_path)
    assert row.paced_s == pytest.approx(20 * 0.3 + 100 * 0.3)
    assert row.seconds == pytest.approx(5 * BUILD_S[False] + START_S + 36.0)
    assert forecast([make_case(scenario="compute")], tmp_path)[0].paced_s is None


def test_every_round_starts_a_process_and_warms_up_anew(make_case, tmp_path):
    warm_up = WarmUp(windows=10, seconds=2.0)
    case = make_case(scenario="compute", rounds=6, windows=24, window_ms=300.0, hop_ms=300.0, warm_up=warm_up)
    (row,) = forecast([case], tmp_path)
    assert row.paced_s is None
    assert row.seconds == pytest.approx(5 * BUILD_S[False] + 6 * (START_S + 2.0 + 24 * 0.15))


def test_a_search_counts_the_most_trials_that_it_may_run(make_case, tmp_path):
    search = Search(probes=10)
    case = make_case(backend="simulated", scenario="capacity", windows=600, simulated=ServiceLaw(), capacity=search)
    assert forecast([case], tmp_path)[0].seconds == 10 * START_S


def test_virtual_time_takes_processes_alone_and_no_engine(make_case, tmp_path):
    for scenario in ("realtime", "compute"):
        case = make_case(backend="simulated", scenario=scenario, windows=12_000, simulated=ServiceLaw())
        (row,) = forecast([case], tmp_path)
        assert (row.to_build, row.seconds) == ((), START_S)


def test_what_goes_through_a_compiler_takes_that_long(make_case, tmp_path):
    if (reason := find_member("backends", "aotinductor").unavailable()) is not None:
        pytest.skip(str(reason))
    case = make_case(backend="aotinductor", windows=100, hop_ms=300.0, warm_up=WarmUp(windows=20, seconds=5.0))
    (row,) = forecast([case], tmp_path)
    assert row.seconds == pytest.approx(5 * COMPILE_S["aotinductor"] + START_S + 36.0, abs=0.05)


def test_an_engine_is_counted_where_it_is_first_needed(make_case, tmp_path):
    rows = forecast(
        [make_case(), make_case(id="same"), make_case(id="other", model=ModelChoice(preset="tiny", seed=1))], tmp_path
    )
    assert [len(row.to_build) for row in rows] == [5, 0, 5]
    find_or_build(
        tmp_path,
        EngineRequest(model=ModelChoice(preset="tiny"), engines=EngineChoice(backend="null")),
    )
    assert [len(row.to_build) for row in forecast([make_case()], tmp_path)] == [0]


def test_what_will_be_skipped_says_why(make_case, tmp_path, monkeypatch):
    assert "has no precision int8" in forecast([make_case(precision="int8")], tmp_path)[0].skip
    monkeypatch.setattr(find_member("backends", "onnxruntime").importlib.util, "find_spec", lambda name: None)
    (row,) = forecast([make_case(backend="onnxruntime")], tmp_path)
    assert "pip install" in row.skip
    assert row.seconds == 0.0


@pytest.mark.parametrize(
    "engines",
    [
        EngineChoice(backend="cuda_graph"),
        EngineChoice(backend="eager", apart=(("audio_decoder", "cuda_graph", "fp32"),)),
    ],
)
def test_a_backend_that_takes_memory_one_way_only_skips_cases_of_the_other(make_case, tmp_path, engines):
    """Whether there is a GPU or not: it could not anywhere."""
    (row,) = forecast([make_case(engines=engines, allocation="dynamic")], tmp_path)
    assert row.skip.startswith("allocation dynamic: engines of cuda_graph cannot: take eager or ")
    assert "allocation" not in (forecast([make_case(engines=engines)], tmp_path)[0].skip or "")


def test_what_cannot_fit_into_memory_is_skipped_too(make_case, tmp_path, monkeypatch):
    monkeypatch.setattr(forecast_module, "available_bytes", lambda: 2**20)
    (row,) = forecast([make_case(backend="eager")], tmp_path)
    assert "at its peak" in row.skip
    assert row.to_build == ()


def test_what_cannot_fit_into_a_gpu_is_skipped_too(make_case, tmp_path, monkeypatch):
    monkeypatch.setattr(find_member("backends", "eager"), "ON_GPU", True, raising=False)
    monkeypatch.setattr(forecast_module, "free_bytes", lambda: 2**20)
    assert "of a GPU" in forecast([make_case(backend="eager")], tmp_path)[0].skip
    monkeypatch.setattr(forecast_module, "free_bytes", lambda: None)
    assert forecast([make_case(backend="eager")], tmp_path)[0].skip is None


def test_memory_is_forecast_where_engines_compute(make_case, tmp_path):
    """On a GPU the driver's context of half a GiB comes on top of what the model's terms take there."""
    host, gpu, none = (make_case(backend=name) for name in ("eager", "eager_cuda", "null"))
    rows = forecast([host, gpu, none], tmp_path)
    assert [(row.host_bytes, row.gpu_bytes) for row in rows] == [
        (footprint_of(host).peak_bytes, None),
        (None, vram_footprint(gpu).total_bytes + 2**29),
        (None, None),
    ]


def test_items_take_the_longer_the_more_there_are(make_case, tmp_path, monkeypatch):
    """8 s each in each task, a process of 4 s, two components of half a second to make; their weights drawn twice."""
    monkeypatch.setattr(forecast_module, "cannot_judge", lambda choice, model, lacks: None)
    judged = JudgedChoice(tasks=("codec",), corpus="mini", items=5)
    (found,) = forecast([make_case("eager", scenario="quality", judged=judged)], tmp_path)
    assert found.to_build == ("audio_encoder", "audio_decoder")
    model = make_model(ModelChoice(preset="tiny"))
    halves = (model.component(name) for name in ("audio_encoder", "audio_decoder"))
    drawn_s = 2 * sum(tensor.numel() * 4 for half in halves for tensor in half.parameters()) / WEIGHT_BYTES_PER_S
    assert drawn_s > 0.005
    assert found.seconds == pytest.approx(5 * 8.0 + 4.0 + 2 * 0.5 + drawn_s, abs=0.001)


@pytest.fixture
def paper_sized(make_case, monkeypatch):
    """Return the one case of suite `memory_v4o`, on a host with room for it."""
    monkeypatch.setattr(forecast_module, "available_bytes", lambda: 2**40)
    options = {"backend": "eager", "precision": "fp16", "scenario": "compute", "window_ms": 100.0, "hop_ms": 100.0}
    return make_case(
        **options, windows=1, model=ModelChoice(preset="josie-v4o"), warm_up=WarmUp(windows=1, seconds=0.0)
    )


def test_the_paper_s_size_takes_minutes_to_load(paper_sized, tmp_path):
    """Three minutes were seen of it; 2.8 billion weights of 4 bytes take longer than all else."""
    (row,) = forecast([paper_sized], tmp_path)
    assert row.weight_bytes == pytest.approx(2.8e9 * 4, rel=0.01)
    assert 120.0 < row.seconds < 240.0


def test_weights_are_drawn_in_every_trial_and_once_more_where_engines_are_missing(paper_sized, tmp_path):
    first, cached = forecast([paper_sized, replace(paper_sized, id="again", rounds=3)], tmp_path)
    once = first.weight_bytes / WEIGHT_BYTES_PER_S
    windows_s = 2 * 0.05  # of the warm-up and measured, half a hop each
    assert first.seconds == pytest.approx(5 * BUILD_S[False] + 2 * once + START_S + windows_s)
    assert cached.seconds == pytest.approx(3 * (once + START_S + windows_s))


def test_what_computes_nothing_has_no_weights(make_case, tmp_path):
    law = {"backend": "simulated", "simulated": ServiceLaw()}
    cases = [make_case(), make_case(**law), make_case("eager")]
    assert [row.weight_bytes > 0 for row in forecast(cases, tmp_path)] == [False, False, True]


def test_a_corpus_that_is_not_here_is_told_before_anything_runs(make_case, tmp_path):
    judged = JudgedChoice(tasks=("codec",), corpus="prompts_en", folder=str(tmp_path))
    (found,) = forecast([make_case("eager", scenario="quality", judged=judged)], tmp_path)
    assert "josie-bench corpus fetch prompts_en" in found.skip
