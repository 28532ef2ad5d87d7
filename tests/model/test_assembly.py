"""A model as a case chooses it: files lie over seeds, and what does not fit is said."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from josie_bench.errors import UsageError, WeightsError
from josie_bench.model.assembly import make_model, require_weights
from josie_bench.model.checkpoint import save_weights
from josie_bench.model.label import Label
from josie_bench.model.presets import find_codec
from josie_bench.model.weights import build_model, weights_digest
from josie_bench.terms.model_choice import ModelChoice


def weights_file(folder, name, tensors, preset="tiny"):
    save_weights(folder / name, tensors, Label(preset=preset, layout="none", source="made by hand", files={}))
    return str(folder / name)


def test_a_choice_without_files_is_the_seeded_model():
    one, again, other = (make_model(ModelChoice(preset="tiny", seed=seed)) for seed in (1, 1, 2))
    assert weights_digest(one) == weights_digest(again) != weights_digest(other)


def test_files_lie_over_seeds_and_a_later_one_wins(tmp_path):
    name = "depth_transformer.norm.weight"
    first = weights_file(tmp_path, "a.safetensors", {name: torch.full((48,), 2.0)})
    second = weights_file(tmp_path, "b.safetensors", {name: torch.full((48,), 3.0, dtype=torch.bfloat16)})
    model = make_model(ModelChoice(preset="tiny", weights=(first, second)))
    assert model.depth_transformer.norm.weight.tolist() == [3.0] * 48
    seeded = make_model(ModelChoice(preset="tiny"))
    assert torch.equal(model.depth_transformer.text.weight, seeded.depth_transformer.text.weight)


def test_a_codec_that_was_trained_alone_lies_over_the_seeds_of_a_model_that_converses(tmp_path):
    """What a recipe of `nano` leaves: encoder and decoder, whose quantiser is one."""
    trained = build_model(find_codec("nano"), seed=5)
    tensors = {name: part.detach().contiguous() for name, part in trained.named_parameters()}
    file = weights_file(tmp_path, "codec.safetensors", tensors, preset="nano")
    choice = ModelChoice(preset="nano", weights=(file,))
    require_weights(choice)
    model, seeded = make_model(choice), make_model(replace(choice, weights=()))
    for name, component in model.components().items():
        source = trained.component(name) if name in ("audio_encoder", "audio_decoder") else seeded.component(name)
        assert weights_digest(component) == weights_digest(source), name
    assert weights_digest(model.audio_decoder) != weights_digest(seeded.audio_decoder)


def test_a_file_of_another_preset_is_refused(tmp_path):
    file = weights_file(tmp_path, "a.safetensors", {"x": torch.zeros(1)}, preset="nano")
    with pytest.raises(WeightsError, match="of preset nano, not"):
        make_model(ModelChoice(preset="tiny", weights=(file,)))


def test_files_are_held_against_the_model_that_is_chosen(tmp_path):
    layer = "temporal_transformer.layers.0.attention_norm.weight"
    first = weights_file(tmp_path, "a.safetensors", {"depth_transformer.norm.weight": torch.zeros(48)})
    second = weights_file(tmp_path, "b.safetensors", {layer: torch.zeros(64)})
    choice = ModelChoice(preset="tiny", weights=(first, second))
    require_weights(choice)
    with pytest.raises(WeightsError, match=r"b\.safetensors: .*ablate, quantizer or layers changes the model"):
        require_weights(replace(choice, ablate=("temporal",)))


def test_an_unknown_preset_is_refused():
    with pytest.raises(UsageError, match="unknown preset"):
        make_model(ModelChoice(preset="huge"))
