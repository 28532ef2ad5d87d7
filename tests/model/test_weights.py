"""Counts against the sum of the parts, seeds against each other."""

from __future__ import annotations

import pytest
import torch

from josie_bench.model.presets import CODECS, JOSIE_V4O, NANO, PRESETS, TINY
from josie_bench.model.weights import build_meta_model, build_model, parameter_count, weights_digest


def test_josie_v4o_has_the_paper_s_size_on_the_meta_device():
    count = parameter_count(build_meta_model(JOSIE_V4O))
    assert count == pytest.approx(2.79e9, rel=0.01)


def test_small_presets_are_small():
    assert parameter_count(build_meta_model(TINY)) < 1_000_000
    assert parameter_count(build_meta_model(NANO)) < 10_000_000


def test_temporal_layers_of_josie_v4o_have_qwen_2_5_s_count():
    """28 layers of q, k, v with biases, o, three feed-forward maps and two norms, and one last norm: 1.3103 B."""
    layers = build_meta_model(JOSIE_V4O).temporal_transformer
    per_layer = (1536 * 1536 + 1536) + 2 * (1536 * 256 + 256) + 1536 * 1536 + 3 * 1536 * 8960 + 2 * 1536
    counted = sum(parameter_count(layer) for layer in layers.layers) + parameter_count(layers.norm)
    assert counted == 28 * per_layer + 1536 == 1_310_340_608


def test_codec_shares_one_quantiser():
    model = build_meta_model(TINY)
    parts = sum(parameter_count(part) for part in model.components().values())
    assert parts - parameter_count(model) == parameter_count(model.audio_encoder.quantizer)


def test_one_seed_is_one_model_and_another_is_not():
    first, again, other = build_model(TINY, seed=1), build_model(TINY, seed=1), build_model(TINY, seed=2)
    assert weights_digest(first) == weights_digest(again) != weights_digest(other)


def test_building_leaves_the_global_generator_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    build_model(TINY)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("sizes", [*PRESETS.values(), *CODECS.values()], ids=[*PRESETS, *CODECS])
def test_state_names_are_unique(sizes):
    for component in build_meta_model(sizes).components().values():
        names = [spec.name for spec in component.signature().state]
        assert len(names) == len(set(names))
