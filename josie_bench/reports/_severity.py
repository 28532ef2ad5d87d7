"""How quality falls as what is wrong with the input grows worse, as a table and as curves."""

from __future__ import annotations

from collections.abc import Sequence

from josie_bench.reports._cells import Table, table_of
from josie_bench.reports._charts import DASHES, Chart, Spec, framed, table_data
from josie_bench.reports._words import ABSENT, NO_BOUND, counted, number, with_interval
from josie_bench.terms.severity import SeverityCurve

TITLE = "How quality falls as it grows worse"
HEADS = (
    "what is wrong",
    "task",
    "levels",
    "left at the first",
    "at the last",
    "mean over them",
    "enough until",
    "bends at",
)
WORDS = (
    "Cases that differ in how much of one thing is wrong with what comes, on the same items, from the mildest to the "
    "worst. What is left is a share of the points that the task has with everything, 1 being all of them; its mean is "
    "over the range of the levels, by straight lines between them. Enough is the paper's 0.92: until is where what is "
    "left first falls below it. The curve bends at the level that is farthest from the straight line between its ends, "
    "which is told from four levels on, of enough items. Intervals of 95 % draw the items again for all levels "
    "together; beyond the levels there is no bound."
)
WRONG = {"dropout.snr": "noise", "dropout.lost": "lost at random", "dropout.late": "late"}
AXES = {"dropout.snr": "SNR", "dropout.lost": "windows lost", "dropout.late": "late"}
FALLS_WITH_LESS = ("dropout.snr",)
HEIGHT = 240


def severity_rows(curves: Sequence[SeverityCurve]) -> list[tuple[str, ...]]:
    """Return a row of words for each curve."""
    return [_row(curve) for curve in curves]


def severity_table(curves: Sequence[SeverityCurve]) -> Table:
    """Return the same rows as a table."""
    return table_of(HEADS, severity_rows(curves))


def severity_charts(curves: Sequence[SeverityCurve]) -> list[Chart]:
    """Return a chart for each setting, with a line for each task."""
    groups: dict[str, list[SeverityCurve]] = {}
    for curve in curves:
        groups.setdefault(curve.setting, []).append(curve)
    return [
        Chart(
            id=f"severity-{place}",
            title=WRONG.get(setting, setting),
            description="; ".join(f"{_name(curve)}: {_told(curve)}" for curve in group),
            spec=_spec(group),
        )
        for place, (setting, group) in enumerate(groups.items())
    ]


def _row(curve: SeverityCurve) -> tuple[str, ...]:
    first, last = curve.levels[0], curve.levels[-1]
    return (
        f"{', '.join(curve.of)}: {WRONG.get(curve.setting, curve.setting)}",
        curve.task,
        f"{first:g} to {last:g} {curve.unit}: {len(curve.levels)}, of {counted(curve.n, 'item')}",
        with_interval(curve.left[0], curve.cis[0]),
        with_interval(curve.left[-1], curve.cis[-1]),
        with_interval(curve.area, curve.area_ci),
        _until(curve),
        ABSENT if curve.knee is None or curve.knee_ci is None else with_interval(curve.knee, curve.knee_ci, curve.unit),
    )


def _until(curve: SeverityCurve) -> str:
    """Return up to which level enough is left, or that it is throughout, or nowhere."""
    if curve.until is not None:
        return with_interval(curve.until, curve.until_ci, curve.unit)
    words = "nowhere" if curve.left[0] < curve.bar else "throughout"
    if (interval := curve.until_ci) is None:
        return words
    low, high = (NO_BOUND if bound is None else number(bound) for bound in (interval.low, interval.high))
    return f"{words} [{low}, {high}] {curve.unit}"


def _name(curve: SeverityCurve) -> str:
    return f"{curve.task}, {' and '.join(curve.of)}"


def _told(curve: SeverityCurve) -> str:
    pairs = zip(curve.levels, curve.left, strict=True)
    return ", ".join(f"{left:.2f} at {level:g} {curve.unit}" for level, left in pairs)


def _spec(curves: Sequence[SeverityCurve]) -> Spec:
    rows = [
        (_name(curve), level, left, None if ci is None else ci.low, None if ci is None else ci.high, case)
        for curve in curves
        for level, left, ci, case in zip(curve.levels, curve.left, curve.cis, curve.cases, strict=True)
    ]
    names = list(dict.fromkeys(row[0] for row in rows))
    setting, unit = curves[0].setting, curves[0].unit
    x: Spec = {"field": "level", "type": "quantitative", "title": f"{AXES.get(setting, setting)}, {unit}"}
    x["scale"] = {"zero": False, "reverse": setting in FALLS_WITH_LESS}
    x["axis"] = {"values": sorted({level for curve in curves for level in curve.levels}), "labelOverlap": True}
    y: Spec = {"field": "left", "type": "quantitative", "title": "left of its points", "scale": {"zero": True}}
    colour: Spec = {"field": "of", "type": "nominal", "title": None, "scale": {"domain": names}}
    strokes = [DASHES[place % len(DASHES)] for place in range(len(names))]
    dashes: Spec = colour | {"scale": {"domain": names, "range": strokes}}
    tooltip = [
        {"field": "case", "title": "case"},
        {"field": "level", "type": "quantitative", "title": unit},
        {"field": "left", "type": "quantitative", "format": ".3f"},
    ]
    line: Spec = {"mark": {"type": "line"}, "encoding": {"x": x, "y": y, "color": colour, "strokeDash": dashes}}
    point: Spec = {
        "mark": {"type": "point", "filled": True, "size": 40},
        "encoding": {"x": x, "y": y, "color": colour, "tooltip": tooltip},
    }
    bounds: Spec = {
        "mark": {"type": "rule"},
        "encoding": {"x": x, "y": y | {"field": "low"}, "y2": {"field": "high"}, "color": colour},
    }
    heads = ("of", "level", "left", "low", "high", "case")
    data = table_data(heads, rows, numbers=("level", "left", "low", "high"))
    return framed(height=HEIGHT, data=data, layer=[line, bounds, point])
