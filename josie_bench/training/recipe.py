"""What a recipe of training says: a YAML file with a piece a part of the model, read strictly.

The recipe of the weights that are shipped is `suites/train_nano.yaml`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from josie_bench.corpora import corpus_names, find_corpus
from josie_bench.errors import UsageError
from josie_bench.model.presets import find_any
from josie_bench.plugins import unknown_name
from josie_bench.suites.document import Place, complaint, places_of, read_document, refuse_unknown

SCHEMA = "josie-bench/train.v1"


class CodecKeys(BaseModel):
    """The piece that trains a codec."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    preset: str = Field(description="Whose codec.")
    corpora: dict[str, float] = Field(min_length=1, description="Share of the crops that come from each corpus.")
    steps: int = Field(ge=1)
    batch: int = Field(default=16, ge=1, description="Crops in a step.")
    frames: int = Field(default=40, ge=8, description="Codec frames in a crop.")
    lr: float = Field(default=2e-3, gt=0, description="Learning rate after warming up.")
    unquantised: int = Field(default=60, ge=0, description="Steps before the codebooks begin.")


class RecipeKeys(BaseModel):
    """A recipe."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    schema_name: Literal["josie-bench/train.v1"] = Field(alias="schema")
    name: str
    description: str = ""
    seed: int = 0
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
    document, text = read_document(path)
    refuse_unknown(document, RecipeKeys.model_fields, path, "key", {"schema": "schema_name"})
    places = places_of(document, path)
    places |= {f"codec.{key}": place for key, place in places_of(document.get("codec"), path).items()}
    try:
        keys = RecipeKeys.model_validate(dict(document))
    except ValidationError as error:
        raise complaint(error, places, Place(path=path, line=1)) from error
    preset = places["codec.preset"]
    try:
        find_any(keys.codec.preset)
    except UsageError as error:
        raise preset.error(str(error)) from error
    for name, share in keys.codec.corpora.items():
        _check_corpus(name, share, places["codec.corpora"])
    return Recipe(keys=keys, text=text, path=path)


def is_recipe(path: Path) -> bool:
    """Return whether a file says of itself that it is a recipe; what cannot be read is none."""
    try:
        return SCHEMA in path.read_text(encoding="utf-8").partition("\nname:")[0]
    except (OSError, UnicodeDecodeError):
        return False


def _check_corpus(name: str, share: float, place: Place) -> None:
    if name not in corpus_names():
        raise place.error(unknown_name("corpus", name, corpus_names()))
    if find_corpus(name).ships_weights is None:
        raise place.error(f"corpus {name} is for tests and never trained on: leave it out")
    if share <= 0:
        raise place.error(f"corpus {name} has a share of {share:g}: write one above 0")
