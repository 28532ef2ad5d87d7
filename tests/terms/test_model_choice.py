"""A model's choice: hashable, so that what was built for one can be found again."""

from __future__ import annotations

from josie_bench.terms.model_choice import ModelChoice


def test_equal_choices_are_one():
    assert (
        len({ModelChoice(preset="nano"), ModelChoice(preset="nano", seed=0), ModelChoice(preset="nano", seed=1)}) == 2
    )
