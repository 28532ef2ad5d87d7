"""What a recording says of its stretches of windows that lack something, and of those that follow with everything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from josie_bench.statistics.order_statistics import quantile
from josie_bench.statistics.series import as_ms
from josie_bench.terms.recording import Recording

Floats = NDArray[np.float64]

USUAL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """A stretch of measured and answered windows without something, and the one that follows with everything.

    Attributes:
        round: the round whose trial it belongs to.
        lacking_ms: the median compute time of the stretch that lacks something.
        first_ms: compute time of the first window with everything again.
        settled_ms: the median of all windows of its stretch.
        recovery_ms: from that window's close to the close of the first that took no longer than usual; infinite where
            none of its stretch did.
    """

    round: int
    lacking_ms: float
    first_ms: float
    settled_ms: float
    recovery_ms: float


def returns(recording: Recording) -> list[Return]:
    """Return every loss of a recording after which everything came again, in order.

    A window takes no longer than usual if it takes no longer than 95 % of those with everything before which nothing
    was lost either.
    """
    assert recording.dropped is not None
    numbers = [0] if recording.round is None else np.unique(recording.round).tolist()
    return [found for number, one in zip(numbers, recording.by_round(), strict=True) for found in _returns(one, number)]


def _returns(recording: Recording, number: int) -> Iterator[Return]:
    assert recording.dropped is not None
    rows = np.flatnonzero(recording.answered())
    compute = as_ms(recording.finished_ns - recording.started_ns)[rows]
    hop_ms = as_ms(recording.hop_ns)[rows]
    is_whole = recording.dropped[rows] == ""
    usual = compute[is_whole & np.roll(is_whole, 1)]
    usual_ms = quantile(usual, USUAL) if len(usual) else np.inf
    edges = np.flatnonzero(np.diff(is_whole)) + 1
    bounds = [0, *edges.tolist(), len(rows)]
    for begin, middle, end in zip(bounds, bounds[1:], bounds[2:], strict=False):
        if not is_whole[begin]:
            yield _return(number, compute[begin:middle], compute[middle:end], hop_ms[middle:end], usual_ms)


def _return(number: int, lacking: Floats, whole: Floats, hop_ms: Floats, usual_ms: float) -> Return:
    well = np.flatnonzero(whole <= usual_ms)
    return Return(
        round=number,
        lacking_ms=quantile(lacking, 0.5),
        first_ms=float(whole[0]),
        settled_ms=quantile(whole, 0.5),
        recovery_ms=float(hop_ms[: well[0]].sum()) if len(well) else np.inf,
    )
