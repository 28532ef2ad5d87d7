"""The pixel decoder in the role of a judge: found beside the weights, or told why there is none."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from josie_bench.bench import pixels
from josie_bench.bench.quality import cannot_judge, open_judges
from josie_bench.errors import WeightsError
from josie_bench.evaluators import inception, inception_64
from josie_bench.model.checkpoint import save_weights
from josie_bench.model.label import Label
from josie_bench.model.pixel_decoder import FILE, PixelDecoder, save_pixel_decoder
from josie_bench.model.presets import TINY
from josie_bench.model.weights import build_model
from josie_bench.terms.judged import JudgedChoice
from josie_bench.terms.model_choice import ModelChoice

LABEL = Label(preset="tiny", layout="trained", source="a test", files={})
LOOK = JudgedChoice(tasks=("look",))


def trained(folder, *, seed=1, pixels_of=None):
    """Leave a vision encoder's weights and a pixel decoder as a training does; return the model's choice."""
    folder.mkdir(exist_ok=True)
    encoder = build_model(TINY, seed=seed).vision_encoder
    own = {f"vision_encoder.{name}": part for name, part in encoder.named_parameters()}
    save_weights(folder / "weights.safetensors", own, LABEL)
    torch.manual_seed(0)
    drawn = encoder if pixels_of is None else build_model(TINY, seed=pixels_of).vision_encoder
    save_pixel_decoder(folder / FILE, PixelDecoder(TINY.vision, drawn.quantizer), drawn, LABEL)
    return ModelChoice(preset="tiny", weights=(str(folder / "weights.safetensors"),))


def test_it_is_found_beside_the_weights_and_named_by_its_digest(tmp_path):
    choice = trained(tmp_path)
    assert pixels.no_pixels(choice) is None
    use = pixels.use_of_pixels(choice)
    assert use.reason is None
    (tmp_path / FILE).write_bytes((tmp_path / FILE).read_bytes() + b" ")
    assert pixels.use_of_pixels(choice).identity != use.identity


def test_of_several_files_the_last_that_has_one_counts(tmp_path):
    first, second = trained(tmp_path / "a"), trained(tmp_path / "b")
    both = ModelChoice(preset="tiny", weights=(*first.weights, *second.weights))
    assert pixels.pixel_file(both) == tmp_path / "b" / FILE
    (tmp_path / "b" / FILE).unlink()
    assert pixels.pixel_file(both) == tmp_path / "a" / FILE


def test_it_draws_grey_levels(tmp_path):
    draw = pixels.open_pixels(trained(tmp_path))
    frames = draw(np.zeros((1, 2, 4, TINY.vision.codebooks), dtype=np.int64), 2, 2)
    assert (frames.shape, frames.dtype) == ((4, 32, 32, 3), np.uint8)


def test_seeded_weights_have_none(tmp_path):
    assert "belongs to seeded weights: josie-bench train train_vision" in pixels.no_pixels(ModelChoice(preset="tiny"))
    choice = trained(tmp_path)
    (tmp_path / FILE).unlink()
    assert "lies beside the weights" in pixels.use_of_pixels(choice).reason


def test_one_of_other_weights_is_refused(tmp_path):
    with pytest.raises(WeightsError, match="trained with a vision encoder of other weights"):
        pixels.open_pixels(trained(tmp_path, pixels_of=2))


def test_it_is_asked_as_any_judge(tmp_path, monkeypatch):
    for extractor in (inception, inception_64):
        monkeypatch.setattr(extractor, "unavailable", lambda: "torch_fidelity is not installed")
    choice = trained(tmp_path)
    assert cannot_judge(LOOK, choice) is None
    judges = open_judges(LOOK, choice)
    assert [(use.role, use.reason) for use in judges.uses] == [
        ("pixel_decoder", None),
        ("inception", "torch_fidelity is not installed"),
        ("inception_64", "torch_fidelity is not installed"),
    ]
    assert judges.opened.keys() == {"pixel_decoder"}


def test_without_it_other_judges_have_nothing_to_look_at(monkeypatch):
    monkeypatch.setattr(inception, "unavailable", lambda: None)
    assert "no pixel decoder" in cannot_judge(LOOK, ModelChoice(preset="tiny"))
