"""`language`: what the temporal and depth transformer say and write to what they hear, over a codec that stays."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from josie_bench.errors import UsageError
from josie_bench.model.presets import find_preset
from josie_bench.plugins import find_member, member_names, unknown_name
from josie_bench.suites.document import Place
from josie_bench.training.sections import Strict, check_corpus

LESSONS = "training.lessons"


class Keys(Strict):
    """The piece that trains the language part."""

    preset: str = Field(description="Whose temporal and depth transformer.")
    lessons: dict[str, float] = Field(min_length=1, description="Share of the crops that come from each lesson.")
    steps: int = Field(ge=1)
    ahead: dict[str, Annotated[int, Field(ge=1)]] = Field(
        default_factory=dict, description="Lessons that come alone before all are mixed, and for how many of the steps."
    )
    weights: list[str] = Field(
        default_factory=list, description="Files of what was trained before; what the recipe trains itself needs none."
    )
    sees_anew: bool = Field(
        default=False,
        description="Let what it knows of the codes of what is seen begin anew, where it learnt little of them.",
    )
    batch: int = Field(default=12, ge=4, description="Crops in a step.")
    frames: int = Field(default=160, ge=16, description="Codec frames in a crop; half as many where something is seen.")
    lr: float = Field(default=2e-3, gt=0, description="Learning rate after warming up.")


def corpora(keys: Keys) -> tuple[str, ...]:
    """Return the names of the corpora that are learnt from."""
    return tuple(dict.fromkeys(find_member(LESSONS, name).CORPUS for name in keys.lessons))


def check(keys: Keys, places: Mapping[str, Place]) -> None:
    """Refuse what the keys may not say together.

    Raises:
        SuiteError: the preset holds no conversation, or a lesson is not known or has no share.
    """
    try:
        find_preset(keys.preset)
    except UsageError as error:
        raise places["language.preset"].error(str(error)) from error
    for name, share in keys.lessons.items():
        place = places[f"language.lessons.{name}"]
        if name not in member_names(LESSONS):
            raise place.error(unknown_name("lesson", name, member_names(LESSONS)))
        check_corpus(find_member(LESSONS, name).CORPUS, place)
        if not 0 < share < math.inf:
            raise place.error(f"lesson {name} has a share of {share:g}: write one above 0")
    for name in keys.ahead.keys() - keys.lessons.keys():
        raise places[f"language.ahead.{name}"].error(f"lesson {name} comes ahead and is none of lessons: add it there")
    if sum(keys.ahead.values()) > keys.steps:
        raise places["language.ahead"].error(f"ahead takes more than all {keys.steps} steps: lower it, or raise steps")
