"""Variants of a recipe: which are trained in which order, and what is no variant."""

from __future__ import annotations

import re

import pytest

from josie_bench.errors import SuiteError
from josie_bench.model.presets import TINY, find_codec, switch_off
from josie_bench.training.recipe import load_recipe
from tests.training.small import LANGUAGE, RECIPE

VARIANTS = """seeds: [4, 1]
variants:
  full: {}
  plain: {ablate: [rms_norm, temporal]}
  parallel: {quantizer: parallel}
"""
TEXT = LANGUAGE.lstrip() + VARIANTS
# what is written instead of what, the line, and what is said of it
WRONG = {
    "switch": ("rms_norm,", "rms_nrm,", "unknown switch 'rms_nrm': did you mean 'rms_norm'?"),
    "quantizer": ("quantizer: parallel", "quantizer: paralel", "unknown quantizer 'paralel': did you mean 'parallel'?"),
    "key": (
        "quantizer: parallel",
        "quantiser: parallel",
        "unknown key of a variant 'quantiser': did you mean 'quantizer'?",
    ),
    "twice": (
        "quantizer: parallel",
        "quantizer: residual",
        "variant parallel is the model that full is: leave one out",
    ),
    "both": ("ablate: [rms_norm, temporal]", "ablate: [dual_stream], quantizer: parallel", "leave quantizer out"),
    "seeds": ("[4, 1]", "[4, 4]", "seeds: one is written twice"),
    "negative": ("[4, 1]", "[-1]", "seeds: must be greater than or equal to 0"),
    "name": ("  full: {}", "  ../full: {}", "variants"),
    "alone": (VARIANTS, "seeds: [4]\n", "seeds: of variants, and there are none"),
}


def read(folder, text):
    file = folder / "quick.yaml"
    file.write_text(text)
    return load_recipe(file)


def test_all_variants_of_a_seed_come_before_the_next_seed(tmp_path):
    """Whoever stops early has whole rows to compare."""
    found = read(tmp_path, TEXT).variants
    assert [each.label for each in found] == ["full-4", "plain-4", "parallel-4", "full-1", "plain-1", "parallel-1"]
    assert [each.model.seed for each in found] == [4, 4, 4, 1, 1, 1]


def test_a_variant_has_the_sizes_of_what_it_changes(tmp_path):
    full, plain, parallel = read(tmp_path, TEXT).variants[:3]
    assert full.sizes == TINY
    assert plain.sizes == switch_off(switch_off(TINY, "rms_norm"), "temporal")
    assert full.codec == plain.codec == find_codec("tiny")
    assert parallel.codec.audio.reading == "parallel"


def test_a_recipe_without_variants_is_one_without_a_name(tmp_path):
    (only,) = read(tmp_path, LANGUAGE.lstrip() + "seed: 7\n").variants
    assert (only.label, only.seed, only.sizes) == ("", 7, TINY)
    (codec,) = read(tmp_path, RECIPE.lstrip().replace("tiny", "mimi-24k")).variants
    assert codec.sizes == codec.codec == find_codec("mimi-24k")


def test_without_seeds_each_has_the_recipes(tmp_path):
    found = read(tmp_path, TEXT.replace("seeds: [4, 1]\n", "seed: 7\n")).variants
    assert [each.seed for each in found] == [7, 7, 7]


@pytest.mark.parametrize("fault", WRONG)
def test_what_is_no_variant_is_one_line_with_its_mend(fault, tmp_path):
    old, new, words = WRONG[fault]
    assert TEXT.count(old) == 1
    with pytest.raises(SuiteError, match=re.escape(words)) as refused:
        read(tmp_path, TEXT.replace(old, new))
    assert "\n" not in str(refused.value)
    assert TEXT.replace(old, new).splitlines()[refused.value.line - 1].strip()


def test_a_vision_tokenizer_is_not_trained_in_variants(tmp_path):
    section = "vision:\n  preset: tiny\n  corpora: {shapes: 1}\n  steps: 100\n"
    with pytest.raises(SuiteError, match="vision: is not trained in variants: train it by a recipe of its own"):
        read(tmp_path, TEXT + section)


def test_variants_of_a_codec_alone_are_refused(tmp_path):
    text = RECIPE.lstrip().replace("tiny", "mimi-24k") + "variants:\n  one: {quantizer: parallel}\n"
    with pytest.raises(SuiteError, match="mimi-24k is a codec alone"):
        read(tmp_path, text)
