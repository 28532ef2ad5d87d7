"""history.html: every series of the history as a chart, with its levels and what changed at each step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from josie_bench.reports._charts import Chart, framed, table_data
from josie_bench.reports._history_steps import levels, step_words, steps, value_words
from josie_bench.reports._template import render
from josie_bench.reports._words import counted
from josie_bench.statistics.potts import Segment
from josie_bench.terms.history import Series

FIGURES = ",.4~r"
HEADLINES = ("response_latency.p50", "response_latency.p99", "compute_time.p50", "compute_time.p99", "host_memory.peak")


def to_html(series: Sequence[Series], *, runs: int, tool: str) -> str:
    """Return the text of the page.

    Args:
        series: what is drawn, in order.
        runs: how many the history holds.
        tool: version of josie-bench that draws.
    """
    charts: list[Chart] = []
    groups: dict[tuple[str, str], list[tuple[Chart, list[str]]]] = {}
    for place, some in enumerate(series):
        found = levels(some)
        charts.append(series_chart(some, place, found))
        told = [step_words(some, step) for step in steps(some, found)]
        groups.setdefault((some.case, some.machine[:8]), []).append((charts[-1], told))
    words: dict[str, object] = {
        "title": "history",
        "runs": counted(runs, "run"),
        "tool": tool,
        "groups": [(case, machine, drawn) for (case, machine), drawn in groups.items()],
    }
    return render("history.html.j2", words, {chart.id: chart.spec for chart in charts})


def series_chart(series: Series, place: int, found: Sequence[Segment]) -> Chart:
    """Return a series over time: a point for each run, a line for each level, a rule at each step.

    Args:
        series: of the history.
        place: among those of the page.
        found: its levels.
    """
    told = [step_words(series, step) for step in steps(series, found)]
    title = f"{series.metric} ({', '.join(filter(None, (series.unit, series.definition)))})"
    description = (
        f"{title} of {series.case} over {counted(len(series.values), 'run')}. Steps: {'; '.join(told) or 'none'}"
    )
    return Chart(id=f"series-{place}", title=title, description=description, spec=_spec(series, found))


def _spec(series: Series, found: Sequence[Segment]) -> dict[str, Any]:
    x: dict[str, Any] = {"field": "run", "type": "ordinal", "title": "run", "axis": {"labelOverlap": True}}
    x |= {"scale": {"domain": list(range(1, len(series.values) + 1))}}
    y: dict[str, Any] = {"field": "value", "type": "quantitative", "title": series.unit, "scale": {"zero": False}}
    y |= {"axis": {"format": FIGURES}}  # else a single run of 2.76 ms has the mark 3
    told = [" of ".join(filter(None, value_words(*pair))) for pair in zip(series.values, series.bases, strict=True)]
    points = [
        (index + 1, value, run.started, run.run, run.facts.get("commit", ""), words)
        for index, (value, run, words) in enumerate(zip(series.values, series.runs, told, strict=True))
    ]
    lines = [(place, run + 1, some.level) for place, some in enumerate(found) for run in (some.start, some.stop - 1)]
    rules = [(step.at + 1, step_words(series, step)) for step in steps(series, found)]
    tooltip = [{"field": name} for name in ("started", "id", "commit")]
    tooltip.append({"field": "words", "title": "value [95 %]"})
    layers: list[dict[str, Any]] = [
        {
            "data": table_data(("piece", "run", "value"), lines, numbers=("run", "value")),
            "mark": {"type": "line", "style": "median"},
            "encoding": {"x": x, "y": y, "detail": {"field": "piece", "type": "nominal"}},
        },
        {"mark": {"type": "point", "style": "estimate"}, "encoding": {"x": x, "y": y, "tooltip": tooltip}},
    ]
    if bounds := list(_bounds(series)):
        layers.append(
            {
                "data": table_data(("run", "low", "high"), bounds, numbers=("run", "low", "high")),
                "mark": {"type": "rule", "style": "highest"},
                "encoding": {"x": x, "y": y | {"field": "low"}, "y2": {"field": "high"}},
            }
        )
    if rules:
        layers.append(
            {
                "data": table_data(("run", "step"), rules, numbers=("run",)),
                "mark": {"type": "rule", "style": "due"},
                "encoding": {"x": x, "tooltip": [{"field": "step"}]},
            }
        )
    data = table_data(("run", "value", "started", "id", "commit", "words"), points, numbers=("run", "value"))
    return framed(height=160, data=data, layer=layers)


def _bounds(series: Series) -> Iterator[tuple[int, float, float]]:
    """Yield each run, counted from 1, whose value has an interval with both ends, and these."""
    for index, basis in enumerate(series.bases):
        interval = None if basis is None else basis.interval
        if interval is not None and interval.low is not None and interval.high is not None:
            yield index + 1, interval.low, interval.high
