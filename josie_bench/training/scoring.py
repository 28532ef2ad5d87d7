"""The suite that scores a recipe's variants: it lies beside their weights, and is run as any other."""

from __future__ import annotations

from io import StringIO
from typing import Any

from ruamel.yaml import YAML

from josie_bench.model.sizes import CodecSizes
from josie_bench.plugins import find_member, member_names
from josie_bench.training.recipe import Recipe
from josie_bench.training.variants import Variant

SUITE = "suite.yaml"
SENSES = {"audio_encoder": "audio", "vision_encoder": "vision"}


def scoring_suite(recipe: Recipe) -> str:
    """Return a suite with a case for every variant and seed, on the same items: what they were taught, as a task.

    Codecs that differ have a case each, for what is heard behind their codes.
    """
    lessons = () if recipe.keys.language is None else tuple(recipe.keys.language.lessons)
    tasks = [name for name in lessons if name in member_names("tasks")]
    codec = [_case(variant, "codec", ["codec"]) for variant in _codecs(recipe)]
    words = [_case(variant, "words", tasks) for variant in recipe.variants] if tasks else []
    document = {
        "schema": "josie-bench/suite.v1",
        "name": recipe.keys.name,
        "description": f"What {recipe.path.name} trained, on held-out items; written by josie-bench train.",
        "defaults": {"preset": recipe.preset, "scenario": "quality", "backend": "eager"},
        "cases": [*words, *codec],
    }
    text = StringIO()
    writer = YAML()
    writer.width = 120
    writer.dump(document, text)
    return text.getvalue()


def _codecs(recipe: Recipe) -> tuple[Variant, ...]:
    """Return the first variant with each codec, where the recipe trains several."""
    firsts: dict[CodecSizes, Variant] = {}
    for variant in recipe.variants:
        firsts.setdefault(variant.codec, variant)
    return tuple(firsts.values()) if recipe.keys.codec is not None and len(firsts) > 1 else ()


def _case(variant: Variant, kind: str, tasks: list[str]) -> dict[str, Any]:
    changes = {"ablate": list(variant.model.ablate), "quantizer": variant.model.quantizer}
    return {
        "name": f"{kind}-{variant.label}",
        "tasks": tasks,
        "modalities": _modalities(tasks),
        "weights": [f"{variant.label}/weights.safetensors"],
        "seed": variant.seed,
        **{name: value for name, value in changes.items() if value},
    }


def _modalities(tasks: list[str]) -> list[str]:
    """Return what the tasks hear and see."""
    called = {name for task in tasks for name in find_member("tasks", task).COMPONENTS}
    return [modality for component, modality in SENSES.items() if component in called]
