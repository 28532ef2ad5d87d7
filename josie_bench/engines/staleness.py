"""Whether an engine can still be found: its recipe held against the code, libraries and media of today."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from typing import Any

from josie_bench.engines.calibration import is_of_today
from josie_bench.engines.code_digest import code_digest
from josie_bench.engines.manifest import MANIFEST_VERSION, Manifest, Recipe, machine_name, tool_versions
from josie_bench.plugins import find_member, member_names

CALIBRATION = "calibration"


def staleness(manifest: Manifest) -> str | None:
    """Return why no recipe of today leads to the engine, or None where one may.

    An engine for another target is held against the code and the calibration set alone: the machine it is for may have
    other libraries.
    """
    recipe = manifest.recipe
    if manifest.version != MANIFEST_VERSION:
        return f"manifest of version {manifest.version}"
    if recipe.made_of.get("code") != code_digest():
        return "built by other code"
    if recipe.component == CALIBRATION and not is_of_today(recipe.made_of):
        return "recorded from other windows or media, or by other code"
    if CALIBRATION in recipe.made_of and not _is_of_todays_set(recipe.made_of[CALIBRATION]):
        return "of another calibration set"
    if recipe.target not in ("any", machine_name(), _gpu_here(recipe.backend)):
        return None
    return _other_tools(recipe)


def _is_of_todays_set(made_of: Any) -> bool:
    """Return whether what a manifest says of a calibration set is what one is made of today."""
    return isinstance(made_of, dict) and is_of_today(made_of)


def _gpu_here(backend: str) -> str | None:
    """Return the GPU that a backend's engines are run on here; None where it compiles for none, or is not here."""
    if backend not in member_names("backends"):
        return None
    member = find_member("backends", backend)
    here: str | None = member.target_here() if member.TARGETS else None
    return here


def _other_tools(recipe: Recipe) -> str | None:
    if recipe.backend != "graph" and recipe.backend not in member_names("backends"):
        return f"no backend {recipe.backend} here"
    try:
        today = tool_versions(recipe.backend, recipe.precision, recipe.target)
    except PackageNotFoundError as error:
        return f"{error.name} is not installed"
    before = recipe.made_of.get("tools", {})
    changed = [name for name in sorted({*today, *before}) if today.get(name) != before.get(name)]
    return f"other version of {', '.join(changed)}" if changed else None
