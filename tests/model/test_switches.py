"""The ablations of the paper's Table 1: each changes what is said, and nothing else of what others see."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from josie_bench.model.layers.norms import RmsNorm
from josie_bench.model.presets import QUANTIZERS, SWITCHES, TINY, find_sizes, switch_off
from josie_bench.model.sizes import COMPONENTS
from josie_bench.model.weights import build_model
from josie_bench.terms.model_choice import ModelChoice
from tests.runtime.conversing import cut, make_step, said, sound

VARIANTS = {switch: switch_off(TINY, switch) for switch in SWITCHES} | {
    "parallel": find_sizes(ModelChoice(preset="tiny", quantizer="parallel"))
}
# What a variant has not, what it has instead, and how many of each. The two halves of the codec share a quantiser.
GONE = {
    "dual_stream": (r"audio_encoder\.quantizer\.(semantic|acoustic)\..*", 6),
    "temporal": (r"temporal_transformer\.layers\..*", 24),
    "rms_norm": (r"temporal_transformer\..*norm\.weight", 5),
}
NEW = {"dual_stream": (r"audio_encoder\.quantizer\.chain\..*", 3)}
WITHOUT_THEIR_STATE = {"temporal": {"temporal_transformer"}}


def talk(sizes):
    step, _ = make_step(sizes)
    return said(step, cut(sound(18), [6] * 3, 6))


@pytest.fixture(scope="module")
def whole():
    return talk(TINY)


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_says_something_else_and_as_much(name, whole):
    text, codes, audio, is_silent = talk(VARIANTS[name])
    assert not np.array_equal(codes, whole[1])
    assert text.shape == whole[0].shape
    assert codes.shape == whole[1].shape
    assert audio.shape == whole[2].shape
    assert np.isfinite(audio).all()
    assert np.array_equal(is_silent, whole[3])
    assert all(np.array_equal(a, b) for a, b in zip(talk(VARIANTS[name])[:2], (text, codes), strict=True))


@pytest.mark.parametrize("name", VARIANTS)
def test_inputs_outputs_and_state_stay(name):
    plain, variant = build_model(TINY), build_model(VARIANTS[name])
    for component in COMPONENTS:
        before, after = plain.component(component).signature(), variant.component(component).signature()
        assert after.inputs == before.inputs
        assert after.outputs == before.outputs
        assert (after.state == before.state) is (component not in WITHOUT_THEIR_STATE.get(name, ()))


@pytest.mark.parametrize("name", VARIANTS)
def test_all_weights_stay_but_those_that_the_switch_is_about(name):
    before, after = (dict(build_model(sizes).named_parameters()) for sizes in (TINY, VARIANTS[name]))
    for left, expected in ((before.keys() - after.keys(), GONE), (after.keys() - before.keys(), NEW)):
        pattern, count = expected.get(name, ("", 0))
        assert len(left) == count
        assert all(re.fullmatch(pattern, parameter) for parameter in left)
    changed = [
        parameter for parameter in before.keys() & after.keys() if not torch.equal(before[parameter], after[parameter])
    ]
    assert changed == []


def test_without_m_rope_a_picture_s_rows_and_columns_are_one_number():
    """A picture and its transpose differ only by where each patch lies, so without positions they would be alike."""
    encoder = build_model(VARIANTS["m_rope"]).vision_encoder
    assert encoder.space.section_of.unique().tolist() == [0]
    assert build_model(TINY).vision_encoder.space.section_of.unique().tolist() == [0, 1]


def test_without_the_dual_stream_the_first_code_is_the_chain_s_first():
    quantizer = build_model(VARIANTS["dual_stream"]).audio_encoder.quantizer
    latent = torch.randn(1, 5, TINY.audio.dim, generator=torch.Generator().manual_seed(0))
    codes = quantizer.encode(latent)
    assert codes.shape == (1, TINY.audio.codebooks, 5)
    rest = quantizer.chain.inward(latent)
    for level in range(TINY.audio.codebooks):
        expected = torch.cdist(rest, quantizer.chain.codebooks[level][None]).argmin(-1)
        assert torch.equal(codes[:, level], expected)
        rest = rest - quantizer.chain.codebooks[level][expected]
    summed = sum(quantizer.chain.codebooks[level][codes[:, level]] for level in range(TINY.audio.codebooks))
    torch.testing.assert_close(quantizer.decode(codes), quantizer.chain.outward(summed))


@pytest.mark.parametrize("reading", QUANTIZERS)
def test_readings_of_the_quantiser_differ_in_what_the_acoustic_codes_refine(reading):
    sizes = replace(TINY, audio=replace(TINY.audio, reading=reading))
    quantizer = build_model(sizes).audio_encoder.quantizer
    latent = torch.randn(1, 5, TINY.audio.dim, generator=torch.Generator().manual_seed(0))
    codes = quantizer.encode(latent)
    left = latent - quantizer.semantic.decode(codes[:, :1].transpose(1, 2)) if reading == "residual" else latent
    assert torch.equal(codes[:, 1:], quantizer.acoustic.encode(left).transpose(1, 2))


def test_without_the_temporal_transformer_nothing_is_remembered():
    component = build_model(VARIANTS["temporal"]).temporal_transformer.double()
    named = {
        "tokens": torch.randint(0, TINY.audio.card, (1, 3, TINY.streams)),
        "vision": torch.full((1, 3, TINY.vision.codebooks), -1),
        "kind": torch.zeros(1, 3, dtype=torch.int64),
        "positions": torch.arange(3)[None, :, None].expand(1, 3, 3),
    }
    state = component.zero_state()
    assert [spec.name for spec in component.signature().state] == ["temporal.clock.held", "temporal.clock.count"]
    together = component(*named.values(), *state)[0]
    apart = [component(*(t[:, k : k + 1] for t in named.values()), *state)[0] for k in range(3)]
    torch.testing.assert_close(together, torch.cat(apart, dim=1))


def test_without_rms_norm_the_temporal_transformer_has_no_norm():
    model = build_model(VARIANTS["rms_norm"])

    def norms(part):
        return [layer for layer in part.modules() if isinstance(layer, RmsNorm)]

    assert not norms(model.temporal_transformer)
    assert norms(model.vision_encoder)
