"""Where a series of the history steps, and what changed on the machine when it did."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from josie_bench.reports._words import few_mark, with_interval, worth_words
from josie_bench.statistics.potts import Segment, segments
from josie_bench.terms.comparison import RELATIVE, default_margin, scale_of
from josie_bench.terms.history import Basis, Series, Step

LONGEST = 300  # the last runs of a series that are looked through


def value_words(value: float, basis: Basis | None) -> tuple[str, str]:
    """Return a value with its interval, and what it rests on; a run that was noted long ago has neither."""
    if basis is None:
        return f"{value:.4g}", ""
    words = f"{value:.4g}" if basis.interval is None else with_interval(value, basis.interval)
    return words + few_mark(basis.n, basis.n_eff, basis.interval), worth_words(basis.n, basis.n_eff)


def levels(series: Series) -> list[Segment]:
    """Return the stretches at one level, their levels in the metric's unit."""
    values = np.array(series.values, dtype=np.float64)
    first = max(0, len(values) - LONGEST)
    scale = scale_of(series.metric, series.unit, is_positive=bool((values > 0.0).all()))
    margin, is_factor = default_margin(series.metric, series.unit, scale).value, scale == RELATIVE
    found = segments(np.log(values[first:]) if is_factor else values[first:], np.log1p(margin) if is_factor else margin)
    return [
        Segment(
            start=some.start + first,
            stop=some.stop + first,
            level=float(np.exp(some.level)) if is_factor else some.level,
        )
        for some in found
    ]


def steps(series: Series, found: Sequence[Segment]) -> list[Step]:
    """Return where the level changes, with the facts of the machine that changed from the run before.

    Args:
        series: of the history.
        found: its levels.
    """
    return [
        Step(
            at=after.start,
            before=before.level,
            after=after.level,
            expected=series.runs[after.start].changed_since(series.runs[after.start - 1]),
        )
        for before, after in itertools.pairwise(found)
    ]


def step_words(series: Series, step: Step) -> str:
    """Return a step in words: where, by how much, whether for the worse, and what changed with it."""
    is_worse = (step.after > step.before) is (series.direction == "lower")
    amount = f"{step.before:.4g} → {step.after:.4g} {series.unit}".rstrip()
    if scale_of(series.metric, series.unit, is_positive=step.before > 0.0) == RELATIVE:
        amount += f" ({(step.after / step.before - 1.0) * 100:+.1f} %)"
    why = f"with {', '.join(step.expected)}" if step.expected else "nothing that is known changed with it"
    return f"{series.runs[step.at].started}: {amount}, {'worse' if is_worse else 'better'}; {why}"
