"""What the model says in a window, and the stretches in which it speaks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from josie_bench.runtime.positions import Ints


@dataclass(slots=True, kw_only=True)
class Said:
    """What the model says in a window, frame by frame as it is drawn."""

    text_ids: Ints
    codes: Ints
    is_spoken: NDArray[np.bool_]
    frame: int = 0


def stretches(is_spoken: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield (first, end) of each run of True.

    >>> list(stretches(np.array([True, False, True, True])))
    [(0, 1), (2, 4)]
    """
    at = 0
    for value, run in groupby(is_spoken.tolist()):
        length = len(list(run))
        if value:
            yield at, at + length
        at += length
