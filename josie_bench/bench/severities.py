"""Judged cases that are alike but for how much of one thing is wrong with their input, as curves."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from josie_bench.statistics.retained import QUALITIES, Pair, paired
from josie_bench.statistics.retention import BAR
from josie_bench.statistics.severity import FEWEST_LEVELS, Figured, falling
from josie_bench.terms.case import Case
from josie_bench.terms.dropout import Dropout
from josie_bench.terms.judged import Judged
from josie_bench.terms.score import Interval
from josie_bench.terms.severity import SeverityCurve


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A setting of which more is worse, or less.

    Attributes:
        setting: as a suite writes it.
        unit: of its levels.
        level: of a loss; None where it has none of it.
        without: a loss as if it had none of it.
        worse: 1 where more is worse, -1 where less is.
    """

    setting: str
    unit: str
    level: Callable[[Dropout], float | None]
    without: Callable[[Dropout], Dropout]
    worse: int = 1


AXES = (
    Axis(
        setting="dropout.snr",
        unit="dB",
        level=lambda lost: lost.snr_db,
        without=lambda lost: replace(lost, snr_db=None),
        worse=-1,
    ),
    Axis(
        setting="dropout.lost",
        unit="%",
        level=lambda lost: 100.0 * lost.lost or None,
        without=lambda lost: replace(lost, lost=0.0),
    ),
    Axis(
        setting="dropout.late",
        unit="ms",
        level=lambda lost: lost.late_ms or None,
        without=lambda lost: replace(lost, late_ms=0.0),
    ),
)


def severities_of(cases: Sequence[Case], judged: Mapping[str, Judged]) -> list[SeverityCurve]:
    """Return how each task falls along each axis that three cases or more differ in and nothing else.

    Args:
        cases: those whose results are OK.
        judged: by case id, what was judged.
    """
    return [
        curve
        for axis in AXES
        for group in _groups(axis, [case for case in cases if case.id in judged])
        for task in QUALITIES
        if (curve := _curve(axis, group, task, judged)) is not None
    ]


def _groups(axis: Axis, cases: Sequence[Case]) -> Iterator[dict[float, Case]]:
    """Yield, from the mildest level to the worst, the cases that differ in nothing else; of each level the first."""
    groups: dict[str, dict[float, Case]] = {}
    for case in cases:
        if case.dropout is not None and (level := axis.level(case.dropout)) is not None:
            other = replace(case, id="", sha="", budgets=(), timeout_s=0.0, dropout=axis.without(case.dropout))
            groups.setdefault(repr(other), {}).setdefault(level, case)
    for group in groups.values():
        if len(group) >= FEWEST_LEVELS:
            yield dict(sorted(group.items(), key=lambda pair: axis.worse * pair[0]))


def _curve(axis: Axis, group: Mapping[float, Case], task: str, judged: Mapping[str, Judged]) -> SeverityCurve | None:
    pairs = [paired(judged[case.id], task) for case in group.values()]
    known = [pair for pair in pairs if isinstance(pair, Pair)]
    if len(known) < len(pairs) or (found := falling([axis.worse * level for level in group], known)) is None:
        return None
    first = next(iter(group.values()))
    assert first.dropout is not None, "a case with a level lost something"
    return SeverityCurve(
        setting=axis.setting,
        unit=axis.unit,
        of=list(first.dropout.of),
        task=task,
        levels=list(group),
        cases=[case.id for case in group.values()],
        left=[each.value for each in found.left],
        cis=[each.interval for each in found.left],
        n=found.n,
        area=found.area.value,
        area_ci=found.area.interval,
        bar=BAR,
        knee=_level(axis, found.knee),
        knee_ci=_turned(axis, found.knee.interval),
        until=_level(axis, found.until),
        until_ci=_turned(axis, found.until.interval),
    )


def _level(axis: Axis, figured: Figured) -> float | None:
    """Return a level in the axis's own direction; None where it is beyond all."""
    return axis.worse * figured.value if math.isfinite(figured.value) else None


def _turned(axis: Axis, interval: Interval | None) -> Interval | None:
    """Return an interval of rising severity as one of levels."""
    if interval is None or axis.worse > 0:
        return interval
    low, high = (None if bound is None else -bound for bound in (interval.high, interval.low))
    return replace(interval, low=low, high=high)
