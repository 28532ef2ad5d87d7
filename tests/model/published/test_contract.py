"""Every layout: its rules name our parameters once, cover what it says it fills, and take a checkpoint as published."""

from __future__ import annotations

import re

import pytest
import torch
from safetensors.torch import save_file

from josie_bench.model.checkpoint import import_published
from josie_bench.model.presets import CODECS, PRESETS
from josie_bench.model.published import codebooks, interleaved_to_half
from josie_bench.model.weights import build_meta_model
from josie_bench.plugins import find_member, member_names

NAMES = member_names("model.published")
KNOWN = PRESETS | CODECS
FITS = [(name, preset) for name in NAMES for preset in find_member("model.published", name).PRESETS]


def layout(name):
    return find_member("model.published", name)


def test_the_layouts_are_found():
    assert NAMES == ("mimi", "mimi_moshi", "qwen2", "qwen2_vision")


@pytest.mark.parametrize("name", NAMES)
def test_a_layout_offers_what_the_family_asks_for(name):
    member = layout(name)
    assert member.SUMMARY and "\n" not in member.SUMMARY
    assert member.PRESETS and set(member.PRESETS) <= KNOWN.keys()
    assert member.COMPONENTS
    assert re.compile(member.IGNORED).fullmatch(member.MARK) is None
    for pattern, replacement in member.RESPELT:
        assert re.sub(pattern, replacement, member.MARK) == member.MARK


@pytest.mark.parametrize(("name", "preset"), FITS)
def test_every_rule_makes_a_parameter_of_the_model_and_none_is_made_twice(name, preset):
    parameters = dict(build_meta_model(KNOWN[preset]).named_parameters())
    made = [rule.ours for rule in layout(name).rules(KNOWN[preset])]
    assert len(made) == len(set(made))
    assert set(made) <= parameters.keys()
    assert {ours.partition(".")[0] for ours in made} == set(layout(name).COMPONENTS)


@pytest.mark.parametrize(("name", "preset"), [pair for pair in FITS if pair[1] in CODECS])
def test_a_codec_s_layout_leaves_nothing_seeded(name, preset):
    parameters = dict(build_meta_model(KNOWN[preset]).named_parameters())
    assert {rule.ours for rule in layout(name).rules(KNOWN[preset])} == parameters.keys()


@pytest.mark.parametrize(("name", "preset"), FITS)
def test_the_mark_is_taken_and_nothing_taken_is_ignored_but_unread_levels(name, preset):
    wanted = {key for rule in layout(name).rules(KNOWN[preset]) for key in rule.theirs}
    assert layout(name).MARK in wanted
    ignored = {key for key in wanted if re.fullmatch(layout(name).IGNORED, key)}
    assert all("codebook" in key for key in ignored)


def test_no_two_layouts_each_ignore_the_other():
    def ignores(one, other):
        return re.fullmatch(layout(one).IGNORED, layout(other).MARK) is not None

    assert [(a, b) for a in NAMES for b in NAMES if ignores(a, b)] == [("qwen2_vision", "qwen2")]


@pytest.mark.parametrize("name", NAMES)
def test_a_checkpoint_as_it_is_published_comes_in(name, states, tmp_path):
    file = tmp_path / "model.safetensors"
    save_file(states.state(name), file)
    imported = import_published([file], states.SIZES[name])
    assert imported.layout == name
    shapes = {ours: part.shape for ours, part in build_meta_model(states.SIZES[name]).named_parameters()}
    assert imported.tensors
    assert all(tensor.shape == shapes[ours] for ours, tensor in imported.tensors.items())


@pytest.mark.parametrize("name", NAMES)
def test_making_changes_no_published_tensor(name, states):
    given = states.state(name)
    before = {key: tensor.clone() for key, tensor in given.items()}
    for rule in layout(name).rules(states.SIZES[name]):
        rule.make(*(given[key] for key in rule.theirs))
    assert all(torch.equal(given[key], before[key]) for key in given)


def test_each_head_s_pairs_are_taken_apart():
    """Two heads of four rows: 0 1 2 3 are the pairs (0, 1) and (2, 3), so the first of each come first: 0 2 1 3."""
    rows = torch.arange(8.0)[:, None]
    assert interleaved_to_half(rows, 2)[:, 0].tolist() == [0, 2, 1, 3, 4, 6, 5, 7]


def test_a_codebook_is_the_sum_by_usage_which_has_a_floor():
    sums, usage = torch.tensor([[6.0, 2.0], [4.0, 8.0]]), torch.tensor([2.0, 0.0])
    made = codebooks(0.5)(sums, usage, 10 * sums, usage)
    assert made.tolist() == [[[3, 1], [8, 16]], [[30, 10], [80, 160]]]


def test_a_codebook_of_narrow_numbers_is_divided_in_float32():
    sums, usage = torch.tensor([[1.0]], dtype=torch.bfloat16), torch.tensor([3.0], dtype=torch.bfloat16)
    assert codebooks(1e-5)(sums, usage).item() == pytest.approx(1 / 3, abs=1e-7)


def test_mimi_s_layers_are_numbered_as_kyutai_numbers_them():
    """Four stages of one unit, an activation and a convolution behind the first: 3, 6, 9, 12 and the last at 14."""
    strides = {rule.ours: rule.theirs for rule in layout("mimi").rules(KNOWN["mimi-24k"])}
    assert strides["audio_encoder.seanet.downs.3.conv.weight"] == ("encoder.layers.12.conv.weight",)
    assert strides["audio_encoder.seanet.last.conv.bias"] == ("encoder.layers.14.conv.bias",)
    assert strides["audio_decoder.seanet.ups.0.conv.weight"] == ("decoder.layers.2.conv.weight",)
    assert strides["audio_decoder.seanet.units.3.0.pointwise.conv.weight"] == ("decoder.layers.12.block.3.conv.weight",)
    assert strides["audio_decoder.seanet.last.conv.weight"] == ("decoder.layers.14.conv.weight",)
    stored = strides["audio_encoder.quantizer.acoustic.codebooks"]
    assert len(stored) == 14
    assert stored[-1] == "quantizer.acoustic_residual_vector_quantizer.layers.6.codebook.cluster_usage"
