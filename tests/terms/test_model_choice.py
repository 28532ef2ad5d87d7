"""A model's choice: hashable, so that what was built for one can be found again."""

from __future__ import annotations

import json
from dataclasses import asdict

from josie_bench.terms.model_choice import ModelChoice


def test_equal_choices_are_one():
    assert (
        len({ModelChoice(preset="nano"), ModelChoice(preset="nano", seed=0), ModelChoice(preset="nano", seed=1)}) == 2
    )


def test_a_choice_survives_the_way_through_json():
    choice = ModelChoice(preset="nano", ablate=("m_rope",), context=99, layers=(("depth_transformer", 4),))
    assert ModelChoice.from_json(json.loads(json.dumps(asdict(choice)))) == choice


def test_the_whole_of_a_pruned_model_is_the_same_model_unpruned():
    choice = ModelChoice(preset="nano", context=99, prune_to=50)
    assert choice.whole == ModelChoice(preset="nano", context=99)
