"""The codec's halves in their parts, as a training calls them, and their settings."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from josie_bench.model.presets import CODECS, NANO, NANO_SEANET, TINY
from josie_bench.model.weights import build_meta_model, build_model

PARTED = {"tiny": TINY, "nano": NANO}
FRAMES = 5


@pytest.fixture(scope="module", params=PARTED.values(), ids=PARTED)
def sizes(request):
    return request.param


@pytest.fixture(scope="module")
def codec(sizes):
    return build_model(sizes, seed=3)


@pytest.fixture
def sound(sizes):
    draw = torch.Generator().manual_seed(0)
    return torch.randn(2, FRAMES * sizes.audio.frame_samples, generator=draw) * 0.1


def test_a_step_of_the_encoder_is_its_latents_quantised(codec, sizes, sound):
    encoder = codec.audio_encoder
    latent = encoder.latent(sound, encoder.fresh_carry(2))
    assert latent.shape == (2, FRAMES, sizes.audio.dim)
    assert torch.equal(encoder(sound, *encoder.zero_state(2))[0], encoder.quantizer.encode(latent))


def test_a_step_of_the_decoder_is_the_sound_of_what_the_quantiser_returns(codec, sizes):
    decoder, audio = codec.audio_decoder, sizes.audio
    codes = torch.randint(0, audio.card, (2, audio.codebooks, FRAMES), generator=torch.Generator().manual_seed(1))
    sound = decoder.sound(decoder.quantizer.decode(codes), decoder.fresh_carry(2))
    assert sound.shape == (2, FRAMES * audio.frame_samples)
    assert torch.equal(decoder(codes, *decoder.zero_state(2))[0], sound)


def test_sound_is_made_of_features_and_both_go_on_from_one_carry(codec, sizes):
    decoder = codec.audio_decoder
    latent = torch.randn(2, FRAMES, sizes.audio.dim, generator=torch.Generator().manual_seed(2))
    carry, whole = decoder.fresh_carry(2), decoder.fresh_carry(2)
    sound = decoder.head.sound(decoder.features(latent, carry), carry)[:, 0]
    assert torch.equal(sound, decoder.sound(latent, whole))
    assert carry.new.keys() == whole.new.keys() == {spec.name for spec in decoder.signature().state}


def test_features_of_an_istft_head_come_a_hundred_times_a_second():
    decoder = build_meta_model(NANO).audio_decoder
    features = decoder.features(torch.zeros(3, 20, 192, device="meta"), decoder.fresh_carry(3))
    assert features.shape == (3, 192, 100)


def test_gradients_reach_every_parameter_but_the_quantiser_s(codec, sizes, sound):
    half = {name: codec.component(name).requires_grad_() for name in ("audio_encoder", "audio_decoder")}
    try:
        latent = half["audio_encoder"].latent(sound, half["audio_encoder"].fresh_carry(2))
        half["audio_decoder"].sound(latent, half["audio_decoder"].fresh_carry(2)).square().mean().backward()
        for component in half.values():
            named = [item for item in component.named_parameters() if not item[0].startswith("quantizer")]
            assert all(parameter.grad is not None and parameter.grad.isfinite().all() for _, parameter in named)
    finally:
        codec.requires_grad_(requires_grad=False).zero_grad()


def test_either_setting_alone_makes_a_codec_of_the_same_frames():
    for front_end, head in (("mel", "transposed"), ("seanet", "istft"), ("seanet", "transposed")):
        audio = replace(NANO.audio, front_end=front_end, head=head, filters=8, compress=2)
        codec = build_meta_model(replace(NANO, audio=audio))
        encoder, decoder = codec.audio_encoder, codec.audio_decoder
        codes = encoder(torch.zeros(1, 1600, device="meta"), *encoder.zero_state())[0]
        assert decoder(codes, *decoder.zero_state())[0].shape == (1, 1600)


def test_between_equal_rates_there_is_no_convolution():
    codec, other = build_meta_model(NANO), build_meta_model(TINY)
    assert codec.audio_encoder.downsample is codec.audio_decoder.upsample is None
    assert other.audio_encoder.downsample is not None and other.audio_decoder.upsample is not None


def test_fixed_bases_are_in_no_checkpoint():
    codec = build_meta_model(NANO)
    assert {name.split(".")[-1] for name in codec.state_dict()} == {"weight", "bias", "codebooks"}


@pytest.mark.parametrize("sizes", [TINY, NANO, NANO_SEANET, *CODECS.values()], ids=lambda sizes: sizes.name)
def test_seeded_sound_is_heard_and_stays_within_its_range(sizes):
    audio, decoder = sizes.audio, build_model(sizes).audio_decoder
    codes = torch.randint(0, audio.card, (1, audio.codebooks, 20), generator=torch.Generator().manual_seed(0))
    sound = decoder(codes, *decoder.zero_state())[0]
    assert 1e-5 < sound.std() < sound.abs().max() < 1.0


@pytest.mark.parametrize("name", PARTED)
def test_a_latent_changes_no_sound_before_its_own_frame(name):
    decoder, audio = build_model(PARTED[name], seed=3).audio_decoder, PARTED[name].audio
    latent = torch.randn(1, 4, audio.dim, generator=torch.Generator().manual_seed(2))
    changed = latent.clone()
    changed[:, 2] += 1.0
    differs = (decoder.sound(latent, decoder.fresh_carry()) != decoder.sound(changed, decoder.fresh_carry()))[0]
    assert not differs[: 2 * audio.frame_samples].any()
    assert differs[2 * audio.frame_samples : 3 * audio.frame_samples].any()
