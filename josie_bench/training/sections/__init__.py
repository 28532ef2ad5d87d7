"""A section of a recipe: what one piece of training may be told. Every other file here is one; none needs torch.

Its file name is its key in a recipe. Every member offers:

- `Keys`: the section's keys.
- `check(keys, places)`: refuses what they may not say together; `places` has each key's place, dotted.
- `corpora(keys) -> tuple[str, ...]`: the names of the corpora that the piece learns from.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

from josie_bench.corpora import corpus_names, find_corpus
from josie_bench.errors import UsageError
from josie_bench.model.presets import find_any
from josie_bench.plugins import unknown_name
from josie_bench.suites.document import Place

SENSES = {"hear": "sound", "frames": "pictures"}  # what a corpus offers, and what it is called


class Strict(BaseModel):
    """Keys that are all known and of their own type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


def check_preset(name: str, place: Place) -> None:
    """Refuse a preset that is not known."""
    try:
        find_any(name)
    except UsageError as error:
        raise place.error(str(error)) from error


def check_corpus(name: str, place: Place) -> None:
    """Refuse a corpus that is not known, or that nothing may be trained on."""
    if name not in corpus_names():
        raise place.error(unknown_name("corpus", name, corpus_names()))
    if find_corpus(name).ships_weights is None:
        raise place.error(f"corpus {name} is for tests and never trained on: leave it out")


def check_shares(corpora: Mapping[str, float], sense: str, section: str, places: Mapping[str, Place]) -> None:
    """Refuse a corpus that nothing may be trained on, that has nothing for a sense, or whose share is none.

    Args:
        corpora: share by name.
        sense: what is learnt from, one of `SENSES`.
        section: that names them.
        places: each key's place, dotted.
    """
    for name, share in corpora.items():
        place = places[f"{section}.corpora.{name}"]
        check_corpus(name, place)
        if getattr(find_corpus(name), sense) is None:
            raise place.error(f"corpus {name} has no {SENSES[sense]}: leave it out")
        if not 0 < share < math.inf:
            raise place.error(f"corpus {name} has a share of {share:g}: write one above 0")


def check_begin(unquantised: int, steps: int, section: str, places: Mapping[str, Place]) -> None:
    """Refuse codebooks that begin after the last step."""
    if unquantised >= steps:
        raise place_of(places, f"{section}.unquantised", f"{section}.steps").error(
            f"{section}.unquantised: of {steps} steps {unquantised} pass before the codebooks begin: "
            "write fewer of these, or more steps"
        )


def place_of(places: Mapping[str, Place], key: str, otherwise: str) -> Place:
    """Return where a key is written, or the place of another key where it is not written."""
    return places.get(key, places[otherwise])
