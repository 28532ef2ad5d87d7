"""Sizes: what follows from them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from josie_bench.model.presets import MIMI_24K, NANO, NANO_SEANET, TINY
from josie_bench.model.sizes import COMPONENTS, CodecSizes, GuestSizes


def test_streams_are_text_own_and_heard_codes():
    assert TINY.streams == 1 + 4 + 4


def test_a_guest_s_component_comes_last():
    guest = GuestSizes(name="thermal", codebooks=2, card=16, ring=8)
    assert replace(NANO, guests=(guest,)).components == (*COMPONENTS, "thermal_encoder")


@pytest.mark.parametrize(
    ("modalities", "encoders"),
    [
        (("text",), ()),
        (("audio", "text"), ("audio_encoder",)),
        (("vision", "thermal"), ("vision_encoder", "thermal_encoder")),
    ],
)
def test_what_reads_an_absent_modality_is_not_called(modalities, encoders):
    guests = tuple(GuestSizes(name=name, codebooks=2, card=16, ring=8) for name in modalities if name == "thermal")
    found = replace(NANO, guests=guests).components_for(modalities)
    assert set(found) == {*encoders, "temporal_transformer", "depth_transformer", "audio_decoder"}


def test_a_codec_has_two_components():
    assert CodecSizes(name="c", summary="", audio=TINY.audio).components == ("audio_encoder", "audio_decoder")


def test_pixels_of_a_token_and_numbers_of_a_patch():
    assert NANO.vision.token_pixels == 16
    assert NANO.vision.patch_dim == 3 * 2 * 8 * 8


def test_a_decoder_reads_its_own_layers_and_dilations_where_it_has_any():
    audio = NANO.audio
    assert (audio.layers, audio.dilations) == (1, (1, 2))
    assert (audio.of_decoder.layers, audio.of_decoder.dilations) == (2, (1, 2, 4, 1))
    assert audio.of_decoder.of_decoder == audio.of_decoder
    assert TINY.audio.of_decoder == TINY.audio
    assert replace(TINY.audio, decoder_layers=0).of_decoder.layers == 0


def test_spectra_come_a_hundred_times_a_second_and_a_head_of_them_is_30_ms_late():
    audio = NANO.audio
    assert (audio.hop_samples, audio.hops, audio.frame_samples) == (160, 5, 800)
    assert (audio.delay_samples, audio.delay_ms) == (480, 30.0)
    assert [sizes.audio.delay_samples for sizes in (TINY, NANO_SEANET, MIMI_24K)] == [0, 0, 0]
