"""Dropout: what of a conversation's modalities does not arrive, arrives late, or arrives in noise.

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

from josie_bench.terms.quantity import decibels, duration_ms

STREAM = 3  # of the case's seed
SESSION_WINDOWS = 10_000  # between what is lost in one of several sessions and in the next
FEWEST_STRETCHES = 256
LOCKED = ("present", "absent", "lost", "burst")  # as they are in a lock
ABSENT = "absent"  # the pattern of what never arrives


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropout:
    """How some modalities fail to arrive, together.

    Attributes:
        of: their names.
        present, absent: for so many windows they arrive and for so many they do not, in turn; with `absent` None they
            never return, and with `present` None they never go; with `present` 0 they never come at all.
        lost: share of all windows in which they are lost at random, 0..1.
        burst: how many windows they are lost in a row on average, 1 or more.
        late_ms: how much later than they happened they arrive; what is not there yet is missing.
        snr_db: of the noise that sound arrives in, 10·log₁₀ of its mean power over that of the noise; None without any.
    """

    of: tuple[str, ...]
    present: int | None = None
    absent: int | None = None
    lost: float = 0.0
    burst: float = 1.0
    late_ms: float = 0.0
    snr_db: float | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Dropout:
        """Return the dropout whose fields were written as JSON."""
        return cls(**{**data, "of": tuple(data["of"])})

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> Dropout | None:
        """Return the dropout of a case as its lock writes it; None where nothing is lost."""
        said = settings.get("dropout")
        if not isinstance(said, Mapping):
            return None
        late_ms, snr = duration_ms(str(said["late"])), said.get("snr")
        snr_db = None if snr is None else decibels(str(snr))
        return cls(of=tuple(said["of"]), late_ms=late_ms, snr_db=snr_db, **{name: said[name] for name in LOCKED})

    def loses(self, index: int, seed: int, session: int = 0) -> bool:
        """Return whether window `index` comes without them.

        Args:
            index: 0-based, within its session.
            seed: of the case.
            session: which of several with that seed; at random each loses other windows.
        """
        return self._is_away(index) or (self.lost > 0.0 and _is_hit(self, index + session * SESSION_WINDOWS, seed))

    @property
    def is_total(self) -> bool:
        """Whether they never arrive."""
        return self.present == 0

    @property
    def pattern(self) -> str:
        """Return in short how they are lost, e.g. `late 600 ms`.

        >>> Dropout(of=("audio",), present=6, absent=4).pattern, Dropout(of=("audio",), lost=0.2, burst=3.0).pattern
        ('returning: 6 there, 4 away', 'bursty: 20 % lost, 3 in a row')
        """
        if self.is_total:
            return ABSENT
        parts = []
        if self.present is not None:
            back = "" if self.absent is None else f", {self.absent} away"
            parts.append(f"returning: {self.present} there{back}" if back else f"lost after {self.present}")
        if self.lost:
            parts.append(f"bursty: {self.lost * 100:g} % lost, {self.burst:g} in a row")
        if self.late_ms:
            parts.append(f"late {self.late_ms:g} ms")
        if self.snr_db is not None:
            parts.append(f"noise: SNR {self.snr_db:g} dB")
        return "; ".join(parts)

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
