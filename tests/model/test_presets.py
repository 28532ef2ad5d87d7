"""Presets: the arithmetic that everything else relies on, and the variants a case can ask for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.errors import UsageError
from josie_bench.model.presets import (
    CODECS,
    NANO,
    NANO_SEANET,
    PRESETS,
    SWITCHES,
    find_any,
    find_codec,
    find_preset,
    find_sizes,
    switch_off,
    switched_off,
    with_context,
)
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.timebase import whole_frames


@pytest.mark.parametrize("sizes", PRESETS.values(), ids=PRESETS)
def test_a_frame_is_50_ms_and_fills_all_the_paper_s_windows(sizes):
    assert sizes.frame_ms == 50.0
    assert [whole_frames(window, sizes.frame_ms) for window in (200, 300, 400)] == [4, 6, 8]


@pytest.mark.parametrize("sizes", PRESETS.values(), ids=PRESETS)
def test_widths_divide_evenly(sizes):
    assert (sizes.vision.dim // sizes.vision.heads) % 4 == 0
    assert sizes.temporal.heads % sizes.temporal.kv_heads == 0
    assert sum(sizes.temporal.rope_sections) == sizes.temporal.head_dim // 2
    assert len(sizes.depth.weight_sets) == 1 + sizes.audio.codebooks
    assert sizes.vision.layers % sizes.vision.inter_layers == 0
    text = sizes.text
    assert text.first_special <= min(text.silence_id, text.pad_id, text.end_id)
    assert max(text.silence_id, text.pad_id, text.end_id) < text.vocabulary


@pytest.mark.parametrize("sizes", [*PRESETS.values(), *CODECS.values()], ids=lambda sizes: sizes.name)
def test_heads_of_the_codec_divide_its_width(sizes):
    assert sizes.audio.dim % sizes.audio.heads == 0


def test_mimi_s_frame_is_80_ms_of_24_khz():
    audio = CODECS["mimi-24k"].audio
    assert audio.frame_samples == 1920 == 0.08 * audio.sample_rate_hz


def test_an_unknown_preset_names_the_near_one():
    with pytest.raises(UsageError, match="did you mean 'nano'"):
        find_preset("nanoo")


def test_a_codec_is_no_model():
    with pytest.raises(UsageError, match="mimi-24k is a codec alone"):
        find_preset("mimi-24k")


def test_where_a_codec_will_do_it_is_found_too():
    assert find_any("mimi-24k") is CODECS["mimi-24k"]
    assert find_any("nano") is NANO
    with pytest.raises(UsageError, match="did you mean 'mimi-24k'"):
        find_any("mimi24k")


def test_a_codec_alone_is_that_of_its_preset():
    assert find_codec("nano").audio == NANO.audio
    assert find_codec("nano").components == ("audio_encoder", "audio_decoder")
    assert find_codec("mimi-24k") == CODECS["mimi-24k"]


def test_nano_with_the_paper_s_codec_is_nano_otherwise():
    assert NANO_SEANET.audio != NANO.audio
    assert replace(NANO_SEANET, name=NANO.name, summary=NANO.summary, audio=NANO.audio) == NANO


@pytest.mark.parametrize("switch", SWITCHES)
def test_a_switch_changes_one_part_of_the_sizes(switch):
    off = find_sizes(ModelChoice(preset="nano", ablate=(switch,)))
    changed = {
        part for part in ("audio", "vision", "temporal", "depth", "text") if getattr(off, part) != getattr(NANO, part)
    }
    owners = {"m_rope": {"vision", "temporal"}, "dual_stream": {"audio"}, "temporal": {"temporal"}}
    assert changed == owners.get(switch, {"temporal"})


def test_the_quantiser_s_reading_is_chosen_alone():
    assert find_sizes(ModelChoice(preset="nano", quantizer="parallel")) == replace(
        NANO, audio=replace(NANO.audio, reading="parallel")
    )


@pytest.mark.parametrize(("context", "kept"), [(768, (512, 256)), (96, (64, 32)), (3, (2, 1)), (2, (1, 1))])
def test_a_context_is_shared_between_the_kinds_as_the_preset_s_is(context, kept):
    temporal = find_sizes(ModelChoice(preset="nano", context=context)).temporal
    assert (temporal.frame_ring, temporal.vision_ring) == kept


@given(preset=st.sampled_from([*PRESETS]), context=st.integers(2, 10**6))
def test_every_context_holds_so_many_positions_and_one_of_each_kind(preset, context):
    temporal = with_context(PRESETS[preset], context).temporal
    assert temporal.frame_ring + temporal.vision_ring == context
    assert min(temporal.frame_ring, temporal.vision_ring) >= 1


def test_a_preset_with_its_own_context_is_itself():
    assert with_context(PRESETS["josie-v4o"], 4096) == PRESETS["josie-v4o"]


def test_what_is_pruned_is_left_of_the_context():
    """Pruned to 60 of 120 is a context of 60; the whole of it is that of 120."""
    pruned = ModelChoice(preset="nano", context=120, prune_to=60)
    assert find_sizes(pruned) == find_sizes(ModelChoice(preset="nano", context=60))
    assert find_sizes(pruned.whole) == find_sizes(ModelChoice(preset="nano", context=120))


@pytest.mark.parametrize(("component", "part"), [("temporal_transformer", "temporal"), ("depth_transformer", "depth")])
def test_another_number_of_layers_changes_nothing_else(component, part):
    sizes = find_sizes(ModelChoice(preset="nano", layers=((component, 9),)))
    assert sizes == replace(NANO, **{part: replace(getattr(NANO, part), layers=9)})


@pytest.mark.parametrize(
    ("choice", "complaint"),
    [
        ({"ablate": ("mrope",)}, "unknown switch 'mrope': did you mean 'm_rope'"),
        ({"quantizer": "serial"}, "unknown quantizer 'serial'"),
        ({"quantizer": "parallel", "ablate": ("dual_stream",)}, "leave quantizer out"),
        ({"guests": ("thermal",)}, "unknown component 'thermal_encoder'"),
        ({"layers": (("audio_encoder", 3),)}, "unknown component with layers 'audio_encoder'"),
        ({"prune_to": 768}, "prune_to 768: the context holds 768 positions: prune to fewer"),
    ],
)
def test_what_is_not_known_is_said(choice, complaint):
    with pytest.raises(UsageError, match=complaint):
        find_sizes(ModelChoice(preset="nano", **choice))


@pytest.mark.parametrize("switch", SWITCHES)
def test_what_is_switched_off_is_known_from_the_sizes(switch):
    assert switched_off(NANO) == ()
    assert switched_off(switch_off(NANO, switch)) == (switch,)
    assert set(switched_off(switch_off(switch_off(NANO, switch), "m_rope"))) == {switch, "m_rope"}


def test_switching_off_twice_is_switching_off_once():
    assert switch_off(switch_off(NANO, "temporal"), "temporal") == switch_off(NANO, "temporal")
