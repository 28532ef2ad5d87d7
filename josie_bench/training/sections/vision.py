"""`vision`: frames in, the same frames out behind their tokens."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from josie_bench.errors import UsageError
from josie_bench.model.presets import find_preset
from josie_bench.suites.document import Place
from josie_bench.training.sections import Strict, check_begin, check_shares


class Keys(Strict):
    """The piece that trains a vision tokenizer."""

    preset: str = Field(description="Whose vision encoder.")
    corpora: dict[str, float] = Field(min_length=1, description="Share of the clips that come from each corpus.")
    steps: int = Field(ge=1)
    batch: int = Field(default=4, ge=1, description="Crops in a step.")
    patches: int = Field(default=8, ge=1, description="Temporal patches in a crop, two frames each.")
    lr: float = Field(default=2e-3, gt=0, description="Learning rate after warming up.")
    unquantised: int = Field(default=60, ge=0, description="Steps before the codebooks begin.")


def corpora(keys: Keys) -> tuple[str, ...]:
    """Return the names of the corpora that are learnt from."""
    return tuple(keys.corpora)


def check(keys: Keys, places: Mapping[str, Place]) -> None:
    """Refuse what the keys may not say together.

    Raises:
        SuiteError: the preset sees nothing, a corpus cannot be used, a share is none, or no step is left for the
            codebooks.
    """
    try:
        find_preset(keys.preset)
    except UsageError as error:
        raise places["vision.preset"].error(str(error)) from error
    check_shares(keys.corpora, "frames", "vision", places)
    check_begin(keys.unquantised, keys.steps, "vision", places)
