"""Recording a calibration set: real windows through the reference, each call as the component saw it."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import soundfile

from josie_bench.bench.calibration import ensure_calibration, prepare_engines
from josie_bench.engines.calibration import read_calls
from josie_bench.engines.manifest import calibration_recipe, file_sha256, read_manifest
from josie_bench.engines.store import EngineRequest, find
from josie_bench.errors import EngineError, UnavailableError
from josie_bench.model.assembly import make_model
from josie_bench.model.presets import TINY
from josie_bench.plugins import find_member
from josie_bench.streams import find_recordings, recordings_sha256
from josie_bench.terms.calibration_choice import WINDOWS, CalibrationChoice
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.model_choice import ModelChoice

CHOICE = ModelChoice(preset="tiny")


@pytest.fixture(scope="module")
def speech(tmp_path_factory):
    """Return a folder with a second of noise."""
    folder = tmp_path_factory.mktemp("recordings")
    noise = np.random.default_rng(0).uniform(-0.9, 0.9, 16_000).astype(np.float32)
    soundfile.write(folder / "a.wav", noise, 16_000, subtype="FLOAT")
    return folder


def own_set(speech, windows=4):
    streams = {"speech": str(speech), "video": "bundled"}
    return CalibrationChoice(**streams, windows=windows, sha256=recordings_sha256(find_recordings(streams)))


@pytest.fixture(scope="module")
def folder(store):
    is_new = find(store, calibration_recipe(CHOICE)) is None  # else another test's INT8 engines asked for it
    said = []
    place = ensure_calibration(store, CHOICE, said.append)
    assert said == [f"recording a calibration set of {WINDOWS} windows"] * is_new
    return place


def test_it_is_recorded_once_and_sealed(store, folder):
    assert find(store, calibration_recipe(CHOICE)) is not None
    assert ensure_calibration(store, CHOICE, pytest.fail) == folder


def test_each_component_s_calls_give_what_the_reference_gives(folder):
    """Inputs and state were noted before each call, so the component can be asked again."""
    import torch

    for name, component in make_model(CHOICE).components().items():
        calls = list(read_calls(folder, name))
        signature = component.signature()
        assert len(calls) >= 12
        names = [spec.name for spec in signature.inputs] + [f"state.{spec.name}" for spec in signature.state]
        assert all(set(call) == set(names) for call in calls)
        with torch.no_grad():
            results = component(*(torch.from_numpy(calls[-1][each]) for each in names))
        assert all(bool(torch.isfinite(tensor.double()).all()) for tensor in results)


def test_real_speech_went_in(folder):
    loudest = max(float(np.abs(call["audio"]).max()) for call in read_calls(folder, "audio_encoder"))
    assert 0.1 < loudest <= 1.0
    counts = [int(call["state.temporal.clock.count"][0, 0]) for call in read_calls(folder, "temporal_transformer")]
    assert counts[-1] > TINY.temporal.frame_ring, "the last calls see a ring that has wrapped"


def test_no_set_is_recorded_for_a_backend_that_cannot_run_here(tmp_path, monkeypatch):
    monkeypatch.setattr(
        find_member("backends", "tensorrt"), "unavailable", lambda: UnavailableError("no GPU", mend="a")
    )
    request = EngineRequest(model=CHOICE, engines=EngineChoice(backend="tensorrt", precision="int8"))
    with pytest.raises(UnavailableError, match="no GPU: a"):
        prepare_engines(tmp_path / "store", request, pytest.fail)
    assert not (tmp_path / "store").exists()


def test_a_set_that_cannot_be_recorded_is_one_line(tmp_path):
    foreign = tmp_path / "foreign.safetensors"
    foreign.write_bytes(b"no weights at all")
    with pytest.raises(EngineError, match=r"no calibration set of tiny: .*foreign\.safetensors") as refused:
        ensure_calibration(tmp_path, ModelChoice(preset="tiny", weights=(str(foreign),)), lambda _: None)
    assert len(str(refused.value).splitlines()) == 1


def test_recordings_of_one_s_own_are_what_its_components_hear(store, speech):
    said = []
    place = ensure_calibration(store, CHOICE, said.append, calibration=own_set(speech))
    assert said == ["recording a calibration set of 4 windows"]
    heard = np.concatenate([call["audio"].ravel() for call in read_calls(place, "audio_encoder")])
    noise, _ = soundfile.read(speech / "a.wav", dtype="float32")
    assert np.array_equal(heard[: len(noise)], noise)
    recordings = read_manifest(place).notes["recordings"]
    assert recordings[0] == {"modality": "audio", "name": "a.wav", "sha256": file_sha256(speech / "a.wav")}
    assert {file["modality"] for file in recordings[1:]} == {"vision"}


def test_the_same_recordings_elsewhere_are_the_same_set(store, speech, tmp_path):
    place = ensure_calibration(store, CHOICE, lambda _: None, calibration=own_set(speech))
    shutil.copy(speech / "a.wav", tmp_path / "renamed.wav")
    assert ensure_calibration(store, CHOICE, pytest.fail, calibration=own_set(tmp_path)) == place


def test_another_set_gives_another_engine_of_other_scales(store, speech):
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")

    def scales(calibration):
        """Return the scales of the engine's activations, by name."""
        engines = EngineChoice(backend="onnxruntime", precision="int8_qdq", calibration=calibration)
        request = EngineRequest(model=CHOICE, engines=engines, components=("depth_transformer",))
        engine = prepare_engines(store, request)[0]["depth_transformer"]
        model = onnx.load(engine.folder / "engine.onnx")
        arrays = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
        found = {node.input[1] for node in model.graph.node if node.op_type == "QuantizeLinear"}
        return engine.folder, {name: float(arrays[name]) for name in found}

    (usual_place, usual), (own_place, own) = scales(None), scales(own_set(speech))
    assert usual_place != own_place
    assert usual.keys() == own.keys() != set()
    assert all(usual[name] != own[name] for name in usual)


def test_recordings_that_were_exchanged_meanwhile_are_refused_on_one_line(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.full(1600, 0.5, np.float32), 16_000)
    before = own_set(tmp_path)
    soundfile.write(tmp_path / "a.wav", np.full(1600, 0.25, np.float32), 16_000)
    with pytest.raises(EngineError, match=r"no calibration set of tiny: .*: other recordings than when .*") as refused:
        ensure_calibration(tmp_path / "store", CHOICE, lambda _: None, calibration=before)
    assert len(str(refused.value).splitlines()) == 1
