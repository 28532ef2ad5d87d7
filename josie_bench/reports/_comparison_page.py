"""comparison.html: two runs held against each other, with every change drawn beside its margin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from josie_bench.reports._cells import Cell, Table
from josie_bench.reports._charts import Chart, framed, table_data
from josie_bench.reports._comparison_words import (
    HEADS,
    answer,
    case_name,
    change_words,
    condition_lines,
    design_words,
    gated_words,
    metric_row,
    shown_metrics,
)
from josie_bench.reports._template import render
from josie_bench.terms.comparison import RELATIVE, CaseComparison, Comparison, MetricComparison, Side

TONES = {"SLOWER": "bad", "FASTER": "good", "SAME": "plain", "INVALID": "bad", "INCOMPARABLE": "bad"}
UNSURE = "unsure"
ROW_STEP = 34
FAR = 300.0  # per cent: what lies beyond stands at the edge
STYLES = {"SLOWER": "missed", "FASTER": "better"}


def to_html(comparison: Comparison) -> str:
    """Return the text of `comparison.html`."""
    charts = [effect_chart(case, place) for place, case in enumerate(comparison.cases)]
    words: dict[str, object] = {
        "title": f"{comparison.verdict}: {comparison.b.suite}",
        "comparison": comparison,
        "answer": answer(comparison),
        "tone": TONES.get(comparison.verdict, UNSURE),
        "design": design_words(comparison),
        "gated": gated_words(comparison.gates),
        "sides": side_table(comparison),
        "cases": [
            {
                "name": case_name(case),
                "verdict": Cell(text=case.verdict, tone=TONES.get(case.verdict, UNSURE)),
                "reason": case.reason,
                "conditions": condition_lines(case),
                "gated": metric_table([metric for metric in case.metrics if metric.is_gated]),
                "others": metric_table([metric for metric in case.metrics if not metric.is_gated]),
                "charts": drawn,
            }
            for case, drawn in zip(comparison.cases, charts, strict=True)
        ],
    }
    return render("comparison.html.j2", words, {chart.id: chart.spec for drawn in charts for chart in drawn})


def side_table(comparison: Comparison) -> Table:
    """Return both runs, one row each."""
    rows = (("A", comparison.a), ("B", comparison.b))
    heads = ("side", "run", "suite", "measured", "josie-bench", "commit", "host")
    return Table(heads=heads, rows=tuple(tuple(Cell(text=cell) for cell in _side(name, side)) for name, side in rows))


def _side(name: str, side: Side) -> tuple[str, ...]:
    return name, side.run, side.suite, side.started, side.tool, (side.commit or "—")[:13], side.host[:8]


def metric_table(metrics: Sequence[MetricComparison]) -> Table:
    """Return a row for each metric, its verdict with a tone and the reason at the end."""
    rows = []
    for metric in metrics:
        *cells, verdict = (Cell(text=text) for text in metric_row(metric))
        toned = Cell(text=verdict.text, tone=TONES.get(metric.verdict, UNSURE))
        rows.append((*cells, toned, Cell(text=metric.reason)))
    return Table(heads=(*HEADS, "because"), rows=tuple(rows))


def effect_chart(case: CaseComparison, place: int) -> list[Chart]:
    """Return the relative changes of gated metrics and of others that changed, with intervals, blocks and margins."""
    shown = [some for some in shown_metrics(case) if some.scale == RELATIVE and some.change is not None]
    if not shown:
        return []
    words = "; ".join(f"{metric.metric} {change_words(metric)}: {metric.verdict}" for metric in shown)
    description = f"Changes of B against A in per cent, with 90 % intervals. {words}"
    return [Chart(id=f"effects-{place}", title="", description=description, spec=_effect_spec(shown))]


def _effect_spec(metrics: Sequence[MetricComparison]) -> dict[str, Any]:
    domain = _domain(metrics)
    names = [metric.metric for metric in metrics]
    y: dict[str, Any] = {"field": "metric", "type": "nominal", "sort": names, "title": None}
    y |= {"axis": {"labelLimit": 220, "labelPadding": 6}}
    scale = {"domain": domain, "clamp": True, "nice": False}
    x: dict[str, Any] = {"type": "quantitative", "title": "change of B (%)", "scale": scale}
    rows = [_row(metric, domain) for metric in metrics]
    fields = ("metric", "change", "low", "high", "margin_low", "margin_high", "verdict")
    blocks = [(metric.metric, change * 100) for metric in metrics for change in metric.changes]
    tooltip = [{"field": "metric"}, {"field": "verdict"}]
    tooltip += [{"field": name, "type": "quantitative", "format": "+.2f"} for name in ("change", "low", "high")]
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "bar", "style": "band", "height": 20},
            "encoding": {"y": y, "x": x | {"field": "margin_low"}, "x2": {"field": "margin_high"}},
        },
        {"data": {"values": [{}]}, "mark": {"type": "rule", "style": "due"}, "encoding": {"x": {"datum": 0}}},
        {
            "data": table_data(("metric", "change"), blocks, numbers=("change",)),
            "mark": {"type": "tick", "style": "highest", "height": 9, "thickness": 1},
            "encoding": {"y": y, "x": x | {"field": "change"}},
        },
        {
            "mark": {"type": "rule", "style": "median", "strokeWidth": 3},
            "encoding": {"y": y, "x": x | {"field": "low"}, "x2": {"field": "high"}, "tooltip": tooltip},
        },
        *(_points(style, chosen, x | {"field": "change"}, y, tooltip) for style, chosen in _by_style(metrics)),
    ]
    return framed(height=ROW_STEP * len(metrics), data=table_data(fields, rows, numbers=fields[1:-1]), layer=layers)


def _by_style(metrics: Sequence[MetricComparison]) -> list[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    for metric in metrics:
        found.setdefault(STYLES.get(metric.verdict, "estimate"), []).append(metric.verdict)
    return [(style, sorted(set(verdicts))) for style, verdicts in found.items()]


def _points(
    style: str, verdicts: list[str], x: dict[str, Any], y: dict[str, Any], tooltip: list[Any]
) -> dict[str, Any]:
    return {
        "transform": [{"filter": {"field": "verdict", "oneOf": verdicts}}],
        "mark": {"type": "point", "style": style},
        "encoding": {"x": x, "y": y, "tooltip": tooltip},
    }


def _row(metric: MetricComparison, domain: list[float]) -> tuple[object, ...]:
    """Return a metric's figures in per cent; a side without a bound reaches to the edge."""
    assert metric.change is not None
    width = 0.0 if metric.margin is None else metric.margin.value
    interval = metric.interval
    low = domain[0] if interval is None or interval.low is None else interval.low * 100
    high = domain[1] if interval is None or interval.high is None else interval.high * 100
    margin = (-width / (1.0 + width) * 100, width * 100)
    return (metric.metric, metric.change * 100, low, high, *margin, metric.verdict)


def _domain(metrics: Sequence[MetricComparison]) -> list[float]:
    """Return the range of the axis: every centre, margin and finite bound, if that is not too far to see the others."""
    ends = [0.01]
    for metric in metrics:
        ends += [abs(metric.change or 0.0), 0.0 if metric.margin is None else metric.margin.value]
        bounds = () if metric.interval is None else (metric.interval.low, metric.interval.high)
        ends += [abs(bound) for bound in bounds if bound is not None]
    edge = min(max(ends) * 108, FAR)
    return [-min(edge, 100.0), edge]
