"""What a recipe of training says: a YAML file with a section a piece of the model, read strictly.

`train_nano` in `suites/` trains all of `nano`. The weights that are shipped are from an older one, `train_nano_sees`,
`train_nano_answers`, `train_nano_looks` and `train_nano_writes`, one behind the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from ruamel.yaml.comments import CommentedMap

from josie_bench.plugins import find_member
from josie_bench.suites.document import Place, complaint, places_of, read_document, refuse_unknown
from josie_bench.training.sections import Strict
from josie_bench.training.sections.codec import Keys as CodecKeys
from josie_bench.training.sections.language import Keys as LanguageKeys
from josie_bench.training.sections.language import Stage
from josie_bench.training.sections.vision import Keys as VisionKeys
from josie_bench.training.variants import Name, Seed, Variant, VariantKeys, check, variants_of

SECTIONS = ("codec", "vision", "language")  # in the order they are trained


class RecipeKeys(Strict):
    """A recipe."""

    schema_name: Literal["josie-bench/train.v1"] = Field(alias="schema", description="The format's version.")
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", description="Names the folder it is trained in.")
    description: str = Field(default="", description="One paragraph for people.")
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Of first weights, crops and draws.")
    variants: dict[Name, VariantKeys] = Field(default_factory=dict, description="Models to train beside each other.")
    seeds: list[Seed] = Field(default_factory=list, description="Of the language part of each variant.")
    codec: CodecKeys | None = None
    vision: VisionKeys | None = None
    language: LanguageKeys | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A recipe and the text it was read from."""

    keys: RecipeKeys
    text: str
    path: Path

    @property
    def sections(self) -> tuple[str, ...]:
        """Names of the sections that are written, in the order they are trained."""
        return tuple(name for name in SECTIONS if getattr(self.keys, name) is not None)

    @property
    def preset(self) -> str:
        """Whose weights come out."""
        found: str = getattr(self.keys, self.sections[-1]).preset
        return found

    @property
    def variants(self) -> tuple[Variant, ...]:
        """All that is trained, in order."""
        return variants_of(self.keys.variants, self.keys.seeds, self.preset, self.keys.seed)

    @property
    def corpora(self) -> tuple[str, ...]:
        """Names of all corpora that are learnt from."""
        names = [
            corpus
            for name in self.sections
            for corpus in find_member("training.sections", name).corpora(getattr(self.keys, name))
        ]
        return tuple(dict.fromkeys(names))


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
    recipe = Recipe(keys=keys, text=text, path=path)
    if not recipe.sections:
        told = f"trains nothing: add a section, one of {', '.join(SECTIONS)}"
        raise Place(path=path, line=1).error(told)
    for name in recipe.sections:
        find_member("training.sections", name).check(getattr(keys, name), places)
        if (preset := getattr(keys, name).preset) != recipe.preset:
            told = f"{name}.preset: {preset}, where {recipe.sections[-1]} has {recipe.preset}: write one for both"
            raise places[f"{name}.preset"].error(told)
    check(keys.variants, keys.seeds, recipe.preset, places)
    if keys.variants and keys.vision is not None:
        mend = "train it by a recipe of its own, and name its file under language.weights"
        raise places["vision"].error(f"vision: is not trained in variants: {mend}")
    return recipe


def _places(document: CommentedMap, path: Path) -> dict[str, Place]:
    """Return the place of each key, dotted for nested ones; a key of a section that is not known is refused."""
    places = places_of(document, path)
    variants = document.get("variants")
    if isinstance(variants, CommentedMap):
        places |= _nested("variants", variants, path)
        for own in variants.values():
            if isinstance(own, CommentedMap):
                refuse_unknown(own, VariantKeys.model_fields, path, "key of a variant")
    for section in SECTIONS:
        content = document.get(section)
        if isinstance(content, CommentedMap):
            known = find_member("training.sections", section).Keys.model_fields
            refuse_unknown(content, known, path, f"key of {section}")
            places |= _nested(section, content, path)
            stages = content.get("ahead")
            for stage in stages.values() if isinstance(stages, CommentedMap) else ():
                if isinstance(stage, CommentedMap):
                    refuse_unknown(stage, Stage.model_fields, path, "key of a stage")
    return places


def _nested(prefix: str, content: object, path: Path) -> dict[str, Place]:
    found = {f"{prefix}.{key}": place for key, place in places_of(content, path).items()}
    if isinstance(content, CommentedMap):
        for key, part in content.items():
            found |= _nested(f"{prefix}.{key}", part, path)
    return found
