"""INT8 in FP32's clothes: rounding worked by hand, its bound, and that the engines round the same products."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch import nn

from josie_bench.backends._products import hold_weights_as_multiplied, sort_products
from josie_bench.engines.manifest import graph_recipe
from josie_bench.engines.store import EngineRequest, find_or_build
from josie_bench.model.fake_quantized import FakeQuantized, RoundedProducts, in_floats, rounded, rounded_by_channel
from josie_bench.model.presets import TINY
from josie_bench.model.sizes import COMPONENTS
from josie_bench.model.weights import build_model
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.model_choice import ModelChoice

SIZES = {"batch": 1, "frames": 3, "time": 3, "tokens": 4}
MATRICES = arrays(np.int64, (3, 5), elements=st.integers(-(10**6), 10**6)).map(lambda whole: whole.astype("f4") / 1e3)


@pytest.fixture(scope="module")
def model():
    return build_model(TINY, seed=3)


def inputs_of(component, seed):
    draw = torch.Generator().manual_seed(seed)
    return [
        torch.randn(spec.shape(SIZES), generator=draw)
        if spec.dtype == "float32"
        else torch.randint(0, 2, spec.shape(SIZES), generator=draw)
        for spec in component.inputs
    ]


def test_a_weight_is_rounded_to_its_rows_steps():
    """Row 0 has steps of 127/127 = 1, row 1 of 25.4/127 = 0.2: 2.4 → 2, 0.33 → 1.65 steps → 2 steps = 0.4."""
    weight = torch.tensor([[127.0, 2.4], [0.33, -25.4]])
    assert torch.allclose(rounded_by_channel(weight), torch.tensor([[127.0, 2.0], [0.4, -25.4]]))


def test_activations_have_one_step_for_all():
    """The step is 254/127 = 2: 3.1 → 1.55 steps → 4, −0.9 → −0.45 steps → 0, 5 → 2.5 steps → the even 2 → 4."""
    x = torch.tensor([[254.0, 3.1], [-0.9, 5.0]])
    assert torch.equal(rounded(x), torch.tensor([[254.0, 4.0], [0.0, 4.0]]))


def test_a_layer_multiplies_rounded_by_rounded_and_adds_its_whole_bias():
    """x = (254, 3.1) → (254, 4); W as above → ((127, 2), (0.4, −25.4)); 254·127 + 4·2 + 0.123 = 32266.123 and
    254·0.4 − 4·25.4 + 0.456 = 0.456."""
    layer = nn.Linear(2, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[127.0, 2.4], [0.33, -25.4]]))
        layer.bias.copy_(torch.tensor([0.123, 0.456]))
    with RoundedProducts([layer.weight]) as products, torch.inference_mode():
        got = layer(torch.tensor([[254.0, 3.1]]))
    assert got[0].tolist() == pytest.approx([32266.123, 0.456], abs=1e-2)
    assert products.count == 1


@given(MATRICES)
def test_a_value_moves_by_half_a_step_at_most_and_the_largest_not_at_all(matrix):
    x = torch.from_numpy(matrix)
    for got, largest in ((rounded(x), x.abs().max()), (rounded_by_channel(x), x.abs().amax(1, keepdim=True))):
        most = largest.expand_as(x)
        step = most / 127
        assert torch.all((got - x).abs() <= step * (0.5 + 1e-4))
        assert torch.all((got - x).abs()[x.abs() == most] <= most[x.abs() == most] * 1e-6)
        assert torch.all(torch.sign(got) * torch.sign(x) >= 0)


@given(MATRICES)
def test_rounding_twice_is_rounding_once(matrix):
    once = rounded_by_channel(torch.from_numpy(matrix))
    assert torch.allclose(rounded_by_channel(once), once, rtol=1e-5)


def test_silence_stays_silence():
    assert torch.equal(rounded(torch.zeros(2, 3)), torch.zeros(2, 3))
    assert torch.equal(rounded_by_channel(torch.zeros(2, 3)), torch.zeros(2, 3))


def test_products_of_activations_and_other_matrices_stay_as_they_are():
    weight, x = torch.full((2, 2), 0.3), torch.tensor([[1.0, 0.123], [0.4, 0.5]])
    with RoundedProducts([weight]) as products:
        assert torch.equal(x @ x.T, torch.matmul(x, x.T))
        assert torch.equal((x @ weight.T), rounded(x) @ rounded_by_channel(weight).T)
    assert products.count == 1


@pytest.mark.parametrize("name", COMPONENTS)
def test_the_products_rounded_are_those_that_an_engine_quantises(model, name, store):
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    component = model.component(name)
    fake = FakeQuantized(component)
    with torch.inference_mode():
        fake(*inputs_of(component, 0), *fake.zero_state())
    request = EngineRequest(model=ModelChoice(preset="tiny"), engines=EngineChoice(backend="onnxruntime"))
    engine = find_or_build(store, request)[0][name]
    graph = onnx.load(store / graph_recipe(engine.recipe).folder_name / "graph.onnx")
    hold_weights_as_multiplied(graph)
    assert fake.rounded_products == len(sort_products(graph).wanted) > 0


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_stays_near_itself_and_is_not_touched(model, name):
    component = model.component(name)
    before = {key: value.clone() for key, value in component.state_dict().items()}
    fake = FakeQuantized(component)
    plain_state, state = component.zero_state(), fake.zero_state()
    with torch.inference_mode():
        for step in range(6):
            given = inputs_of(component, step)
            expected, *plain_state = component(*given, *plain_state)
            got, *state = fake(*given, *state)
            if got.is_floating_point():
                assert 1e-5 < (got - expected).norm() / expected.norm() < 0.1
            else:
                assert float((got == expected).float().mean()) > 0.5
    assert all(torch.equal(value, before[key]) for key, value in component.state_dict().items())


def test_the_search_for_codes_is_not_rounded(model):
    """Neither are the latents that it compares: the codes of whole latents are those of FP32."""
    quantizer = model.audio_encoder.quantizer.semantic
    latent = torch.randn(200, TINY.audio.dim, generator=torch.Generator().manual_seed(0))
    fake = FakeQuantized(model.audio_encoder)
    with torch.inference_mode(), fake._products:
        codes = quantizer.encode(latent)[:, 0]
    inward = latent @ quantizer.inward.weight.T
    assert torch.equal(codes, torch.cdist(inward, quantizer.codebooks[0]).argmin(-1))


def test_fp8_keeps_four_figures_of_two_and_scales_by_the_largest():
    """Numbers of E4M3 between 256 and 448 are 32 apart, between 16 and 32 two, below 2⁻⁶ all 2⁻⁹."""
    x = torch.tensor([448.0, 300.0, 21.0, -17.2, 0.003, 0.0])
    assert rounded(x, in_floats).tolist() == [448.0, 288.0, 20.0, -18.0, 2 * 2**-9, 0.0]
    assert torch.equal(rounded(x * 4, in_floats), 4 * rounded(x, in_floats))
    assert torch.equal(rounded(torch.zeros(3), in_floats), torch.zeros(3))
