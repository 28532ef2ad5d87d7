"""How soon a model learns: the steps until its loss is as low as another's, which was trained beside it, ended at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def steps_to(steps: Sequence[float], losses: Sequence[float], level: float) -> float | None:
    """Return the first step at which a curve is down to `level`, between its points by a straight line; None: never.

    Where it begins below, its first point is the answer.
    """
    below = np.flatnonzero(np.asarray(losses) <= level)
    if not len(below):
        return None
    at = int(below[0])
    if at == 0:
        return float(steps[0])
    part = (losses[at - 1] - level) / (losses[at - 1] - losses[at])
    return float(steps[at - 1] + part * (steps[at] - steps[at - 1]))


def steps_to_common(steps: Sequence[float], before: Sequence[float], after: Sequence[float]) -> tuple[float, float]:
    """Return the steps of two curves over the same steps to the higher of the two losses that they came down to."""
    level = max(min(before), min(after))
    found = steps_to(steps, before, level), steps_to(steps, after, level)
    assert found[0] is not None, "both come down to it"
    assert found[1] is not None, "both come down to it"
    return found[0], found[1]
