"""`josie-bench look` as a person calls it: what it prints, and what stops it."""

from __future__ import annotations

import json

import pytest
import torch

from josie_bench.model.checkpoint import save_weights
from josie_bench.model.label import Label
from josie_bench.model.pixel_decoder import FILE, PixelDecoder, save_pixel_decoder
from josie_bench.model.presets import TINY
from josie_bench.model.weights import build_model
from tests.cli.calling import called

LABEL = Label(preset="tiny", layout="trained", source="a test", files={})


@pytest.fixture
def trained(tmp_path):
    """Leave weights of an encoder that learnt nothing, and its pixel decoder; return the weights' file."""
    encoder = build_model(TINY).vision_encoder
    own = {f"vision_encoder.{name}": part for name, part in encoder.named_parameters()}
    save_weights(tmp_path / "w.safetensors", own, LABEL)
    torch.manual_seed(0)
    save_pixel_decoder(tmp_path / FILE, PixelDecoder(TINY.vision, encoder.quantizer), encoder, LABEL)
    return tmp_path / "w.safetensors"


@pytest.mark.slow
def test_what_tokens_hold_is_drawn_and_read_beside_what_a_guess_has(trained, tmp_path):
    done = called("look", trained, "--items", 2, "--fitted", 20, "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["corpus"], found["items"]) == ("shapes", 2)
    assert found["scores"]["vision_psnr.mean"]["n"] == 2
    assert {"kid.frames", "rfid.frames"} <= found["scores"].keys()
    assert found["read"].keys() == {"size", "colour", "shape", "direction", "speed"}
    for shares in found["read"].values():
        assert shares["trained"] == shares["seeded"]  # it is the seeded encoder
        assert 0 < shares["commonest"] < 1


def test_without_a_pixel_decoder_nothing_can_be_drawn(trained, tmp_path):
    (tmp_path / FILE).unlink()
    done = called("look", trained, cwd=tmp_path)
    assert done.returncode == 3
    assert "no pixel decoder (pixels.safetensors) lies beside the weights" in done.stderr


def test_weights_without_a_vision_encoder_are_one_line(tmp_path):
    model = build_model(TINY)
    codec = {name: part for name, part in model.named_parameters() if name.startswith("depth")}
    save_weights(tmp_path / "w.safetensors", codec, LABEL)
    done = called("look", tmp_path / "w.safetensors", cwd=tmp_path)
    assert done.returncode == 2
    assert "holds no vision encoder: train one with: josie-bench train train_vision" in done.stderr
    assert done.stderr.count("\n") == 1
