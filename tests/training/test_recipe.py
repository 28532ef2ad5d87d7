"""Recipes: what is wrong with one is a line that names file, line and mend."""

from __future__ import annotations

import re

import pytest

from josie_bench.errors import SuiteError
from josie_bench.suites.document import SCHEMAS, is_recipe
from josie_bench.suites.load import bundled_recipes, bundled_suites, find_recipe
from josie_bench.training.recipe import RecipeKeys, load_recipe
from tests.training.small import LANGUAGE, RECIPE

TEXT = RECIPE.lstrip()
# what is written instead of what: its line, and what is said of it
WRONG = {
    "key": ("name: quick", "name: quick\nsede: 1", 3, "unknown key 'sede': did you mean 'seed'?"),
    "codec_key": ("  steps: 2", "  stps: 2", 6, "unknown key of codec 'stps': did you mean 'steps'?"),
    "corpus": ("flite_speech: 1", "flite_spech: 1", 5, "unknown corpus 'flite_spech': did you mean 'flite_speech'?"),
    "test_only": ("{flite_speech: 1}", "\n    prompts_en: 1", 6, "corpus prompts_en is for tests and never trained on"),
    "soundless": ("flite_speech: 1", "shapes: 1", 5, "corpus shapes has no sound: leave it out"),
    "share": ("flite_speech: 1", "flite_speech: 0", 5, "flite_speech has a share of 0: write one above 0"),
    "endless_share": ("flite_speech: 1", "flite_speech: .inf", 5, "finite number"),
    "no_corpora": ("{flite_speech: 1}", "{}", 5, "codec.corpora: .*is empty: write at least one"),
    "corpora_list": ("{flite_speech: 1}", "[flite_speech]", 5, "codec.corpora: must be a valid dictionary"),
    "preset": ("tiny", "tinny", 4, "unknown preset 'tinny': did you mean 'tiny'?"),
    "steps": ("steps: 2", "steps: 0", 6, "codec.steps: must be greater than or equal to 1"),
    "half_a_step": ("steps: 2", "steps: 2.5", 6, "codec.steps: 2.5 is no whole number"),
    "rate": ("batch: 2", "lr: 0", 7, "codec.lr: must be greater than 0"),
    "no_rate": ("batch: 2", "lr: .nan", 7, "codec.lr: "),
    "short": ("frames: 8", "frames: 7", 8, "codec.frames: must be greater than or equal to 8"),
    "unquantised": ("unquantised: 1", "unquantised: 2", 9, "2 pass before the codebooks begin: write fewer of these"),
    "default": ("\n  unquantised: 1", "", 6, "of 2 steps 60 pass before the codebooks begin"),
    "name": ("name: quick", "name: ../quick", 2, "name: "),
    "seed": ("name: quick", "name: quick\nseed: -1", 3, "seed: must be greater than or equal to 0"),
    "suite": ("train.v1", "suite.v1", 1, "is a suite, no recipe: use it with: josie-bench run"),
    "schema": ("train.v1", "train.v2", 1, "schema: must be 'josie-bench/train.v1'"),
}


def ahead(*keys):
    """Return a recipe's steps, from line 7 on, and what comes ahead of them."""
    return "\n".join(("steps: 8", "  ahead:", "    first:", *(f"      {key}" for key in keys)))


# the same of a recipe with the language part
WRONG_LANGUAGE = {
    "key": ("  batch: 4", "  bach: 4", 8, "unknown key of language 'bach': did you mean 'batch'?"),
    "lesson": ("transcribe: 1", "transcibe: 1", 6, "unknown lesson 'transcibe': did you mean 'transcribe'?"),
    "share": ("transcribe: 1", "transcribe: 0", 6, "lesson transcribe has a share of 0: write one above 0"),
    "ahead": ("steps: 8", ahead("lessons: {answer: 1}", "steps: 2"), 10, "lesson answer comes ahead and is none of"),
    "all_ahead": (
        "steps: 8",
        ahead("lessons: {converse: 1}", "steps: 9"),
        8,
        "ahead takes more than all 8 steps: lower",
    ),
    "ahead_share": ("steps: 8", ahead("lessons: {converse: 0}", "steps: 2"), 10, "lesson converse has a share of 0"),
    "ahead_steps": ("steps: 8", ahead("lessons: {converse: 1}", "steps: 0"), 11, "first.steps: must be greater than"),
    "ahead_key": (
        "steps: 8",
        ahead("lessons: {converse: 1}", "stps: 1"),
        11,
        "unknown key of a stage 'stps': did you mean 'steps'?",
    ),
    "ahead_missing": ("steps: 8", ahead("lessons: {converse: 1}"), 9, "language.ahead.first.steps: is missing"),
    "ahead_list": ("steps: 8", "steps: 8\n  ahead: [converse]", 8, "language.ahead: must be a valid dictionary"),
    "ahead_number": ("steps: 8", "steps: 8\n  ahead: {1: {steps: 2}}", 8, "1 is no text: quote it"),
    "anew": ("weights: [codec.safetensors]", "anew: sight", 5, "all begins anew where no weights are named"),
    "hidden": ("steps: 8", "steps: 8\n  hidden: 2", 8, "language.hidden: must be less than or equal to 1"),
    "codec_alone": ("tiny", "mimi-24k", 4, "mimi-24k is a codec alone and holds no conversation"),
    "preset": ("tiny", "tinny", 4, "unknown preset 'tinny': did you mean 'tiny'?"),
    "weights": ("[codec.safetensors]", "codec.safetensors", 5, "language.weights: must be a valid list"),
    "short": ("frames: 16", "frames: 15", 9, "language.frames: must be greater than or equal to 16"),
}


def written(folder, text):
    file = folder / "r.yaml"
    file.write_text(text)
    return file


def refused(file):
    with pytest.raises(SuiteError) as caught:
        load_recipe(file)
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("fault", WRONG)
def test_a_fault_is_one_line_with_its_place_and_mend(fault, tmp_path):
    old, new, line, words = WRONG[fault]
    assert TEXT.count(old) == 1
    told = refused(written(tmp_path, TEXT.replace(old, new)))
    assert told.line == line, told
    assert re.search(words.replace("?", r"\?"), told.what), told


@pytest.mark.parametrize("fault", WRONG_LANGUAGE)
def test_a_fault_of_the_language_part_is_one_too(fault, tmp_path):
    old, new, line, words = WRONG_LANGUAGE[fault]
    text = LANGUAGE.lstrip()
    assert text.count(old) == 1
    told = refused(written(tmp_path, text.replace(old, new)))
    assert told.line == line, told
    assert re.search(words.replace("?", r"\?"), told.what), told


def test_pieces_of_two_presets_are_refused(tmp_path):
    both = TEXT + LANGUAGE[LANGUAGE.index("language:") :].replace("tiny", "nano")
    told = refused(written(tmp_path, both))
    assert told.line == 4
    assert "codec.preset: tiny, where language has nano: write one for both" in told.what


def test_a_recipe_knows_its_sections_preset_and_corpora(tmp_path):
    read = load_recipe(written(tmp_path, TEXT + LANGUAGE[LANGUAGE.index("language:") :]))
    assert read.sections == ("codec", "language")
    assert read.preset == "tiny"
    assert read.corpora == ("flite_speech", "synthetic_speech", "talks")


def test_a_recipe_without_a_piece_is_refused(tmp_path):
    told = str(refused(written(tmp_path, TEXT.partition("codec:")[0])))
    assert told.endswith("r.yaml:1: trains nothing: add a section, one of codec, vision, language")
    assert "is no mapping" in refused(written(tmp_path, TEXT.partition("codec:")[0] + "codec: 5\n")).what


def test_what_is_no_recipe_at_all_is_one_line(tmp_path):
    assert "not a recipe: begin with schema: josie-bench/train.v1" in str(refused(written(tmp_path, "- 1\n")))
    assert "give a recipe's name or path" in str(refused(tmp_path / "none.yaml"))


def test_what_is_not_written_has_its_default(tmp_path):
    file = written(tmp_path, TEXT.replace("  batch: 2\n", "").replace("steps: 2", "steps: 200"))
    read = load_recipe(file)
    assert (read.keys.seed, read.keys.codec.batch, read.keys.codec.lr) == (0, 16, 2e-3)
    assert dict(read.keys.codec.corpora) == {"flite_speech": 1.0}
    assert read.text == file.read_text()
    assert read.path == file


def test_the_recipes_that_come_along_can_be_read_and_are_no_suites():
    assert [path.stem for path in bundled_recipes()] == [
        "ablation",
        "ablation_sight",
        "train_codec_istft",
        "train_codec_seanet",
        "train_nano",
        "train_nano_answers",
        "train_nano_looks",
        "train_nano_sees",
        "train_nano_writes",
        "train_vision",
    ]
    assert not set(bundled_recipes()) & set(bundled_suites())
    for path in bundled_recipes():
        assert load_recipe(find_recipe(path.stem)).keys.name == path.stem
        assert is_recipe(path)


def test_the_schema_is_named_alike_where_kinds_are_told_apart():
    assert RecipeKeys.model_fields["schema_name"].annotation.__args__ == (SCHEMAS["recipe"],)
