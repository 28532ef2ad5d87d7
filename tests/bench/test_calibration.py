"""Recording a calibration set: real windows through the reference, each call as the component saw it."""

from __future__ import annotations

import numpy as np
import pytest

from josie_bench.bench.calibration import ensure_calibration, prepare_engines
from josie_bench.engines.calibration import WINDOWS, read_calls
from josie_bench.engines.manifest import calibration_recipe
from josie_bench.engines.store import EngineRequest, find
from josie_bench.errors import EngineError, UnavailableError
from josie_bench.model.assembly import make_model
from josie_bench.model.presets import TINY
from josie_bench.plugins import find_member
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.model_choice import ModelChoice

CHOICE = ModelChoice(preset="tiny")


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
