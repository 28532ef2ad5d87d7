"""A recipe with a section `vision` to its end: what lies there then, and that a cut changes nothing."""

from __future__ import annotations

import hashlib
from functools import partial

import torch

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
