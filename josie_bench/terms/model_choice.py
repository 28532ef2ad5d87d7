"""Which model a case runs: a preset, its weights, and what is switched off or joins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
        guests: modalities that join from other packages.
    """

    preset: str
    seed: int = 0
    weights: tuple[str, ...] = ()
    ablate: tuple[str, ...] = ()
    quantizer: str | None = None
    guests: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ModelChoice:
        """Return the choice whose fields were written as JSON."""
        fields: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in data.items()}
        return cls(**fields)
