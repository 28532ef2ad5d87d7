"""Memory in reports: predicted terms beside what was measured, as a chart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from josie_bench.reports._charts import Chart, Spec, framed, label_of, table_data
from josie_bench.reports._words import number
from josie_bench.terms.memory_growth import AFTER, BEFORE
from josie_bench.terms.memory_model import NOT_RESIDENT, SUMMANDS
from josie_bench.terms.recording import PREDICTED
from josie_bench.terms.result import CaseResult

BAR_STEP = 74
MEASURED = {"rss_anon": "measured: of no file", "rss_file": "measured: of files"}
# Those that are wide and stand side by side are told apart by the colour-blind too.
COLOURS = {
    "weights": "#0072b2",
    "loading": "#003f63",
    "mapped": "#00263b",
    "packed": "#4f9bd0",
    "reordered": "#8fc1e3",
    "rings": "#d55e00",
    "tails": "#009e73",
    "previous_state": "#cc79a7",
    "audio_buffer": "#b8860b",
    "video_buffer": "#7a5a07",
    "text_buffer": "#56b4e9",
    "activations": "#5b6470",
    "scratch": "#9aa3ad",
    "outgrown": "#c994e0",
    "arena": "#7b3fa0",
    "objects": "#e6ab02",
    "kernels": "#7f6000",
    "executors": "#f5d76e",
    "code": "#a6761d",
    "runtime_context": "#8c510a",
    "graphs": "#01665e",
    "fragmentation": "#bababa",
    "measured: of no file": "#334155",
    "measured: of files": "#94a3b8",
}
UNKNOWN = "#d4d4d8"  # a term that a later josie-bench predicts
PREDICTED_AT, MEASURED_AT = 2, 22  # pixels below the middle of a case's place


def memory_chart(cases: Sequence[CaseResult]) -> list[Chart]:
    """Return two bars a case: the terms that were predicted, stacked, and what the process grew by."""
    shown = [case for case in cases if any(_predicted(case)) and _grown(case)]
    if not shown:
        return []
    predicted = [(label_of(case), name, mib) for case in shown for name, mib in _terms(case).items()]
    measured = [(label_of(case), name, mib) for case in shown for name, mib in _grown(case).items()]
    present = dict.fromkeys(name for _, name, _ in (*predicted, *measured))
    known = (*SUMMANDS, *MEASURED.values())
    order = [name for name in known if name in present] + [name for name in present if name not in known]
    words = "; ".join(
        f"{label_of(case)}: {number(sum(_terms(case).values()))} MiB predicted, "
        f"{number(sum(_grown(case).values()))} measured"
        for case in shown
    )
    spec = _spec(predicted, measured, [label_of(case) for case in shown], order)
    return [Chart(id="memory", title="", description=f"Memory beyond the libraries. {words}", spec=spec)]


def _spec(
    predicted: list[tuple[str, str, float]], measured: list[tuple[str, str, float]], labels: list[str], order: list[str]
) -> Spec:
    y: Spec = {"field": "case", "type": "nominal", "sort": labels, "axis": None, "scale": {"padding": 0}}
    names: Spec = {
        "data": table_data(("case",), [(label,) for label in labels], numbers=()),
        "mark": {"type": "text", "align": "left", "baseline": "middle", "dy": -20, "style": "case"},
        "encoding": {"x": {"value": 0}, "y": y, "text": {"field": "case"}},
    }
    bars = [_bars(predicted, y, order, PREDICTED_AT), _bars(measured, y, order, MEASURED_AT)]
    return framed(height=BAR_STEP * len(labels), layer=[*bars, names])


def _colours(order: list[str]) -> Spec:
    return {"domain": order, "range": [COLOURS.get(name, UNKNOWN) for name in order]}


def _bars(rows: list[tuple[str, str, float]], y: Spec, order: list[str], offset: int) -> Spec:
    placed = [(*row, order.index(row[1])) for row in rows]
    return {
        "data": table_data(("case", "term", "mib", "order"), placed, numbers=("mib", "order")),
        "mark": {"type": "bar", "style": "piece", "height": 16, "yOffset": offset},
        "encoding": {
            "x": {"field": "mib", "type": "quantitative", "title": "MiB beyond the libraries", "stack": "zero"},
            "y": y,
            "color": {"field": "term", "type": "nominal", "title": None, "scale": _colours(order)},
            "order": {"field": "order", "type": "quantitative"},
            "tooltip": [
                {"field": "case"},
                {"field": "term"},
                {"field": "mib", "type": "quantitative", "format": ",.2f", "title": "MiB"},
            ],
        },
    }


def _predicted(case: CaseResult) -> Iterator[tuple[str, str, float]]:
    """Yield the predicted terms as name, component and MiB."""
    for row in case.memory:
        if row.phase == PREDICTED:
            name, _, part = row.name.partition(".")
            yield name, part, row.mib


def _terms(case: CaseResult) -> dict[str, float]:
    """Return the predicted MiB that are resident by the term's name, those of all components together."""
    sums: dict[str, float] = {}
    for name, _, mib in _predicted(case):
        if name not in NOT_RESIDENT:
            sums[name] = sums.get(name, 0.0) + mib
    return sums


def _grown(case: CaseResult) -> dict[str, float]:
    """Return by how many MiB the process grew, by where the pages come from."""
    sizes = {(row.phase, row.name): row.mib for row in case.memory}
    return {
        words: sizes[AFTER, name] - sizes[BEFORE, name]
        for name, words in MEASURED.items()
        if (AFTER, name) in sizes and (BEFORE, name) in sizes
    }
