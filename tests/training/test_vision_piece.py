"""A recipe with a section `vision` to its end: what lies there then, and that a cut changes nothing."""

from __future__ import annotations

import hashlib
from functools import partial

import pytest
import torch

from josie_bench.errors import SuiteError
from josie_bench.model.checkpoint import load_weights
from josie_bench.model.label import read_label
from josie_bench.model.pixel_decoder import FILE, load_pixel_decoder
from josie_bench.model.presets import TINY
from josie_bench.model.weights import build_model, weights_digest
from josie_bench.training import loop, run
from josie_bench.training.recipe import load_recipe
from josie_bench.training.run import train_recipe

TEXT = """\
schema: josie-bench/train.v1
name: seen
vision:
  preset: tiny
  corpora: {shapes: 1}
  steps: 4
  batch: 1
  patches: 2
  unquantised: 2
"""
# what is written instead of what: its line, and what is said of it
WRONG = {
    "key": ("  steps: 4", "  stps: 4", 6, "unknown key of vision 'stps': did you mean 'steps'?"),
    "corpus": ("shapes: 1", "shaps: 1", 5, "unknown corpus 'shaps': did you mean 'shapes'?"),
    "blind": ("shapes: 1", "prompts: 1", 5, "corpus prompts has no pictures: leave it out"),
    "share": ("shapes: 1", "shapes: 0", 5, "shapes has a share of 0: write one above 0"),
    "codec": ("tiny", "mimi-24k", 4, "mimi-24k"),
    "unquantised": ("unquantised: 2", "unquantised: 4", 9, "vision.unquantised: of 4 steps 4 pass before"),
}


def train(tmp_path, text=TEXT, place="out"):
    """Train a recipe and return its folder and the lines of its curve."""
    (tmp_path / "seen.yaml").write_text(text)
    lines = list(train_recipe(load_recipe(tmp_path / "seen.yaml"), tmp_path / place, tmp_path, lambda _: None))
    return tmp_path / place, lines


def sha256(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_recipe_leaves_an_encoder_and_the_pixel_decoder_that_belongs_to_it(tmp_path):
    folder, (line,) = train(tmp_path)
    assert (line.section, line.steps, line.progress.step) == ("vision", 4, 4)
    assert set(line.progress.losses) == {"pixel", "square", "gradient", "commitment", "label"}
    assert set(line.progress.held_out) == {"psnr_db"}
    assert sorted(path.name for path in folder.iterdir()) == [FILE, "vision", "weights.safetensors"]
    model, seeded = build_model(TINY, seed=0), build_model(TINY, seed=0)
    assert load_weights(model, folder / "weights.safetensors") == {"vision_encoder"}
    assert weights_digest(model.vision_encoder) != weights_digest(seeded.vision_encoder)
    assert weights_digest(model.temporal_transformer) == weights_digest(seeded.temporal_transformer)
    decoder = load_pixel_decoder(folder / FILE, model.vision_encoder)
    drawn = decoder.decode(torch.zeros(1, 1, 4, 2, dtype=torch.int64), 2, 2)
    assert drawn.shape == (1, 2, 32, 32, 3)
    label = read_label(folder / FILE)
    assert label.source == "josie-bench train seen.yaml"
    assert label.files["seen.yaml"] == sha256(tmp_path / "seen.yaml")


def test_an_encoder_that_was_cut_is_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "SAVE_EVERY_S", -1.0)
    monkeypatch.setattr(run, "train", partial(loop.train, every=1))
    (tmp_path / "seen.yaml").write_text(TEXT)
    for lines in (1, 2):  # before the codebooks have begun, and after
        going = train_recipe(load_recipe(tmp_path / "seen.yaml"), tmp_path / "cut", tmp_path, lambda _: None)
        assert len([line for _, line in zip(range(lines), going, strict=False)]) == lines
        going.close()
    cut, _ = train(tmp_path, place="cut")
    whole, _ = train(tmp_path, place="whole")
    for name in ("weights.safetensors", FILE):
        assert sha256(cut / name) == sha256(whole / name), name


def test_another_seed_gives_another_encoder(tmp_path):
    one, _ = train(tmp_path)
    other, _ = train(tmp_path, TEXT + "seed: 1\n", "other")
    assert sha256(one / "weights.safetensors") != sha256(other / "weights.safetensors")


@pytest.mark.parametrize("fault", WRONG)
def test_a_fault_is_one_line_with_its_place(fault, tmp_path):
    old, new, line, words = WRONG[fault]
    (tmp_path / "seen.yaml").write_text(TEXT.replace(old, new))
    with pytest.raises(SuiteError) as caught:
        load_recipe(tmp_path / "seen.yaml")
    assert caught.value.line == line, caught.value
    assert words in caught.value.what


def test_sections_of_two_presets_are_refused(tmp_path):
    codec = "codec: {preset: nano, corpora: {synthetic_speech: 1}, steps: 100}\n"
    (tmp_path / "seen.yaml").write_text(TEXT + codec)
    with pytest.raises(SuiteError, match="preset"):
        load_recipe(tmp_path / "seen.yaml")
