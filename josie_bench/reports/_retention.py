"""Quality that is left where modalities are missing: a map of losses, and beside it the time and memory of a step."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from josie_bench.reports._cells import Row, Table, named, table_of, told
from josie_bench.reports._charts import Chart, Spec, framed, table_data
from josie_bench.reports._dropout import NOTHING, Loss, is_asked, loss_of, modalities_of, names
from josie_bench.reports._words import ABSENT, case_words, score_words
from josie_bench.statistics.growth import NOT_COMPARED
from josie_bench.statistics.retained import QUALITIES
from josie_bench.statistics.retention import READINGS
from josie_bench.terms.dropout import Dropout
from josie_bench.terms.result import CaseResult, MetricScore

TITLE = "What is left when modalities are missing"
WORDS = (
    "The same items with and without what is lost, by the same engines: what a task keeps, 1 being all of it, with the "
    "95 % interval of both together. Mean, worst task and points are three readings of one sentence; they are over the "
    "tasks that say something of the loss. Times and memory are of the cases that timed windows with the same loss; "
    "compute is a closed loop: no queueing, not a real-time claim."
)
READING_HEADS = {"macro": "mean over tasks", "worst": "worst task", "points": "points"}
TIMED = {
    "response p95": "response_latency.p95",
    "compute p50": "compute_time.p50",
    "peak memory": "host_memory.peak",
}
ROW = 46  # pixels of a pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A case on the map.

    Attributes:
        lost: what is lost, in the order of the case's modalities.
        pattern: how.
        score: what is left, the mean over tasks.
        status: the case's; a number of one that is not OK is no number here.
    """

    lost: tuple[str, ...]
    pattern: str
    score: MetricScore
    status: str

    @property
    def left(self) -> float | None:
        """What is left, where that is to be trusted."""
        return self.score.value if self.status == "OK" else None

    @property
    def words(self) -> str:
        """What is written on the map."""
        if self.status != "OK":
            return self.status
        return "n/a" if self.left is None else f"{self.left:.2f}"

    @property
    def interval(self) -> str:
        """What is told who points at it."""
        return score_words(self.score) if self.status == "OK" else self.status


def retention_table(cases: Sequence[CaseResult]) -> Table:
    """Return the rows as a table."""
    return table_of(retention_heads(cases), retention_rows(cases))


def retention_heads(cases: Sequence[CaseResult]) -> tuple[str, ...]:
    """Return the heads of the columns in which any case has a number."""
    return ("case", "missing", "how", *READING_HEADS.values(), *_tasks(cases), *_timed_heads(cases))


def retention_rows(cases: Sequence[CaseResult]) -> list[Row]:
    """Return a row of words for each case that lost something, with the times of the case that lost the same."""
    times = {loss: case for case in reversed(cases) if (loss := _timed_loss(case, cases)) is not None}
    rows: list[Row] = []
    for case in _lossy(cases):
        lost = Dropout.from_settings(case.settings)
        assert lost is not None, "a case with a retention lost something"
        keys = (*READINGS, *_tasks(cases))
        rows.append(
            (
                named(case, case_words(case)),
                _listed(case, lost),
                lost.pattern,
                *(
                    told(score_words(case.metrics.get(f"retention.{key}")), is_struck=case.status != "OK")
                    for key in keys
                ),
                *_timed_words(times.get((frozenset(lost.of), lost.pattern)), cases),
            )
        )
    if rows and (whole := times.get((frozenset(), NOTHING))) is not None:
        unasked = [ABSENT] * (1 + len(READINGS) + len(_tasks(cases)))
        rows.append((whole.id, NOTHING, *unasked, *_timed_words(whole, cases)))
    return rows


def retention_charts(cases: Sequence[CaseResult]) -> list[Chart]:
    """Return a map for each set of cases that differ in nothing but what they lose."""
    groups: dict[str, list[CaseResult]] = {}
    for case in _lossy(cases):
        groups.setdefault(_but_for_losses(case.settings), []).append(case)
    return [
        Chart(
            id=f"retention-{index}",
            title="" if len(groups) == 1 else f"{group[0].id} and those that lose something else",
            description="; ".join(f"{' and '.join(at.lost)} {at.pattern}: {at.words}" for at in _places(group)),
            spec=_spec(list(_places(group))),
        )
        for index, group in enumerate(groups.values())
    ]


def _lossy(cases: Sequence[CaseResult]) -> list[CaseResult]:
    return [case for case in cases if "retention.macro" in case.metrics]


def _tasks(cases: Sequence[CaseResult]) -> list[str]:
    """Return the tasks that any case was asked for."""
    asked = {str(task) for case in _lossy(cases) for task in names(case.settings.get("tasks"))}
    return [task for task in QUALITIES if task in asked]


def _listed(case: CaseResult, lost: Dropout) -> str:
    """Return what is lost in the order in which the case has its modalities."""
    order = (*modalities_of(case), *lost.of)
    return ", ".join(sorted(lost.of, key=order.index))


def _timed_loss(case: CaseResult, cases: Sequence[CaseResult]) -> Loss | None:
    """Return what a case that timed windows lost, or never had; None where it timed nothing."""
    if all(key not in case.metrics for key in TIMED.values()):
        return None
    return loss_of(case, {name for other in _lossy(cases) for name in modalities_of(other)})


def _timed_heads(cases: Sequence[CaseResult]) -> list[str]:
    timed = [case for case in cases if _timed_loss(case, cases) is not None]
    return [head for head, key in TIMED.items() if any(is_asked(case.metrics.get(key)) for case in timed)]


def _timed_words(case: CaseResult | None, cases: Sequence[CaseResult]) -> Iterator[str]:
    for head in _timed_heads(cases):
        if case is None or case.status == "OK":
            yield score_words(None if case is None else case.metrics.get(TIMED[head]))
        else:
            yield case.status


def _but_for_losses(settings: Mapping[str, object]) -> str:
    kept = {key: value for key, value in settings.items() if key not in (*NOT_COMPARED, "dropout")}
    return json.dumps(kept, sort_keys=True, default=str)


def _places(cases: Sequence[CaseResult]) -> Iterator[Place]:
    for case in cases:
        lost = Dropout.from_settings(case.settings)
        assert lost is not None, "a case with a retention lost something"
        listed = _listed(case, lost).split(", ")
        score = case.metrics["retention.macro"]
        yield Place(lost=tuple(listed), pattern=lost.pattern, score=score, status=case.status)


def _spec(places: Sequence[Place]) -> Spec:
    rows = [("|".join(at.lost), at.pattern, at.left, at.words, at.interval, _share(at.left)) for at in places]
    lost = sorted({row[0] for row in rows}, key=lambda name: (name.count("|"), [row[0] for row in rows].index(name)))
    patterns = list(dict.fromkeys(row[1] for row in rows))
    x: Spec = {"field": "lost", "type": "nominal", "title": "what is missing", "sort": lost}
    x["axis"] = {"labelAngle": 0, "labelExpr": "split(datum.label, '|')", "domain": False}
    y: Spec = {"field": "how", "type": "nominal", "title": None, "sort": patterns}
    y["axis"] = {"labelExpr": "split(replace(datum.label, ', ', ': '), ': ')"}  # narrow, for phones
    y["axis"] |= {"domain": False, "labelOffset": -10}  # lines go down from it
    tooltip = [
        {"field": "lost", "title": "missing"},
        {"field": "how"},
        {"field": "interval", "title": "left [95 %]"},
    ]
    colour: Spec = {
        "condition": {"test": "!isValid(datum.left)", "value": "#8a8f98"},
        "field": "shade",
        "type": "quantitative",
        "scale": {"domain": [0, 1], "scheme": "cividis"},
        "legend": {"title": "left, 1 is all of it", "format": ".1f", "gradientLength": 180},
    }
    squares: Spec = {
        "mark": {"type": "rect", "style": "piece", "invalid": None},
        "encoding": {"x": x, "y": y, "color": colour, "tooltip": tooltip},
    }
    light: Spec = {"condition": {"test": "datum.shade > 0.5", "value": "#000000"}, "value": "#ffffff"}
    words: Spec = {
        "mark": {"type": "text", "fontSize": 12, "invalid": None, "limit": {"expr": f"width / {len(lost)}"}},
        "encoding": {"x": x, "y": y, "text": {"field": "words"}, "color": light, "tooltip": tooltip},
    }
    data = table_data(("lost", "how", "left", "words", "interval", "shade"), rows, numbers=("left", "shade"))
    return framed(height=ROW * len(patterns), data=data, layer=[squares, words])


def _share(value: float | None) -> float | None:
    """Return what decides the colour: more than all is all."""
    return None if value is None else min(1.0, max(0.0, value))
