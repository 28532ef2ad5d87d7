"""`codec`: sound in, the same sound out behind its codes."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from josie_bench.suites.document import Place
from josie_bench.training.sections import Strict, check_begin, check_preset, check_shares


class Keys(Strict):
    """The piece that trains a codec."""

    preset: str = Field(description="Whose codec.")
    corpora: dict[str, float] = Field(min_length=1, description="Share of the crops that come from each corpus.")
    steps: int = Field(ge=1)
    batch: int = Field(default=16, ge=1, description="Crops in a step.")
    frames: int = Field(default=40, ge=8, description="Codec frames in a crop.")
    lr: float = Field(default=2e-3, gt=0, description="Learning rate after warming up.")
    unquantised: int = Field(default=60, ge=0, description="Steps before the codebooks begin.")


def corpora(keys: Keys) -> tuple[str, ...]:
    """Return the names of the corpora that are learnt from."""
    return tuple(keys.corpora)


def check(keys: Keys, places: Mapping[str, Place]) -> None:
    """Refuse what the keys may not say together.

    Raises:
        SuiteError: the preset or a corpus cannot be used, a share is none, or no step is left for the codebooks.
    """
    check_preset(keys.preset, places["codec.preset"])
    check_shares(keys.corpora, "hear", "codec", places)
    check_begin(keys.unquantised, keys.steps, "codec", places)
