"""Dropout: what of a conversation's modalities does not arrive, or arrives late.

Whether a window loses them hangs on its index and the seed alone, so that it can be asked of any window at any time.
At random they are lost in bursts by Gilbert's law (1960): stretches of windows that arrive and of such that do not
follow each other, both of geometric length.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

STREAM = 3  # of the case's seed
FEWEST_STRETCHES = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropout:
    """How some modalities fail to arrive, together.

    Attributes:
        of: their names.
        present, absent: for so many windows they arrive and for so many they do not, in turn; with `absent` None they
            never return, and with `present` None they never go.
        lost: share of all windows in which they are lost at random, 0..1.
        burst: how many windows they are lost in a row on average, 1 or more.
        late_ms: how much later than they happened they arrive; what is not there yet is missing.
    """

    of: tuple[str, ...]
    present: int | None = None
    absent: int | None = None
    lost: float = 0.0
    burst: float = 1.0
    late_ms: float = 0.0

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Dropout:
        """Return the dropout whose fields were written as JSON."""
        return cls(**{**data, "of": tuple(data["of"])})

    def loses(self, index: int, seed: int) -> bool:
        """Return whether window `index` of a session with this seed comes without them."""
        return self._is_away(index) or (self.lost > 0.0 and _is_hit(self, index, seed))

    def _is_away(self, index: int) -> bool:
        if self.present is None:
            return False
        return index >= self.present if self.absent is None else index % (self.present + self.absent) >= self.present

    @property
    def usual_run(self) -> float:
        """How many windows arrive in a row on average between two bursts."""
        return self.burst * (1.0 - self.lost) / self.lost if self.lost else float("inf")


def _is_hit(dropout: Dropout, index: int, seed: int) -> bool:
    stretches = FEWEST_STRETCHES
    while (ends := _ends(dropout, seed, stretches))[-1] <= index:
        stretches *= 2
    return bool(np.searchsorted(ends, index, side="right") % 2)


@lru_cache(maxsize=64)
def _ends(dropout: Dropout, seed: int, stretches: int) -> NDArray[np.int64]:
    """Return before which windows the stretches end, `[stretches]`, by turns of such that arrive and that do not.

    More of them begin with the same.
    """
    chances = np.tile([1.0 / dropout.usual_run, 1.0 / dropout.burst], stretches // 2)
    ends: NDArray[np.int64] = np.cumsum(np.random.default_rng([seed, STREAM]).geometric(chances))
    return ends
