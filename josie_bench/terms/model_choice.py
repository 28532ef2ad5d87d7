"""Which model a case runs: a preset, its weights, and what is switched off or joins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChoice:
    """All that decides a model's numbers.

    Attributes:
        preset: its sizes by name.
        seed: of the weights that no file gives.
        weights: safetensors files in this project's layout; a later one wins.
        ablate: parts switched off, as in the paper's Table 1.
        quantizer: another reading of the audio quantiser than the preset's, or None.
        context: positions that the temporal rings keep, of all kinds that the preset has together; None for its own.
        prune_to: positions that are left of these, the latest; None where nothing is pruned.
        layers: (component, its number of layers) where that is another than the preset's.
        guests: modalities that join from other packages.
    """

    preset: str
    seed: int = 0
    weights: tuple[str, ...] = ()
    ablate: tuple[str, ...] = ()
    quantizer: str | None = None
    context: int | None = None
    prune_to: int | None = None
    layers: tuple[tuple[str, int], ...] = ()
    guests: tuple[str, ...] = ()

    @property
    def is_unchanged(self) -> bool:
        """Whether it has all parameters of its preset, with their meaning."""
        return not self.ablate and self.quantizer is None and not self.layers

    @property
    def whole(self) -> ModelChoice:
        """The same with nothing pruned: what the pruned one is held against."""
        return replace(self, prune_to=None)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ModelChoice:
        """Return the choice whose fields were written as JSON."""
        fields: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in data.items()}
        return cls(**fields | {"layers": tuple((name, count) for name, count in data.get("layers", ()))})
