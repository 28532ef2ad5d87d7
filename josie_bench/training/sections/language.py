"""`language`: what the temporal and depth transformer say and write to what they hear, over a codec that stays."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from josie_bench.errors import UsageError
from josie_bench.model.presets import find_preset
from josie_bench.plugins import find_member, member_names, unknown_name
from josie_bench.suites.document import Place
from josie_bench.training.sections import Strict, check_corpus

LESSONS = "training.lessons"


class Stage(Strict):
    """Steps with the same lessons."""

    lessons: dict[str, float] = Field(min_length=1, description="Share of the crops that come from each lesson.")
    steps: int = Field(ge=1)
    frames: int = Field(default=160, ge=16, description="Codec frames in a crop; half as many where something is seen.")
    hidden: float = Field(
        default=0.4, ge=0, le=1, description="Share of the crops in which the model's own voice is kept from it."
    )
    misled: float = Field(
        default=0.0, ge=0, le=1, description="Share of those in which another's voice stands where its own was."
    )
    noisy: float = Field(default=0.0, ge=0, le=1, description="Share of the crops in which all is heard in noise.")


class Keys(Stage):
    """The piece that trains the language part; its steps are all of them, those `ahead` too."""

    preset: str = Field(description="Whose temporal and depth transformer.")
    ahead: dict[str, Stage] = Field(
        default_factory=dict, description="By a name for people, what comes first, one behind the other."
    )
    weights: list[str] = Field(
        default_factory=list, description="Files of what was trained before; what the recipe trains itself needs none."
    )
    anew: Literal["sight", "language"] | None = Field(
        default=None,
        description="What of the files begins anew: the language part, or what codes of what is seen mean to it.",
    )
    batch: int = Field(default=12, ge=4, description="Crops in a step.")
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
    _check_lessons(keys.lessons, "language", places)
    if keys.anew is not None and not keys.weights:
        raise places["language.anew"].error("language.anew: all begins anew where no weights are named: leave it out")
    for title, stage in keys.ahead.items():
        _check_lessons(stage.lessons, f"language.ahead.{title}", places)
        for name in stage.lessons.keys() - keys.lessons.keys():
            place = places[f"language.ahead.{title}.lessons.{name}"]
            raise place.error(f"lesson {name} comes ahead and is none of lessons: add it there")
    if sum(stage.steps for stage in keys.ahead.values()) > keys.steps:
        raise places["language.ahead"].error(f"ahead takes more than all {keys.steps} steps: lower it, or raise steps")


def _check_lessons(lessons: Mapping[str, float], section: str, places: Mapping[str, Place]) -> None:
    for name, share in lessons.items():
        place = places[f"{section}.lessons.{name}"]
        if name not in member_names(LESSONS):
            raise place.error(unknown_name("lesson", name, member_names(LESSONS)))
        check_corpus(find_member(LESSONS, name).CORPUS, place)
        if not 0 < share < math.inf:
            raise place.error(f"lesson {name} has a share of {share:g}: write one above 0")
