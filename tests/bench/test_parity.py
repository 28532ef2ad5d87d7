"""A comparison end to end: equal engines agree, wrong ones are found and blamed."""

from __future__ import annotations

import numpy as np
import pytest

from josie_bench.backends import onnxruntime
from josie_bench.bench.media import load_media
from josie_bench.bench.parity import (
    MOST_FORCED,
    compare,
    forced_windows,
    windows_run,
)
from josie_bench.bench.recording_file import load_recording, save_recording
from josie_bench.engines.store import EngineRequest, find_or_build
from josie_bench.metrics import scores
from josie_bench.model.presets import TINY, find_sizes
from josie_bench.plugins import find_member
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.recording import untimed

WINDOWS = 22  # two blocks of ten, and two


@pytest.fixture(scope="module")
def compared(store):
    """Return a function that compares a backend with the reference, once each."""
    found = {}

    def run(make_case, backend, precision="fp32"):
        if (reason := find_member("backends", backend).unavailable()) is not None:
            pytest.skip(str(reason))
        if (backend, precision) not in found:
            case = make_case(backend, precision, scenario="parity", windows=WINDOWS, window_ms=300.0, hop_ms=300.0)
            engines, _ = find_or_build(store, EngineRequest(model=case.model, engines=case.engines))
            media, _ = load_media(case, 16_000)
            told = []
            parity = compare(case, TINY, media, engines, told.append)
            assert len(told) == windows_run(case) == 2 * WINDOWS
            found[backend, precision] = untimed(sample_rate_hz=16_000, window_ms=300.0, parity=parity)
        return found[backend, precision]

    return run


def values(recording):
    return {key: score.value for key, score in scores(recording).items()}


def test_the_reference_agrees_with_itself_to_the_last_bit(compared, make_case):
    found = values(compared(make_case, "eager"))
    assert found["parity_codes.audio_encoder.all"] == found["parity_codes.depth_transformer.all"] == 1.0
    assert found["parity_error.temporal_transformer.max"] == 0.0
    assert found["parity_tolerance.audio_decoder"] == 0.0
    assert found["free_running_agreement.acoustic"] == 1.0
    assert found["parity_snr.min"] is None
    assert found["token_loss.text.difference"] == 0.0 < found["token_loss.text"] == found["token_loss.text.reference"]


def test_onnxruntime_fp32_is_far_inside_the_tolerance(compared, make_case):
    found = values(compared(make_case, "onnxruntime"))
    assert found["parity_codes.audio_encoder.first"] == found["parity_codes.vision_encoder.first"] == 1.0
    assert 0 < found["parity_error.temporal_transformer.max"] < 1e-5
    assert 0 < found["parity_tolerance.temporal_transformer"] < 0.01
    assert 0 < abs(found["token_loss.text.difference"]) < 1e-5
    assert found["parity_snr.min"] > 90
    assert found["agreement_half_life.text"] is None


def test_what_is_pruned_is_held_against_the_whole_and_a_shorter_context_is_a_model_of_its_own(make_case, store):
    """`tiny` fills its 40 positions in 3 windows; with 10 of them nothing heard before the last window is there."""

    def agreement(**choice):
        model = ModelChoice(preset="tiny", **choice)
        case = make_case("eager", scenario="parity", windows=WINDOWS, window_ms=300.0, hop_ms=300.0, model=model)
        engines, _ = find_or_build(store, EngineRequest(model=model, engines=case.engines))
        media, _ = load_media(case, 16_000)
        return values(
            untimed(sample_rate_hz=16_000, window_ms=300.0, parity=compare(case, find_sizes(model), media, engines))
        )

    pruned, short = agreement(prune_to=10), agreement(context=10)
    assert pruned["parity_error.temporal_transformer.max"] > 1e-3 > short["parity_error.temporal_transformer.max"]
    assert pruned["parity_codes.audio_encoder.all"] == 1.0
    assert pruned["token_loss.acoustic.difference"] > 0.0 == short["token_loss.acoustic.difference"]
    assert short["free_running_agreement.acoustic"] == 1.0 > pruned["free_running_agreement.acoustic"]


def test_int8_is_worse_and_clear_codes_suffer_least(compared, make_case):
    exact, rough = values(compared(make_case, "onnxruntime")), values(compared(make_case, "onnxruntime", "int8"))
    assert rough["parity_error.temporal_transformer.max"] > 100 * exact["parity_error.temporal_transformer.max"]
    assert rough["parity_codes.audio_encoder.all"] < 1.0
    assert rough["parity_codes.audio_encoder.clear"] >= rough["parity_codes.audio_encoder.first"]
    assert rough["free_running_agreement.acoustic"] < exact["free_running_agreement.acoustic"]


def test_an_int8_engine_is_as_wrong_as_eager_int8_and_not_as_fp16(compared, make_case):
    recording = compared(make_case, "onnxruntime", "int8")
    parity = recording.parity
    assert parity.components_of("spread_int8") == ["temporal_transformer", "audio_decoder"]
    assert parity.components_of("spread_fp16") == []
    found = values(recording)
    for name in ("temporal_transformer", "audio_decoder"):
        assert 0.1 < found[f"parity_tolerance.{name}"] < 1.0


def test_each_component_has_the_tolerance_of_its_own_precision(make_case, store):
    if (reason := onnxruntime.unavailable()) is not None:
        pytest.skip(str(reason))
    apart = (("audio_decoder", "onnxruntime", "int8"),)
    engines = EngineChoice(backend="eager", precision="fp32", apart=apart)
    case = make_case(engines=engines, scenario="parity", windows=2, window_ms=300.0, hop_ms=300.0)
    found, _ = find_or_build(store, EngineRequest(model=case.model, engines=engines))
    parity = compare(case, TINY, load_media(case, 16_000)[0], found)
    assert parity.components_of("spread_int8") == ["audio_decoder"]
    assert parity.components_of("spread_fp16") == ["temporal_transformer"]


def test_a_wrong_component_is_blamed_and_no_other(compared, make_case, store, monkeypatch):
    """The temporal transformer's output is turned upside down on its way out; all others get the reference's inputs."""
    plain = onnxruntime.OnnxRuntimeExecutable.step

    def upside_down(self, inputs):
        outputs = plain(self, inputs)
        return {name: -array if name == "hidden" else array for name, array in outputs.items()}

    monkeypatch.setattr(onnxruntime.OnnxRuntimeExecutable, "step", upside_down)
    case = make_case("onnxruntime", scenario="parity", windows=3, window_ms=300.0, hop_ms=300.0)
    if (reason := onnxruntime.unavailable()) is not None:
        pytest.skip(str(reason))
    engines, _ = find_or_build(store, EngineRequest(model=case.model, engines=case.engines))
    wrong = values(
        untimed(
            sample_rate_hz=16_000, window_ms=300.0, parity=compare(case, TINY, load_media(case, 16_000)[0], engines)
        )
    )
    assert wrong["parity_error.temporal_transformer.max"] == pytest.approx(2.0, abs=1e-4)
    assert wrong["parity_codes.audio_encoder.all"] == wrong["parity_codes.depth_transformer.all"] == 1.0
    assert wrong["parity_error.audio_decoder.max"] < 1e-4
    assert wrong["free_running_agreement.semantic"] < 1.0


def test_the_spread_is_looked_at_in_all_windows_that_are_compared(compared, make_case):
    parity = compared(make_case, "eager").parity
    windows = {
        measure: set(parity.window[parity.measure == measure].tolist()) for measure in ("largest", "spread_fp16")
    }
    assert windows["spread_fp16"] == windows["largest"]
    assert max(windows["largest"]) > 0


def test_a_long_case_is_compared_call_by_call_in_its_first_windows_and_conversed_in_full(make_case, store, monkeypatch):
    assert forced_windows(make_case(windows=2000)) == MOST_FORCED
    monkeypatch.setattr("josie_bench.bench.parity.MOST_FORCED", 2)
    case = make_case("eager", scenario="parity", windows=5, window_ms=300.0, hop_ms=300.0)
    engines, _ = find_or_build(store, EngineRequest(model=case.model, engines=case.engines))
    told = []
    parity = compare(case, TINY, load_media(case, 16_000)[0], engines, told.append)
    assert told == [0, 1, 0, 1, 2, 3, 4]
    assert windows_run(case) == 7
    called = parity.component != "step"
    assert set(parity.window[called].tolist()) == {0, 1}
    assert set(parity.window[~called].tolist()) == {0, 1, 2, 3, 4}


def test_a_comparison_survives_the_way_to_the_one_that_scores_it(compared, make_case, tmp_path):
    recording = compared(make_case, "eager")
    save_recording(recording, tmp_path / "recording.npz")
    again = load_recording(tmp_path / "recording.npz").parity
    assert all(
        np.array_equal(getattr(again, name), getattr(recording.parity, name))
        for name in ("window", "component", "measure", "value")
    )
