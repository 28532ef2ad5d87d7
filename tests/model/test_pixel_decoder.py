"""The pixel decoder: pictures in their places, one temporal patch at a time, and files that know their encoder."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from josie_bench.errors import WeightsError
from josie_bench.model.checkpoint import save_weights
from josie_bench.model.label import Label, read_label
from josie_bench.model.pixel_decoder import FILE, PixelDecoder, joined, load_pixel_decoder, save_pixel_decoder
from josie_bench.model.presets import TINY
from josie_bench.model.weights import build_model
from josie_bench.runtime.patches import cut_patches, patch_layout

SIZES = TINY.vision
LABEL = Label(preset="tiny", layout="trained", source="a test", files={"r.yaml": "00"})


@pytest.fixture(scope="module")
def encoder():
    return build_model(TINY).vision_encoder


@pytest.fixture(scope="module")
def decoder(encoder):
    torch.manual_seed(0)
    return PixelDecoder(SIZES, encoder.quantizer).eval().requires_grad_(requires_grad=False)


def codes(*shape, seed=0):
    return torch.randint(SIZES.card, (*shape, SIZES.codebooks), generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (2, 3)])
def test_joined_patches_are_the_frames_they_were_cut_from(rows, columns):
    edge = SIZES.token_pixels
    frames = np.random.default_rng(0).integers(0, 256, (4, rows * edge, columns * edge, 3), dtype=np.uint8)
    patches = cut_patches(list(frames), SIZES, patch_layout(rows, columns, SIZES.merge, SIZES.cells))
    found = joined(torch.from_numpy(patches), SIZES, rows, columns)
    assert found.shape == (1, 4, rows * edge, columns * edge, 3)
    assert np.allclose((found[0].numpy() + 1) * 127.5, frames, atol=1e-3)


def test_frames_have_the_size_of_their_tokens_and_lie_in_range(decoder):
    found = decoder.decode(codes(2, 3, 6), 2, 3)
    assert found.shape == (2, 6, 2 * SIZES.token_pixels, 3 * SIZES.token_pixels, 3)
    assert found.abs().max() <= 1


def test_what_is_drawn_hangs_on_the_codes_of_its_own_temporal_patch_alone(decoder):
    one, other = codes(1, 3, 4), codes(1, 3, 4)
    other[:, 1] = (other[:, 1] + 1) % SIZES.card
    drawn, beside = decoder.decode(one, 2, 2), decoder.decode(other, 2, 2)
    assert torch.equal(drawn[:, [0, 1, 4, 5]], beside[:, [0, 1, 4, 5]])
    assert not torch.allclose(drawn[:, 2:4], beside[:, 2:4])


def test_where_a_token_stands_matters(decoder):
    turned = codes(1, 1, 4)[:, :, [1, 0, 2, 3]]
    drawn, beside = (decoder.decode(each, 2, 2) for each in (codes(1, 1, 4), turned))
    assert not torch.allclose(drawn[..., : SIZES.token_pixels, :], beside[..., SIZES.token_pixels :, :])


def test_a_file_gives_the_same_pictures_and_names_its_encoder(encoder, decoder, tmp_path):
    save_pixel_decoder(tmp_path / FILE, decoder, encoder, LABEL)
    before = torch.get_rng_state()
    found = load_pixel_decoder(tmp_path / FILE, encoder)
    assert torch.equal(torch.get_rng_state(), before)
    drawn, again = (each.decode(codes(1, 1, 4), 2, 2) for each in (decoder, found))
    assert (drawn - again).abs().max() < 0.01  # of a range of 2: the file is in half precision
    assert torch.equal(found.quantizer.codebooks, encoder.quantizer.codebooks)
    assert not any(parameter.requires_grad for parameter in found.parameters())


def test_a_file_of_another_encoder_is_refused(encoder, decoder, tmp_path):
    save_pixel_decoder(tmp_path / FILE, decoder, encoder, LABEL)
    with pytest.raises(WeightsError, match="trained with a vision encoder of other weights: name the pixels"):
        load_pixel_decoder(tmp_path / FILE, build_model(TINY, seed=1).vision_encoder)


def test_what_is_no_pixel_decoder_is_refused(encoder, decoder, tmp_path):
    tensors = {f"vision_encoder.{name}": parameter for name, parameter in encoder.named_parameters()}
    save_weights(tmp_path / "weights.safetensors", tensors, LABEL)
    with pytest.raises(WeightsError, match="holds no pixel decoder: name the pixels"):
        load_pixel_decoder(tmp_path / "weights.safetensors", encoder)


def test_half_a_pixel_decoder_is_refused(encoder, decoder, tmp_path):
    save_pixel_decoder(tmp_path / FILE, decoder, encoder, LABEL)
    half = {"norm.weight": decoder.norm.weight}
    save_weights(tmp_path / "half.safetensors", half, replace(read_label(tmp_path / FILE), source="half"))
    with pytest.raises(WeightsError, match="not a whole pixel decoder: train it again"):
        load_pixel_decoder(tmp_path / "half.safetensors", encoder)
