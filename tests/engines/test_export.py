"""One exported graph serves every length and batch, and is valid ONNX with the signature's names."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from josie_bench.engines.export import export_component, graph_names, refusal_words
from josie_bench.engines.store import EngineRequest, find_or_build
from josie_bench.errors import EngineError
from josie_bench.model.layers.carry import Component
from josie_bench.model.presets import TINY, find_codec
from josie_bench.model.weights import build_model
from josie_bench.streams import speech
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.signature import TensorSpec

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")


@pytest.fixture(scope="module")
def engine_files(store):
    request = EngineRequest(model=ModelChoice(preset="tiny"), engines=EngineChoice(backend="onnxruntime"))
    return {name: engine.folder / "engine.onnx" for name, engine in find_or_build(store, request)[0].items()}


def test_the_graph_is_valid_and_bears_the_signature_s_names(engine_files):
    for name, component in build_model(TINY).components().items():
        graph = onnx.load(engine_files[name])
        onnx.checker.check_model(graph)
        inputs, outputs = graph_names(component.signature())
        assert [value.name for value in graph.graph.input] == inputs
        assert [value.name for value in graph.graph.output] == outputs


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("length", [1, 2, 8])
def test_one_graph_serves_every_window_and_batch(engine_files, batch, length):
    for name, component in build_model(TINY).components().items():
        signature = component.signature()
        sizes = {"batch": batch, "frames": length, "time": length, "tokens": 2 * length}
        session = onnxruntime.InferenceSession(str(engine_files[name]), providers=["CPUExecutionProvider"])
        feeds = {spec.name: np.zeros(spec.shape(sizes), dtype=spec.dtype) for spec in signature.inputs}
        feeds |= {f"state.{spec.name}": np.zeros(spec.shape(sizes), dtype=spec.dtype) for spec in signature.state}
        results = session.run(None, feeds)
        for spec, array in zip((*signature.outputs, *signature.state), results, strict=True):
            assert array.shape == spec.shape(sizes), f"{name} {spec.name}"


@pytest.fixture(scope="module")
def codec(tmp_path_factory):
    """Return both halves of `nano`'s codec in eager torch, and their graphs in ONNX Runtime."""
    folder = tmp_path_factory.mktemp("nano")
    eager = build_model(find_codec("nano"), seed=3).components()
    sessions = {}
    for name, component in eager.items():
        export_component(component, folder / f"{name}.onnx")
        onnx.checker.check_model(onnx.load(folder / f"{name}.onnx"))
        sessions[name] = onnxruntime.InferenceSession(folder / f"{name}.onnx", providers=["CPUExecutionProvider"])
    return eager, sessions


def streamed(codec, name, tensor, cuts):
    """Return what eager torch and ONNX Runtime give for `tensor`, both in steps of `cuts` along its last axis."""
    component, session = codec[0][name], codec[1][name]
    names = [value.name for value in session.get_inputs()]
    state = component.zero_state(tensor.shape[0])
    arrays, found = [array.numpy() for array in state], []
    for part in tensor.split(cuts, dim=-1):
        with torch.no_grad():
            expected, *state = component(part, *state)
        got, *arrays = session.run(None, dict(zip(names, [part.numpy(), *arrays], strict=True)))
        found.append((expected, torch.from_numpy(got)))
    return (torch.cat(each, dim=-1) for each in zip(*found, strict=True))


@pytest.mark.parametrize("batch", [1, 3])
def test_a_graph_hears_what_the_spectrogram_of_eager_torch_hears(codec, batch):
    """60 frames, past the wrap of the ring of 40; each session of the batch hears another part of the recording."""
    sound = torch.from_numpy(speech.load("bundled", sample_rate_hz=16_000).audio[: 3 * 60 * 800].copy())
    expected, got = streamed(
        codec, "audio_encoder", sound.view(3, -1)[:batch], [800 * frames for frames in (6, 1, 2, 3, 20, 28)]
    )
    assert torch.equal(got, expected)
    assert len(got.unique()) > 100


@pytest.mark.parametrize("batch", [1, 3])
def test_a_graph_says_what_the_istft_head_of_eager_torch_says(codec, batch):
    codes = torch.randint(0, 512, (batch, 8, 60), generator=torch.Generator().manual_seed(0))
    expected, got = streamed(codec, "audio_decoder", codes, [6, 1, 2, 3, 20, 28])
    torch.testing.assert_close(got, expected, rtol=0, atol=1e-4 * float(expected.abs().max()))


class Unexportable(Component):
    """Decides by a value, which no graph can hold."""

    def __init__(self):
        super().__init__()
        self.inputs = (TensorSpec(name="x", dtype="float32", axes=("batch", 2)),)
        self.outputs = (TensorSpec(name="y", dtype="float32", axes=("batch", 2)),)

    def step(self, inputs, carry):
        x = inputs["x"]
        return {"y": x if float(x.sum()) > 0 else -x}


class Untranslatable(Unexportable):
    """Computes what ONNX has no operator for."""

    def step(self, inputs, carry):
        return {"y": torch.special.bessel_j0(inputs["x"])}


def test_an_operator_that_has_no_translation_is_named_with_its_node(tmp_path):
    with pytest.raises(EngineError) as caught:
        export_component(Untranslatable(), tmp_path / "graph.onnx")
    expected = "node bessel_j0 (torch.ops.prims.bessel_j0.default): no ONNX operator is known for prims.bessel_j0"
    assert str(caught.value) == f"cannot export Untranslatable: {expected}"


def test_an_exporters_words_lose_their_colours_and_their_advice():
    assert refusal_words("\x1b[96mNo\x1b[0m way.\nNext steps: none") == "No way."
    deep = (
        "Failed.\n<class 'ValueError'>: too deep\n⬆️\n<class 'x.ConversionError'>: Error when translating node %mm : "
        "[num_users=1] = call_function[target=torch.ops.aten.mm.default](args = (%a,)). See above."
    )
    assert refusal_words(deep) == "node mm (torch.ops.aten.mm.default): too deep"


def test_what_cannot_be_exported_is_one_line_with_the_reason(tmp_path):
    with pytest.raises(
        EngineError, match="cannot export Unexportable: Could not guard on data-dependent expression"
    ) as caught:
        export_component(Unexportable(), tmp_path / "graph.onnx")
    assert "\n" not in str(caught.value)
