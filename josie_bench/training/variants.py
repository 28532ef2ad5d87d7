"""Variants of a recipe: the model with parts switched off, each trained from several seeds. No torch here.

What a recipe without variants trains is one variant without a name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from josie_bench.errors import UsageError
from josie_bench.model.presets import SWITCHES, find_any, find_codec, find_sizes
from josie_bench.model.sizes import CodecSizes, ModelSizes
from josie_bench.plugins import unknown_name
from josie_bench.suites.document import Place
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.training.sections import Strict

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]*$")]
Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]


class VariantKeys(Strict):
    """What a variant changes."""

    ablate: list[str] = Field(default_factory=list, description="Parts switched off, as a case of a suite writes it.")
    quantizer: str | None = Field(default=None, description="Another reading of the audio quantiser.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One model to train.

    Attributes:
        name: as the recipe calls it; empty where it has no variants.
        seed: of the language part's first weights, crops and draws.
        model: what is switched off.
    """

    name: str
    seed: int
    model: ModelChoice

    @property
    def label(self) -> str:
        """What its files are called by; empty where there is no other."""
        return f"{self.name}-{self.seed}" if self.name else ""

    @property
    def sizes(self) -> ModelSizes | CodecSizes:
        """Those of the whole model, or of a codec alone."""
        return find_any(self.model.preset) if self.model.is_unchanged else find_sizes(self.model)

    @property
    def codec(self) -> CodecSizes:
        """Those of its codec alone."""
        plain, sizes = find_codec(self.model.preset), self.sizes
        return CodecSizes(name=plain.name, summary=plain.summary, audio=sizes.audio)


def variants_of(keys: Mapping[str, VariantKeys], seeds: Sequence[int], preset: str, seed: int) -> tuple[Variant, ...]:
    """Return all that a recipe trains: every variant of the first seed, then those of the next.

    So whoever stops early has whole rows to compare, of fewer seeds.

    Args:
        keys: of each variant, by name.
        seeds: of each.
        preset: whose sizes are changed.
        seed: of a recipe that has no variants.
    """
    if not keys:
        return (Variant(name="", seed=seed, model=ModelChoice(preset=preset, seed=seed)),)
    return tuple(
        Variant(
            name=name,
            seed=each,
            model=ModelChoice(preset=preset, seed=each, ablate=tuple(own.ablate), quantizer=own.quantizer),
        )
        for each in seeds or [seed]
        for name, own in keys.items()
    )


def check(keys: Mapping[str, VariantKeys], seeds: Sequence[int], preset: str, places: Mapping[str, Place]) -> None:
    """Refuse variants that are no models, and seeds that train nothing of their own.

    Raises:
        SuiteError: a switch is not known, two variants are one, or seeds are written twice or without variants.
    """
    if seeds and not keys:
        raise places["seeds"].error("seeds: of variants, and there are none: write seed, or add variants")
    if len(set(seeds)) < len(seeds):
        raise places["seeds"].error("seeds: one is written twice: write each once")
    known: dict[object, str] = {}
    for name, own in keys.items():
        place = places[f"variants.{name}"]
        unknown = next((switch for switch in own.ablate if switch not in SWITCHES), None)
        if unknown is not None:
            raise place.error(unknown_name("switch", unknown, SWITCHES))
        try:
            sizes = find_sizes(ModelChoice(preset=preset, ablate=tuple(own.ablate), quantizer=own.quantizer))
        except UsageError as error:
            raise place.error(str(error)) from error
        if sizes in known:
            raise place.error(f"variant {name} is the model that {known[sizes]} is: leave one out")
        known[sizes] = name
