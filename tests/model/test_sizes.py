"""Presets: the arithmetic that everything else relies on."""

from __future__ import annotations

import pytest

from josie_bench.errors import UsageError
from josie_bench.model.sizes import PRESETS, find_preset
from josie_bench.terms.timebase import whole_frames


@pytest.mark.parametrize("sizes", PRESETS.values(), ids=PRESETS)
def test_a_frame_is_50_ms_and_fills_all_the_paper_s_windows(sizes):
    assert sizes.frame_ms == 50.0
    assert [whole_frames(window, sizes.frame_ms) for window in (200, 300, 400)] == [4, 6, 8]


@pytest.mark.parametrize("sizes", PRESETS.values(), ids=PRESETS)
def test_widths_divide_evenly(sizes):
    assert sizes.audio.dim % sizes.audio.heads == 0
    assert (sizes.vision.dim // sizes.vision.heads) % 4 == 0
    assert sizes.temporal.heads % sizes.temporal.kv_heads == 0
    assert sum(sizes.temporal.rope_sections) == sizes.temporal.head_dim // 2
    assert sizes.depth.dim % sizes.depth.heads == 0
    assert len(sizes.depth.weight_sets) == 1 + sizes.audio.codebooks
    assert sizes.vision.layers % sizes.vision.inter_layers == 0
    assert sizes.text.silence_id < sizes.text.vocabulary > sizes.text.pad_id


def test_an_unknown_preset_names_the_near_one():
    with pytest.raises(UsageError, match="did you mean 'nano'"):
        find_preset("nanoo")
