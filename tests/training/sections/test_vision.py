"""The section `vision` of a recipe: what is wrong with one is a line that names file, line and mend."""

from __future__ import annotations

import pytest

from josie_bench.errors import SuiteError
from josie_bench.training.recipe import load_recipe
from tests.training.test_vision_piece import TEXT

# what is written instead of what: its line, and what is said of it
WRONG = {
    "key": ("  steps: 4", "  stps: 4", 6, "unknown key of vision 'stps': did you mean 'steps'?"),
    "corpus": ("shapes: 1", "shaps: 1", 5, "unknown corpus 'shaps': did you mean 'shapes'?"),
    "blind": ("shapes: 1", "prompts: 1", 5, "corpus prompts has no pictures: leave it out"),
    "share": ("shapes: 1", "shapes: 0", 5, "shapes has a share of 0: write one above 0"),
    "codec": ("tiny", "mimi-24k", 4, "mimi-24k"),
    "unquantised": ("unquantised: 2", "unquantised: 4", 9, "vision.unquantised: of 4 steps 4 pass before"),
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_fault_is_one_line_with_its_place(fault, tmp_path):
    old, new, line, words = WRONG[fault]
    (tmp_path / "seen.yaml").write_text(TEXT.replace(old, new))
    with pytest.raises(SuiteError) as caught:
        load_recipe(tmp_path / "seen.yaml")
    assert caught.value.line == line, caught.value
    assert words in caught.value.what


def test_sections_of_two_presets_are_refused(tmp_path):
    codec = "codec: {preset: nano, corpora: {synthetic_speech: 1}, steps: 100}\n"
    (tmp_path / "seen.yaml").write_text(TEXT + codec)
    with pytest.raises(SuiteError, match="preset"):
        load_recipe(tmp_path / "seen.yaml")


def test_what_is_not_written_has_its_default(tmp_path):
    (tmp_path / "seen.yaml").write_text(TEXT.partition("  batch")[0].replace("steps: 4", "steps: 400"))
    read = load_recipe(tmp_path / "seen.yaml")
    keys = read.keys.vision
    assert (keys.batch, keys.patches, keys.lr, keys.unquantised) == (4, 8, 2e-3, 60)
    assert (read.sections, read.preset, read.corpora) == (("vision",), "tiny", ("shapes",))
