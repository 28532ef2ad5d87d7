"""What a recipe of training says: a YAML file with a piece a part of the model, read strictly.

The recipe of the weights that are shipped is `suites/train_nano.yaml`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml.comments import CommentedMap

from josie_bench.corpora import corpus_names, find_corpus
from josie_bench.errors import UsageError
from josie_bench.model.presets import find_any
from josie_bench.plugins import unknown_name
from josie_bench.suites.document import Place, complaint, places_of, read_document, refuse_unknown


class Strict(BaseModel):
    """Keys that are all known and of their own type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class CodecKeys(Strict):
    """The piece that trains a codec."""

    preset: str = Field(description="Whose codec.")
    corpora: dict[str, float] = Field(min_length=1, description="Share of the crops that come from each corpus.")
    steps: int = Field(ge=1)
    batch: int = Field(default=16, ge=1, description="Crops in a step.")
    frames: int = Field(default=40, ge=8, description="Codec frames in a crop.")
    lr: float = Field(default=2e-3, gt=0, description="Learning rate after warming up.")
    unquantised: int = Field(default=60, ge=0, description="Steps before the codebooks begin.")


class RecipeKeys(Strict):
    """A recipe."""

    schema_name: Literal["josie-bench/train.v1"] = Field(alias="schema", description="The format's version.")
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", description="Names the folder it is trained in.")
    description: str = Field(default="", description="One paragraph for people.")
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Of first weights, crops and draws.")
    codec: CodecKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A recipe and the text it was read from."""

    keys: RecipeKeys
    text: str
    path: Path


def load_recipe(path: Path) -> Recipe:
    """Return the recipe in a file.

    Raises:
        SuiteError: the file cannot be read, or says something it may not.
    """
    document, text = read_document(path, "recipe")
    refuse_unknown(document, RecipeKeys.model_fields, path, "key", {"schema": "schema_name"})
    places = _places(document, path)
    try:
        keys = RecipeKeys.model_validate(dict(document))
    except ValidationError as error:
        raise complaint(error, places, Place(path=path, line=1)) from error
    _check_codec(keys.codec, places)
    return Recipe(keys=keys, text=text, path=path)


def _places(document: CommentedMap, path: Path) -> dict[str, Place]:
    """Return the place of each key, dotted for nested ones; a key of the codec that is not known is refused."""
    places = places_of(document, path)
    codec = document.get("codec")
    if not isinstance(codec, CommentedMap):
        return places
    refuse_unknown(codec, CodecKeys.model_fields, path, "key of codec")
    places |= {f"codec.{key}": place for key, place in places_of(codec, path).items()}
    return places | {f"codec.corpora.{name}": place for name, place in places_of(codec.get("corpora"), path).items()}


def _check_codec(keys: CodecKeys, places: dict[str, Place]) -> None:
    try:
        find_any(keys.preset)
    except UsageError as error:
        raise places["codec.preset"].error(str(error)) from error
    for name, share in keys.corpora.items():
        _check_corpus(name, share, places[f"codec.corpora.{name}"])
    if keys.unquantised >= keys.steps:
        place = places.get("codec.unquantised", places["codec.steps"])
        raise place.error(
            f"codec.unquantised: of {keys.steps} steps {keys.unquantised} pass before the codebooks begin: "
            "write fewer of these, or more steps"
        )


def _check_corpus(name: str, share: float, place: Place) -> None:
    if name not in corpus_names():
        raise place.error(unknown_name("corpus", name, corpus_names()))
    corpus = find_corpus(name)
    if corpus.ships_weights is None:
        raise place.error(f"corpus {name} is for tests and never trained on: leave it out")
    if corpus.hear is None:
        raise place.error(f"corpus {name} has no sound: leave it out")
    if not 0 < share < math.inf:
        raise place.error(f"corpus {name} has a share of {share:g}: write one above 0")
