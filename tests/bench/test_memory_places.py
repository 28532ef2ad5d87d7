"""Where predicted bytes are to appear: all of them somewhere, and each where its engine takes it."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from josie_bench.bench.memory_forecast import footprint_of, predicted_readings
from josie_bench.bench.memory_places import placed_readings
from josie_bench.model.presets import TINY
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.sessions import Sessions


def engines_of(case):
    """Return manifests with ten nodes each, in the order in which they are loaded."""
    return {
        name: SimpleNamespace(recipe=SimpleNamespace(backend=case.engines.of(name)[0]), notes={"nodes": 10})
        for name in TINY.components
    }


def placed(case) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for reading in placed_readings(case, engines_of(case)):
        found.setdefault(reading.phase, {})[reading.name.removeprefix("predicted.")] = reading.byte_count
    return found


@pytest.mark.parametrize("batching", ["sequential", "continuous"])
@pytest.mark.parametrize(
    ("backend", "precision"),
    [("eager", "fp32"), ("eager", "fp16"), ("onnxruntime", "fp32"), ("onnxruntime", "int8"), ("openvino", "fp32")],
)
def test_all_places_together_have_what_is_predicted(make_case, backend, precision, batching):
    case = make_case(backend=backend, precision=precision, sessions=Sessions(count=3, batching=batching))
    predicted: dict[str, int] = {}
    for reading in predicted_readings(case, engines_of(case)):
        name = reading.name.partition(".")[0]
        predicted[name] = predicted.get(name, 0) + reading.byte_count
    sums: dict[str, int] = {}
    for terms in placed(case).values():
        for name, count in terms.items():
            sums[name] = sums.get(name, 0) + count
    assert sums == {name: count for name, count in predicted.items() if count}


def test_an_engine_s_weights_and_state_come_with_it_and_the_rest_with_its_calls(make_case):
    case = make_case(backend="onnxruntime")
    places = placed(case)
    assert set(places["loaded.vision_encoder"]) == {"weights", "rings", "previous_state", "objects"}
    assert set(places["warm.vision_encoder"]) == {"activations", "arena"}
    assert set(places["warm"]) == {"audio_buffer", "text_buffer"}
    assert [place for place, terms in places.items() if "code" in terms] == ["loaded.audio_encoder"]


def test_openvino_lays_products_out_with_its_engine_and_convolutions_once_it_is_called(make_case):
    places = placed(make_case(backend="openvino"))
    assert {"mapped", "packed", "objects"} <= set(places["loaded.audio_decoder"])
    assert {"reordered", "executors"} <= set(places["warm.audio_decoder"])
    assert "kernels" in places["warm.audio_encoder"]
    assert "reordered" not in places["warm.temporal_transformer"]


def test_the_state_of_sessions_comes_with_the_engine_where_they_share_its_calls_and_later_where_not(make_case):
    many = [Sessions(count=3, batching=batching) for batching in ("sequential", "continuous")]
    apart, shared = (placed(make_case(backend="onnxruntime", sessions=sessions)) for sessions in many)
    alone = placed(make_case(backend="onnxruntime"))["loaded.temporal_transformer"]["rings"]
    assert apart["loaded.temporal_transformer"]["rings"] == alone
    assert apart["loaded"]["rings"] > 2 * alone  # those of the others, of all components
    assert shared["loaded.temporal_transformer"]["rings"] == 3 * alone
    assert "loaded" not in shared


def test_the_pytorch_model_is_drawn_with_its_first_component_and_narrowed_one_by_one(make_case):
    wide, narrow = (make_case(backend="eager", precision=precision) for precision in ("fp32", "fp16"))
    whole, half = (
        {term.part: term.byte_count for term in footprint_of(case).terms if term.name == "weights"}
        for case in (wide, narrow)
    )
    places = placed(wide)
    assert {place: terms["weights"] for place, terms in places.items() if "weights" in terms} == {
        "loaded.audio_encoder": sum(whole.values())
    }
    assert "previous_state" in places["warm.audio_encoder"]
    assert "scratch" in places["warm.audio_encoder"]
    narrowed = placed(narrow)
    assert narrowed["loaded.vision_encoder"]["weights"] == half["vision_encoder"] - whole["vision_encoder"] < 0


def test_weights_are_drawn_with_the_first_of_the_pytorch_model_alone(make_case):
    apart = (("audio_encoder", "onnxruntime", "fp32"),)
    case = replace(make_case(), engines=EngineChoice(backend="eager", precision="fp32", apart=apart))
    places = placed(case)
    assert {place for place, terms in places.items() if "weights" in terms} == {
        "loaded.audio_encoder",
        "loaded.vision_encoder",
    }


def test_nothing_is_placed_where_nothing_is_predicted(make_case):
    assert placed_readings(make_case(), {}) == []
    assert placed_readings(make_case(backend="eager_cuda"), {}) == []
