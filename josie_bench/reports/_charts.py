"""The charts of report.html as Vega-Lite specifications; colours and fonts come from the page, for light and dark."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from josie_bench.reports import RunData
from josie_bench.reports._series import Bools, Timeline, binned, tail, timeline
from josie_bench.reports._words import counted, number, with_interval, worth_words
from josie_bench.terms.recording import Ints, Recording
from josie_bench.terms.result import CaseResult, WaterfallSpan

CASES_PER_CHART = 6
BAR_STEP = 54
LINE = 16  # from one line of words to the next
LETTER, SYMBOL = 6.5, 40  # how wide a legend's letters are at most, on average, and its mark with what is around it
WIDE_RANGE = 20.0  # above this ratio of largest to median a linear axis hides the body
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [12, 4], [4, 2, 1, 2])
CLOSED_LOOP = "closed loop: no queueing, not a real-time claim"
Spec = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart with what stands above it and what a reader who cannot see it is told."""

    id: str
    title: str
    description: str
    spec: Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A case that has raw series, ready to be drawn."""

    case: CaseResult
    recording: Recording
    line: Timeline

    @property
    def label(self) -> str:
        """The case's name with all that keeps its numbers from being a plain real-time claim."""
        return label_of(self.case, *["closed loop"] * (not self.recording.is_open_loop))

    @property
    def runs(self) -> Ints | None:
        """The run that each measured window belongs to; None where there is one."""
        return self.recording.runs(self.recording.measured())

    @property
    def sessions(self) -> Ints | None:
        """The session that each measured window is of; None where there is one."""
        return self.recording.sessions_of(self.recording.measured())


def label_of(case: CaseResult, *notes: str) -> str:
    """Return a case's name behind the status that is not OK and the notes: what must not be cut off comes first."""
    return ": ".join([*[case.status] * (case.status != "OK"), *notes, case.id])


def drawn_cases(data: RunData) -> list[Drawn]:
    """Return the cases of which there is something to draw."""
    found = []
    for case in data.result.cases:
        recording = data.recording_of(case)
        if recording is not None and recording.measured().any():
            found.append(Drawn(case=case, recording=recording, line=timeline(recording)))
    return found


def latency_charts(cases: Sequence[Drawn]) -> list[Chart]:
    """Return how many windows took how long: a chart for every six cases, all over the same range."""
    shown = [case for case in cases if np.isfinite(case.line.value_ms).any()]
    if not shown:
        return []
    domain = _domain(shown)
    least = min(1.0 / len(case.line.value_ms) for case in shown)
    groups = [shown[start : start + CASES_PER_CHART] for start in range(0, len(shown), CASES_PER_CHART)]
    return [
        Chart(
            id=f"latency-{place}",
            title="" if len(groups) == 1 else f"part {place + 1} of {len(groups)}",
            description="Share of windows that took a time or longer: " + ", ".join(case.label for case in group),
            spec=_latency_spec(group, domain, least),
        )
        for place, group in enumerate(groups)
    ]


def _latency_spec(cases: Sequence[Drawn], domain: tuple[float, float], least: float) -> Spec:
    rows = [
        (case.label, point.value_ms, point.share, max(point.low, least), point.high)
        for case in cases
        for point in tail(case.line.value_ms, case.recording.deadline_ms, case.runs, case.sessions)
    ]
    labels = [case.label for case in cases]
    powers = [10.0**-power for power in range(math.ceil(-math.log10(least)) + 1)]
    names = {"field": "case", "type": "nominal", "title": None}
    encoding: Spec = {
        "x": _quantity("ms", "time per window (ms)", domain),
        "y": {
            "field": "share",
            "type": "quantitative",
            "title": "share of windows at least this slow",
            "scale": {"type": "log", "domain": [least, 1]},
            "axis": {"values": powers, "labelExpr": "format(datum.value, '~%')"},
        },
        "color": names | {"scale": {"domain": labels}, "legend": {"symbolType": "stroke", "columns": _columns(labels)}},
        "strokeDash": names | {"scale": {"domain": labels, "range": list(DASHES[: len(labels)])}},
        "tooltip": [
            {"field": "case", "title": "case"},
            {"field": "ms", "type": "quantitative", "format": ",.1f", "title": "time (ms)"},
            *(
                {"field": field, "type": "quantitative", "format": ".3~%", "title": title}
                for field, title in (("share", "share at least this slow"), ("low", "at least"), ("high", "at most"))
            ),
        ],
    }
    unmarked = {name: channel for name, channel in encoding.items() if name != "strokeDash"}
    bounds = unmarked | {"y": encoding["y"] | {"field": "low"}, "y2": {"field": "high"}}
    band: Spec = {"mark": {"type": "area", "style": "around", "interpolate": "step-before"}, "encoding": bounds}
    lines: Spec = {"mark": {"type": "line", "interpolate": "step-before"}, "encoding": encoding}
    points: Spec = {"mark": {"type": "point", "opacity": 0, "size": 80}, "encoding": unmarked}
    numbers = ("ms", "share", "low", "high")
    data = table_data(("case", *numbers), rows, numbers=numbers)
    return framed(height=280, data=data, layer=[*_deadline_rules(cases, domain), band, lines, points])


def _columns(labels: Sequence[str]) -> Spec:
    """Return into how many columns a legend's names go without being cut, which a page knows when it draws."""
    return {"expr": f"max(1, floor(width / {LETTER * max(map(len, labels)) + SYMBOL}))"}


def timeline_charts(cases: Sequence[Drawn]) -> list[Chart]:
    """Return the windows of each case over time, every missed one as a point of its own."""
    return [
        Chart(
            id=f"timeline-{place}",
            title=case.label,
            description=f"Windows over time: {_missed_words(case)}",
            spec=_timeline_spec(case),
        )
        for place, case in enumerate(cases)
    ]


def _missed_words(case: Drawn) -> str:
    if not case.recording.is_open_loop:
        return f"compute time only; {CLOSED_LOOP}"
    late, lost = int(case.line.is_missed.sum()), int(case.line.is_unanswered.sum())
    return f"{counted(len(case.line.window), 'window')}, {late:,} answered late, {lost:,} never answered"


def _timeline_spec(case: Drawn) -> Spec:
    line, domain = case.line, _domain([case])
    what = "response (ms)" if case.recording.is_open_loop else "compute time (ms)"
    bins = [(some.minutes, some.median_ms, some.max_ms, some.round) for some in binned(line)]
    x: Spec = {"field": "min", "type": "quantitative", "title": "minutes since the first measured window"}
    x |= {"scale": {"nice": False}, "axis": {"tickCount": 6}}
    median, highest = _quantity("median", what, domain), _quantity("max", what, domain)
    own: Spec = {"detail": {"field": "round", "type": "nominal"}}  # no line from one round to the next
    layers: list[Spec] = [
        {
            "mark": {"type": "area", "style": "band"},
            "encoding": own | {"x": x, "y": highest, "y2": {"field": "median"}},
        },
        {"mark": {"type": "line", "style": "highest"}, "encoding": own | {"x": x, "y": highest}},
        {"mark": {"type": "line", "style": "median"}, "encoding": own | {"x": x, "y": median}},
    ]
    if case.recording.is_open_loop:
        layers.insert(0, _rule("y", case.recording.deadline_ms))
    for name, chosen in (("missed", line.is_missed), ("lost", line.is_unanswered)):
        if chosen.any():
            layers.append(_marked(line, name, chosen, x, highest | {"field": "ms"}))
    data = table_data(("min", "median", "max", "round"), bins, numbers=("min", "median", "max", "round"))
    return framed(height=150, data=data, layer=layers)


def _marked(line: Timeline, style: str, chosen: Bools, x: Spec, y: Spec) -> Spec:
    """Return a layer with a point for every chosen window; one without an answer stands at the top edge."""
    values = np.minimum(line.value_ms[chosen], y["scale"]["domain"][1])
    rows = zip(line.minutes[chosen].tolist(), values.tolist(), line.window[chosen].tolist(), strict=True)
    tooltip: list[Spec] = [
        {"field": "window", "type": "quantitative"},
        {"field": "min", "type": "quantitative", "format": ".2f", "title": "minutes"},
    ]
    if style == "missed":
        tooltip.append({"field": "ms", "type": "quantitative", "format": ",.1f", "title": "response (ms)"})
    return {
        "data": table_data(("min", "ms", "window"), rows, numbers=("min", "ms", "window")),
        "mark": {"type": "point", "style": style},
        "encoding": {"x": x, "y": y, "tooltip": tooltip},
    }


def waterfall_chart(cases: Sequence[Drawn]) -> list[Chart]:
    """Return where a window's time goes: one bar per case, one piece per component."""
    shown = [case for case in cases if case.case.waterfall]
    if not shown:
        return []
    order = list(dict.fromkeys(span.span for case in shown for span in case.case.waterfall))
    rows = [
        (case.label, span.span, span.p50, order.index(span.span), span.share, _span_words(span))
        for case in shown
        for span in case.case.waterfall
    ]
    dues = [(case.label, case.recording.deadline_ms) for case in shown if case.recording.is_open_loop]
    longest = max(sum(max(0.0, span.p50) for span in case.case.waterfall) for case in shown)
    domain = (0.0, max([longest, *(due for _, due in dues)]) * 1.05)
    spec = _waterfall_spec(rows, dues, [case.label for case in shown], order, domain)
    words = "; ".join(f"{case.label}: {_largest_words(case.case)}" for case in shown)
    return [Chart(id="waterfall", title="", description=f"Median time per component. {words}", spec=spec)]


def _span_words(span: WaterfallSpan) -> str:
    """Return a median with its interval and what it rests on; results before 1.3 do not say it."""
    return with_interval(span.p50, span.p50_ci) + (f" of {worth_words(span.n, span.p50_n_eff)}" if span.n else "")


def _largest_words(case: CaseResult) -> str:
    largest = max(case.waterfall, key=lambda span: span.share)
    return f"most in {largest.span}, {number(largest.share * 100)} %"


def _waterfall_spec(
    rows: Iterable[Sequence[object]],
    dues: Iterable[Sequence[object]],
    labels: list[str],
    order: list[str],
    domain: tuple[float, float],
) -> Spec:
    y: Spec = {"field": "case", "type": "nominal", "sort": labels, "axis": None, "scale": {"padding": 0}}
    x = _quantity("ms", "median time per window (ms)", domain)
    bars: Spec = {
        "data": table_data(("case", "span", "ms", "order", "share", "p50"), rows, numbers=("ms", "order", "share")),
        "mark": {"type": "bar", "style": "piece", "height": 18, "yOffset": 10},
        "encoding": {
            "x": x | {"stack": "zero"},
            "y": y,
            "color": {"field": "span", "type": "nominal", "title": None, "scale": {"domain": order}},
            "order": {"field": "order", "type": "quantitative"},
            "tooltip": [
                {"field": "case"},
                {"field": "span", "title": "part"},
                {"field": "p50", "title": "p50 (ms) [95 %]"},
                {"field": "share", "type": "quantitative", "format": ".1%", "title": "share of the mean"},
            ],
        },
    }
    deadlines: Spec = {
        "data": table_data(("case", "ms"), dues, numbers=("ms",)),
        "mark": {"type": "tick", "style": "due", "size": 30, "yOffset": 8, "thickness": 2},
        "encoding": {"x": x, "y": y},
    }
    names: Spec = {
        "data": table_data(("case",), [(label,) for label in labels], numbers=()),
        "mark": {"type": "text", "align": "left", "baseline": "middle", "dy": -12, "style": "case"},
        "encoding": {"x": {"value": 0}, "y": y, "text": {"field": "case"}},
    }
    return framed(height=BAR_STEP * len(labels), layer=[bars, deadlines, names])


def _deadline_rules(cases: Sequence[Drawn], domain: tuple[float, float]) -> list[Spec]:
    """Return a rule with its name at each deadline of the open-loop cases, each name a line below the one before."""
    dues = sorted({case.recording.deadline_ms for case in cases if case.recording.is_open_loop})
    rules = []
    for place, due in enumerate(dues):
        below = {"dy": 10 + LINE * place, "baseline": "top"}
        rules += [
            _rule("x", due),
            {
                "data": {"values": [{}]},
                "mark": {"type": "text", "style": "due", "align": "right", "dx": -5, **below}
                | ({"align": "left", "dx": 5} if due < domain[0] + (domain[1] - domain[0]) / 3 else {}),
                "encoding": {"x": {"datum": due}, "y": {"value": 0}, "text": {"value": f"deadline {number(due)} ms"}},
            },
        ]
    return rules


def _rule(axis: str, at: float) -> Spec:
    return {"data": {"values": [{}]}, "mark": {"type": "rule", "style": "due"}, "encoding": {axis: {"datum": at}}}


def _domain(cases: Sequence[Drawn]) -> tuple[float, float]:
    """Return the range of an axis that holds every finite value and every deadline; it begins at 0 or is wide."""
    values = np.concatenate([case.line.value_ms[np.isfinite(case.line.value_ms)] for case in cases])
    dues = [case.recording.deadline_ms for case in cases if case.recording.is_open_loop]
    highest = max([*dues, float(values.max(initial=0.0)), 1e-3]) * 1.08
    if len(values) and float(values.min()) > 0.0 and highest > WIDE_RANGE * float(np.median(values)):
        return float(values.min()), highest
    return 0.0, highest


def _quantity(field: str, title: str, domain: tuple[float, float]) -> Spec:
    """Return an axis over `domain`; one that does not begin at 0 spans so much that it is logarithmic."""
    kind = "linear" if domain[0] == 0.0 else "log"
    return {
        "field": field,
        "type": "quantitative",
        "title": title,
        "scale": {"type": kind, "domain": list(domain), "nice": False},
        "axis": {"format": ",~r" if kind == "log" else ",~f", "tickCount": 5},
    }


def table_data(columns: Sequence[str], rows: Iterable[Sequence[object]], numbers: Sequence[str]) -> Spec:
    """Return rows as inline CSV, a quarter of the size of objects; nothing becomes null."""
    text = io.StringIO(newline="")
    sheet = csv.writer(text, lineterminator="\n")
    sheet.writerow(columns)
    sheet.writerows([f"{cell:.7g}" if isinstance(cell, float) else cell for cell in row] for row in rows)
    return {"values": text.getvalue(), "format": {"type": "csv", "parse": dict.fromkeys(numbers, "number")}}


def framed(**parts: object) -> Spec:
    """Return a specification that is as wide as its place."""
    return {"width": "container", "autosize": {"type": "fit-x", "contains": "padding"}, **parts}
