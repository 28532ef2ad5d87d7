"""Components at 16 bits: close to themselves, narrow where it counts, and FP32 at the border."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from josie_bench.model.narrowed import NARROW, Narrowed, at_precision
from josie_bench.model.presets import TINY
from josie_bench.model.sizes import COMPONENTS
from josie_bench.model.weights import build_model

SIZES = {"batch": 1, "frames": 3, "time": 3, "tokens": 4}


@pytest.fixture(scope="module")
def model():
    return build_model(TINY, seed=3)


def inputs_of(component, seed):
    draw = torch.Generator().manual_seed(seed)
    return [
        0.1 * torch.randn(spec.shape(SIZES), generator=draw)
        if spec.dtype == "float32"
        else torch.randint(0, 2, spec.shape(SIZES), generator=draw)
        for spec in component.inputs
    ]


@pytest.mark.parametrize("precision", NARROW)
@pytest.mark.parametrize("name", COMPONENTS)
def test_a_narrow_component_is_close_over_many_steps(model, name, precision):
    component = model.component(name)
    narrow = Narrowed(component, precision)
    plain_state, state = component.zero_state(), narrow.zero_state()
    with torch.no_grad():
        for step in range(12):
            given = inputs_of(component, step)
            expected, *plain_state = component(*given, *plain_state)
            got, *state = narrow(*given, *state)
            assert got.dtype == expected.dtype
            if got.is_floating_point():
                error = (got - expected).norm() / expected.norm()
                assert 0 < error < (0.01 if precision == "fp16" else 0.08)
            else:
                assert float((got == expected).float().mean()) > 0.5


@pytest.mark.parametrize("precision", NARROW)
def test_what_is_carried_is_narrow_and_counters_are_not(model, precision):
    narrow = Narrowed(model.temporal_transformer, precision)
    kinds = {spec.dtype for spec in narrow.signature().state}
    assert kinds == {NARROW[precision], "int64"}
    assert {spec.dtype for spec in narrow.signature().outputs} == {"float32"}
    state = dict(zip((spec.name for spec in narrow.signature().state), narrow.zero_state(), strict=True))
    assert state["temporal.layer0.keys"].dtype == getattr(torch, NARROW[precision])


def test_the_original_stays_as_it_is(model):
    Narrowed(model.audio_decoder, "fp16")
    assert {parameter.dtype for parameter in model.audio_decoder.parameters()} == {torch.float32}
    assert at_precision(model.audio_decoder, "fp32") is model.audio_decoder


def test_no_parameter_is_copied_before_it_is_narrowed(model, monkeypatch):
    """A second FP32 copy of the largest component would decide whether the paper's size can be loaded."""

    def copied(*_):
        raise AssertionError("a parameter was copied as it is")

    monkeypatch.setattr(nn.Parameter, "__deepcopy__", copied)
    Narrowed(model.temporal_transformer, "fp16")


def test_the_search_for_codes_is_wide(model):
    """A latent at 16 bits against codebooks at 16 bits, but their distances in FP32: no tie is made by rounding."""
    narrow = Narrowed(model.audio_encoder, "bf16").component.quantizer.semantic
    latent = torch.randn(200, TINY.audio.dim, generator=torch.Generator().manual_seed(0)).bfloat16()
    inward = narrow.inward(latent).float()
    expected = torch.cdist(inward, narrow.codebooks[0].float()).argmin(-1)
    assert torch.equal(narrow.encode(latent)[:, 0], expected)
