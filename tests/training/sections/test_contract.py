"""Every section of a recipe: its keys and the corpora it names; a new one is tested by existing."""

from __future__ import annotations

import pytest

from josie_bench.corpora import find_corpus
from josie_bench.plugins import find_member, member_names
from josie_bench.training.recipe import SECTIONS
from josie_bench.training.sections import Strict

WRITTEN = {
    "codec": {"preset": "tiny", "corpora": {"flite_speech": 1.0, "prompts": 0.5}, "steps": 100},
    "vision": {"preset": "tiny", "corpora": {"shapes": 1.0}, "steps": 100},
    "language": {"preset": "tiny", "lessons": {"converse": 1.0, "transcribe": 0.5}, "steps": 100},
}
CORPORA = {"codec": ("flite_speech", "prompts"), "vision": ("shapes",), "language": ("talks", "synthetic_speech")}


def test_the_family_is_found_by_its_files_and_trained_in_order():
    assert set(SECTIONS) == set(member_names("training.sections")) == set(WRITTEN)


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_has_strict_keys_with_a_preset_and_steps(name):
    keys = find_member("training.sections", name).Keys
    assert issubclass(keys, Strict)
    assert {"preset", "steps", "lr"} <= keys.model_fields.keys()
    read = keys.model_validate(WRITTEN[name])
    assert (read.preset, read.steps, read.lr) == ("tiny", 100, 2e-3)


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_names_its_corpora(name):
    member = find_member("training.sections", name)
    found = member.corpora(member.Keys.model_validate(WRITTEN[name]))
    assert found == CORPORA[name]
    assert all(find_corpus(corpus).ships_weights for corpus in found)
