"""What a case will hold: by backend, beside the reference, and why it is not begun where that cannot fit."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.bench.memory_forecast import (
    code_terms,
    computes_on_host,
    engine_storage,
    footprint_of,
    load_of,
    most_held_bytes,
    object_terms,
    on_host,
    predicted_readings,
    shortage,
)
from josie_bench.model.presets import TINY
from josie_bench.terms.beside import Beside
from josie_bench.terms.case import WarmUp
from josie_bench.terms.conversation import Conversation
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.plan_options import PlanOptions
from josie_bench.terms.recording import PREDICTED
from josie_bench.terms.schedule import Blocks
from josie_bench.terms.sessions import Sessions
from josie_bench.terms.simulated import ServiceLaw


def weights(case) -> int:
    return footprint_of(case).by_name().get("weights", 0)


def test_a_backend_that_computes_nothing_holds_no_model(make_case):
    assert weights(make_case()) == 0
    assert predicted_readings(make_case(), {}) == []
    assert weights(make_case(backend="simulated", simulated=ServiceLaw())) == 0


def asking(case, asked: str, count: int):
    """Return the case with so much of what is asked for."""
    match asked:
        case "sessions":
            return replace(case, sessions=replace(case.sessions, count=count))
        case "context":
            return replace(case, model=replace(case.model, context=count + 1))
        case "window":
            return replace(case, window_ms=50.0 * count, hop_ms=50.0 * count)
        case _:
            return replace(case, token_budget=count)


@given(
    st.sampled_from(["eager", "onnxruntime", "openvino"]),
    st.sampled_from(["sequential", "continuous"]),
    st.sampled_from(["sessions", "context", "window", "tokens"]),
    st.integers(1, 200),
    st.integers(1, 50),
)
def test_who_asks_for_more_is_never_told_less(backend, batching, asked, count, more):
    from tests.bench.cases import make_case

    case = make_case(backend=backend, sessions=Sessions(count=3, batching=batching))
    less, larger = (most_held_bytes(asking(case, asked, number)) for number in (count, count + more))
    assert larger >= less


def test_engines_of_both_codec_halves_hold_a_quantiser_each(make_case):
    """`tiny`: 4 codebooks of 64 · 16, two maps there and two back of 32 · 16, 4 bytes each."""
    quantizer = 4 * 64 * 16 + 4 * 32 * 16
    assert weights(make_case(backend="onnxruntime")) - weights(make_case(backend="eager")) == 4 * quantizer


def test_at_16_bits_the_model_is_loaded_at_32_first(make_case):
    wide, narrow = (footprint_of(make_case(backend="eager", precision=name)) for name in ("fp32", "fp16"))
    assert "loading" not in wide.by_name()
    weights, loading = (narrow.by_name()[name] for name in ("weights", "loading"))
    assert weights < loading < 2 * weights
    assert narrow.peak_bytes == weights + loading


def test_a_comparison_holds_the_reference_too(make_case):
    timed, compared = (make_case(backend="onnxruntime", scenario=name) for name in ("compute", "parity"))
    assert weights(compared) == weights(timed) + weights(make_case(backend="eager"))


def test_the_longest_window_and_the_case_s_own_tokens_count(make_case):
    case = make_case(backend="eager")
    longer = replace(case, blocks=Blocks(windows=4, lengths_ms=(100.0, 400.0)))
    richer = replace(case, token_budget=16)
    blind = replace(case, modalities=("audio",))
    totals = [footprint_of(each).total_bytes for each in (blind, case, richer)]
    assert totals == sorted(totals)
    assert footprint_of(longer).by_name()["audio_buffer"] == 4 * footprint_of(case).by_name()["audio_buffer"]


def test_an_encoder_of_what_is_absent_is_not_held(make_case):
    terms = footprint_of(replace(make_case(backend="eager"), modalities=("text",))).terms
    held = {term.part for term in terms if term.name == "weights"}
    assert held == {"temporal_transformer", "depth_transformer", "audio_decoder"}


def test_rings_that_grow_are_predicted_as_large_as_the_windows_fill_them(make_case):
    """`nano-seanet`, 7 windows of 6 frames: room for 64 of 512 frames, 128 of 256 tokens, 128 of 160 of sound."""
    case = make_case(backend="eager", model=ModelChoice(preset="nano-seanet"), windows=5)
    case = replace(case, warm_up=WarmUp(windows=2), window_ms=300.0)
    both = [footprint_of(each) for each in (case, replace(case, allocation="dynamic"))]
    rings = [{term.part: term.byte_count for term in some.terms if term.name == "rings"} for some in both]
    places = [1 + 512 + 256, 1 + 64 + 128]
    held = [5 * 2 * count * 2 * 32 * 4 + 8 * (count + 2) for count in places]
    assert [found["temporal_transformer"] for found in rings] == held
    assert rings[1]["audio_encoder"] / rings[0]["audio_encoder"] == pytest.approx(129 / 161, rel=1e-3)
    whole, growing = (some.by_name() for some in both)
    assert growing["weights"] == whole["weights"] and growing["tails"] == whole["tails"]
    longer = replace(case, windows=1000, allocation="dynamic")
    assert footprint_of(longer).by_name() == footprint_of(replace(longer, allocation="static")).by_name()


def test_a_pool_that_is_not_there_has_no_rest(make_case):
    case = make_case(backend="onnxruntime", model=ModelChoice(preset="nano"))
    pooled, unpooled = footprint_of(case).by_name(), footprint_of(replace(case, allocation="dynamic")).by_name()
    assert pooled.pop("arena") > 0
    assert pooled.pop("outgrown") > 0
    assert unpooled.pop("scratch") == pooled.pop("activations") > 0
    assert unpooled == pooled


def test_sessions_that_step_one_after_the_other_compute_in_the_same_memory(make_case):
    alone = make_case(backend="onnxruntime", model=ModelChoice(preset="nano"))
    many = replace(alone, sessions=Sessions(count=5))
    together = replace(many, sessions=Sessions(count=5, batching="continuous"))
    one, sequential, batched = (footprint_of(case).by_name() for case in (alone, many, together))
    for term in ("rings", "tails", "previous_state", "audio_buffer"):
        assert sequential[term] == batched[term] == 5 * one[term]
    for term in ("activations", "outgrown", "arena"):
        assert sequential[term] == one[term] > 0
    assert batched["activations"] == 5 * one["activations"]


def test_what_is_pruned_is_not_held(make_case):
    case = make_case(backend="eager", model=ModelChoice(preset="nano"))
    pruned = replace(case, model=ModelChoice(preset="nano", prune_to=96))
    short = replace(case, model=ModelChoice(preset="nano", context=96))
    assert footprint_of(pruned).by_name() == footprint_of(short).by_name()
    assert footprint_of(pruned).by_name()["rings"] < footprint_of(case).by_name()["rings"]


def test_what_a_pruned_case_is_held_against_is_whole(make_case):
    """The reference beside it has the rings of the unpruned model: the two differ by the engine's own."""
    model = ModelChoice(preset="nano", prune_to=96)
    cases = [make_case(backend="eager", model=each, scenario="parity") for each in (model, model.whole)]
    compared = [footprint_of(case).by_name()["rings"] for case in cases]
    alone = [footprint_of(replace(case, scenario="compute")).by_name()["rings"] for case in cases]
    assert compared == [alone[0] + alone[1], 2 * alone[1]]


def test_predictions_are_the_terms_that_stay_and_have_a_number(make_case):
    case = make_case(backend="eager", precision="fp16")
    readings = predicted_readings(case, {})
    assert {reading.phase for reading in readings} == {PREDICTED}
    assert sum(reading.byte_count for reading in readings) == footprint_of(case).total_bytes
    assert not any(reading.name.startswith(("loading", "graphs")) for reading in readings)


def test_of_a_gpu_s_memory_nothing_is_predicted_beside_the_host_s(make_case):
    assert predicted_readings(make_case(backend="eager_cuda"), {}) == []


def test_what_a_runtime_holds_of_a_graph_goes_by_its_nodes(make_case):
    """9,490 bytes each for ONNX Runtime; PyTorch has no graph, and a manifest of before says nothing."""

    def built(backend, **notes):
        return SimpleNamespace(recipe=SimpleNamespace(backend=backend), notes=notes)

    engines = {
        "audio_encoder": built("onnxruntime", nodes=10),
        "vision_encoder": built("onnxruntime"),
        "audio_decoder": built("eager"),
    }
    (term,) = object_terms(engines)
    assert (term.key, term.byte_count, term.is_shared) == ("objects.audio_encoder", 94_900, True)
    case = make_case(backend="onnxruntime")
    with_objects, without = (sum(row.byte_count for row in predicted_readings(case, e)) for e in (engines, {}))
    assert with_objects - without == 94_900


def test_openvino_holds_objects_of_its_nodes_when_it_is_loaded_and_executors_once_it_is_called():
    engines = {"audio_encoder": SimpleNamespace(recipe=SimpleNamespace(backend="openvino"), notes={"nodes": 10})}
    assert {term.key: term.byte_count for term in object_terms(engines)} == {
        "objects.audio_encoder": 106_400,
        "executors.audio_encoder": 42_800,
    }


def test_pages_of_code_are_a_backend_s_and_there_once(make_case):
    case = make_case(backend="openvino")
    (term,) = code_terms(case)
    assert (term.key, term.is_shared) == ("code", True)
    assert not list(code_terms(make_case(backend="eager")))
    assert not list(code_terms(make_case()))
    assert footprint_of(case).by_name()["code"] == term.byte_count


def test_openvino_reads_weights_where_they_lie(make_case):
    held, plain = (footprint_of(make_case(backend=name)).by_name() for name in ("openvino", "onnxruntime"))
    assert "weights" not in held
    assert held["mapped"] == plain["weights"] > held["packed"] > 0
    assert predicted_readings(make_case(backend="openvino"), {})


def test_frames_go_through_one_by_one_unless_silence_is_verified_or_turns_are_taken(make_case):
    case = make_case(backend="eager")
    rules = (Conversation(), Conversation(silence="speculated"), Conversation(mode="turn"))
    loads = [load_of(replace(case, conversation=each), TINY) for each in rules]
    assert [load.together for load in loads] == [1, loads[0].frames, loads[0].frames]
    assert loads[0].frames > 1


def test_a_case_that_cannot_fit_says_what_it_would_take(make_case):
    """In GB: 8.2 in FP32 when the temporal transformer is copied, and 4.8 narrow, are 12.1 GiB at the peak."""
    case = make_case(backend="eager", precision="fp16", model=ModelChoice(preset="josie-v4o"))
    reason = shortage(case, 8 * 2**30)
    assert "12.07" in reason and "8.00 GiB can be had here" in reason and "loading 6.87" in reason
    assert reason.endswith("it fits with preset=nano, or as it is on a larger machine")
    assert "\n" not in reason
    assert shortage(case, 64 * 2**30) is None
    assert shortage(make_case(), 2**20) is None


def test_as_many_sessions_as_fit_are_told(make_case):
    """Found by trying each number: one more session than the last that fits does not."""
    case = make_case(backend="onnxruntime", sessions=Sessions(count=40, batching="continuous"))
    counts = range(1, 41)
    held = [footprint_of(replace(case, sessions=replace(case.sessions, count=n))).peak_bytes for n in counts]
    reason = shortage(case, held[24])
    assert f"it fits with sessions={25}" in reason
    assert shortage(replace(case, sessions=replace(case.sessions, count=25)), held[24]) is None


def test_every_backend_that_computes_is_counted_where_it_does(make_case):
    host = {name: computes_on_host(make_case(backend=name)) for name in ("null", "eager", "openvino", "eager_cuda")}
    assert host == {"null": False, "eager": True, "openvino": True, "eager_cuda": False}
    apart = EngineChoice(backend="eager_cuda", apart=(("audio_encoder", "eager", "fp32"),))
    assert computes_on_host(make_case(engines=apart))


def test_of_what_computes_on_a_gpu_the_host_holds_weights_and_no_session(make_case):
    one, many = (make_case(backend="eager_cuda", sessions=Sessions(count=count)) for count in (1, 99))
    whole, host = footprint_of(many).by_name(), on_host(many).by_name()
    assert host["weights"] == whole["weights"] > 0
    assert whole["rings"] > 0
    assert {"rings", "tails", "previous_state", "activations", "scratch"}.isdisjoint(host)
    buffers = footprint_of(one).by_name()["audio_buffer"] + footprint_of(one).by_name()["text_buffer"]
    assert most_held_bytes(many) - most_held_bytes(one) == 98 * buffers
    mixed = make_case(engines=EngineChoice(backend="eager_cuda", apart=(("audio_encoder", "eager", "fp32"),)))
    assert {term.part for term in on_host(mixed).terms if term.name == "rings"} == {"audio_encoder"}


@pytest.mark.parametrize("backend", ["onnxruntime", "openvino", "tensorrt", "tensorrt_rtx"])
def test_engines_of_8_bits_keep_all_but_products_at_32(backend):
    assert engine_storage(backend, "int8").rest == "fp32"


def test_a_weakly_typed_engine_keeps_its_state_at_32_bits():
    assert engine_storage("tensorrt", "fp16").rest == "fp16"
    assert engine_storage("tensorrt", "fp16", options=PlanOptions(typing="weak")).rest == "fp32"


def test_what_works_beside_a_case_has_to_fit_too(make_case):
    case = make_case(backend="eager", beside=Beside(memory_bytes=3 * 2**30))
    assert shortage(case, 4 * 2**30) is None
    assert "what works beside it 3.00 GiB, and 3.00 GiB can be had here" in shortage(case, 3 * 2**30)
    assert most_held_bytes(case) == footprint_of(case).peak_bytes + 3 * 2**30
    large = replace(case, beside=Beside(model="josie-v4o"))
    assert "what works beside it" in shortage(large, 8 * 2**30)
    assert shortage(large, 64 * 2**30) is None
