"""`openmetrics`: every number as a gauge in a base unit, for Prometheus and what reads its text format."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from josie_bench.exports import quotable
from josie_bench.reports import RunData
from josie_bench.terms.quantity import convert
from josie_bench.terms.result import CaseResult, MetricScore

SUMMARY = "gauges in base units, for Prometheus"
TELLS_STATUS = True
PREFIX = "josie_bench"
# Of our units what is converted, the base unit for it, and what that is called at the end of a name.
BASE = {
    "ms": ("ms", "s", "seconds"),
    "min": ("min", "s", "seconds"),
    "ms/min": ("ms", "s", "seconds_per_minute"),
    "MiB": ("MiB", "B", "bytes"),
    "MiB/min": ("MiB", "B", "bytes_per_minute"),
}
NAMES = {"1/s": "per_second", "1/min": "per_minute", "dB": "decibels", "J": "joules", "W": "watts"}
Labels = Mapping[str, str]


def files(data: RunData) -> dict[str, bytes]:
    """Return the exposition."""
    lines = [*_infos(data), *_gauges(data), "# EOF"]
    return {f"{data.result.run.id}.openmetrics.txt": "".join(f"{line}\n" for line in lines).encode()}


def _infos(data: RunData) -> Iterator[str]:
    run = data.result.run
    yield f"# TYPE {PREFIX}_run info"
    yield f"# HELP {PREFIX}_run The run that all of this was measured in."
    told = {"run": run.id, "suite": run.suite, "tool": run.tool, "status": run.status, "started": run.started}
    yield _sample(f"{PREFIX}_run_info", told, 1)
    if data.result.cases:
        yield f"# TYPE {PREFIX}_case info"
        yield f"# HELP {PREFIX}_case Every case with its status; only cases that are OK have numbers."
    for case in data.result.cases:
        yield _sample(f"{PREFIX}_case_info", _of(case) | {"status": case.status}, 1)


def _of(case: CaseResult) -> dict[str, str]:
    """Return the labels of a case: of a fleet's, its machine too."""
    return {"case": case.id} | ({} if case.host is None else {"host": case.host})


def _gauges(data: RunData) -> Iterator[str]:
    scores: dict[str, list[tuple[Labels, MetricScore]]] = defaultdict(list)
    for case in quotable(data):
        for key, score in case.metrics.items():
            metric, _, statistic = key.partition(".")
            scores[metric].append((_of(case) | {"statistic": statistic}, score))
    for metric, rows in sorted(scores.items()):
        yield from _metric(metric, rows)


def _metric(metric: str, rows: list[tuple[Labels, MetricScore]]) -> Iterator[str]:
    """Yield a metric's numbers, the bounds of their intervals, how many samples each rests on and is worth."""
    unit, origin = rows[0][1].unit, rows[0][1].origin
    own = (unit, unit, NAMES.get(unit, re.sub(r"[^a-z]+", "_", unit.lower()).strip("_")))
    amount, base, word = BASE.get(unit, own)
    values = [(labels, score.value) for labels, score in rows]
    bounds = [
        ({**labels, "bound": side}, getattr(score.ci, side))
        for labels, score in rows
        for side in ("low", "high")
        if score.ci is not None
    ]
    for name, found, meaning in (
        (f"{PREFIX}_{metric}", values, origin),
        (f"{PREFIX}_{metric}_ci", bounds, f"{origin}: the bounds of its 95 % interval"),
    ):
        known = [(labels, convert(value, amount, base)) for labels, value in found if value is not None]
        if known:
            yield from _family(f"{name}_{word}", word, meaning, known)
    told = [(labels, score) for labels, score in rows if score.value is not None]
    counted: list[tuple[Labels, float]] = [(labels, score.n) for labels, score in told]
    worth = [(labels, score.n_eff) for labels, score in told if score.n_eff is not None]
    for name, count, meaning in (
        (f"{PREFIX}_{metric}", counted, "how many samples the number rests on"),
        (f"{PREFIX}_{metric}_effective", worth, "how many independent samples they are worth"),
    ):
        if count:
            yield from _family(f"{name}_samples", "samples", meaning, count)


def _family(name: str, unit: str, meaning: str, rows: Sequence[tuple[Labels, float]]) -> Iterator[str]:
    yield f"# TYPE {name} gauge"
    yield f"# UNIT {name} {unit}"
    yield f"# HELP {name} {_escaped(meaning)}"
    for labels, value in rows:
        yield _sample(name, labels, value)


def _sample(name: str, labels: Labels, value: float) -> str:
    told = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
    return f"{name}{{{told}}} {value!r}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
