"""How many sessions hold, in reports: the answer with its limits, and the curve over the numbers that were tried."""

from __future__ import annotations

from collections.abc import Sequence

from josie_bench.reports._cells import Row, Table, named, table_of, told
from josie_bench.reports._charts import Chart, Spec, framed, table_data
from josie_bench.reports._words import ABSENT, counted, number
from josie_bench.terms.capacity import Capacity, CapacityLevel, CapacityLimit
from josie_bench.terms.result import CaseResult

TITLE = "How many sessions at once"
WORDS = (
    "The most conversations on one model of which surely (95 %, one-sided) no more than the target's share of windows "
    "is late or dropped, at the phases that were drawn. A level that the answer rests on was tried until two of three "
    "trials agreed; the third may have missed the target, and then all three together may too. One that memory or time "
    "did not suffice for is too many at once. Where the search did not come to an answer it is not settled, and the "
    "table says why. Beside it what single limits would allow: a model that always works, memory, and a roofline. "
    "Utilisation is the share of the time that all windows ask for; windows are late before it is 1, for they come in "
    "bunches. Of sessions that are stepped together it is that in which the model works, near 1 long before any is "
    "late: a step takes all who wait. A level that was not measured validly is struck out; where its pace changed "
    "(UNSTEADY) its percentiles and utilisation are, and how many windows were late is still so."
)
ANSWER_HEADS = ("case", "sessions that hold", "target", "what limits it", "limits by themselves", "why it ended")
LEVEL_HEADS = (
    *("case", "sessions", "trials", "windows", "late or dropped", "at most (95 %)"),
    *("response p50", "p95", "p99", "utilisation"),
)
QUANTILES = ("p50", "p95", "p99")
HEIGHT = 190


def found(case: CaseResult) -> str:
    """Return the answer of one case in words."""
    capacity = case.capacity
    if capacity is None or capacity.sessions is None:
        return "not settled"
    at_least = "at least " if capacity.binds == "search" else ""
    return f"{at_least}{counted(capacity.sessions, 'session')}"


def answer_rows(cases: Sequence[CaseResult]) -> list[tuple[str, ...]]:
    """Return a row for each search."""
    return [
        (
            named(case, case.id),
            found(case),
            _share(case.capacity.target),
            case.capacity.binds or ABSENT,
            "; ".join(_limit_words(limit) for limit in case.capacity.limits),
            case.capacity.stop_reason or ABSENT,
        )
        for case in cases
        if case.capacity is not None
    ]


def level_rows(cases: Sequence[CaseResult]) -> list[Row]:
    """Return a row for each number of sessions that was tried; what is not to be trusted of it is struck out.

    Where its pace changed (`UNSTEADY`) that is its percentiles and utilisation: how many were late is still so.
    """
    status = {case.id: case.status for case in cases}
    return [
        _level_row(case.id, level, status.get(level.case, "OK"))
        for case in cases
        if case.capacity
        for level in case.capacity.levels
    ]


def answer_table(cases: Sequence[CaseResult]) -> Table:
    """Return the table of answers; it has no rows where nothing was searched."""
    return table_of(ANSWER_HEADS, answer_rows(cases))


def level_table(cases: Sequence[CaseResult]) -> Table:
    """Return the table of levels."""
    return table_of(LEVEL_HEADS, level_rows(cases))


def capacity_charts(cases: Sequence[CaseResult]) -> list[Chart]:
    """Return late windows and response over sessions, a chart each with a line for each search."""
    shown = [(case, case.capacity) for case in cases if case.capacity is not None and case.capacity.levels]
    if not shown:
        return []
    words = "; ".join(f"{case.id}: {found(case)}" for case, _ in shown)
    return [
        Chart(
            id="capacity-misses",
            title="windows late or dropped",
            description=f"Share of windows that were late or dropped over the number of sessions. {words}",
            spec=_miss_spec(shown),
        ),
        Chart(
            id="capacity-response",
            title="response",
            description=f"Response latency over the number of sessions, median and 95th percentile. {words}",
            spec=_response_spec(shown),
        ),
    ]


def _level_row(case: str, level: CapacityLevel, status: str) -> Row:
    sessions = str(level.sessions) if status == "OK" else f"{level.sessions} ({status})"
    late = ABSENT if level.missed is None else f"{level.missed:,} ({_share(level.miss_ratio)})"
    times = (None if ms is None else f"{number(ms)} ms" for ms in (level.p50_ms, level.p95_ms, level.p99_ms))
    return (
        *(case, sessions, ", ".join(level.verdicts) or level.reason or ABSENT, f"{level.windows:,}"),
        *(told(words, is_struck=status not in ("OK", "UNSTEADY")) for words in (late, _share(level.miss_bound))),
        *(told(words or ABSENT, is_struck=status != "OK") for words in (*times, _share(level.utilisation))),
    )


def _limit_words(limit: CapacityLimit) -> str:
    if limit.sessions is None:
        return f"{limit.name} n/a: {limit.na.detail}" if limit.na is not None else f"{limit.name} n/a"
    return f"{limit.name} {limit.sessions:,}"


def _share(value: float | None) -> str:
    return ABSENT if value is None else f"{100.0 * value:.3g} %"


def _sessions_axis() -> Spec:
    axis: Spec = {"tickMinStep": 1, "format": "d"}
    return {"field": "sessions", "type": "quantitative", "title": "sessions", "axis": axis}


def _miss_spec(shown: Sequence[tuple[CaseResult, Capacity]]) -> Spec:
    rows = [
        (case.id, level.sessions, level.miss_ratio, level.miss_bound)
        for case, capacity in shown
        for level in capacity.levels
        if level.miss_ratio is not None and level.miss_bound is not None
    ]
    x, colour = _sessions_axis(), {"field": "case", "type": "nominal", "title": None}
    ratio: Spec = {"field": "ratio", "type": "quantitative", "title": "share late or dropped", "axis": {"format": "%"}}
    targets = sorted({capacity.target for _, capacity in shown})
    tooltip = [{"field": "case"}, {"field": "sessions"}, {"field": "ratio", "format": ".2%"}]
    target: Spec = {
        "data": table_data(("target",), [(target,) for target in targets], numbers=("target",)),
        "mark": {"type": "rule", "style": "due"},
        "encoding": {"y": {"field": "target", "type": "quantitative"}},
    }
    bars: Spec = {
        "mark": {"type": "rule"},
        "encoding": {"x": x, "y": ratio, "y2": {"field": "bound"}, "color": colour},
    }
    line: Spec = {
        "mark": {"type": "line", "point": True},
        "encoding": {"x": x, "y": ratio, "color": colour, "tooltip": tooltip},
    }
    data = table_data(("case", "sessions", "ratio", "bound"), rows, numbers=("sessions", "ratio", "bound"))
    return framed(height=HEIGHT, data=data, layer=[target, bars, line])


def _response_spec(shown: Sequence[tuple[CaseResult, Capacity]]) -> Spec:
    rows = [
        (case.id, level.sessions, name, ms)
        for case, capacity in shown
        for level in capacity.levels
        for name, ms in zip(QUANTILES[:2], (level.p50_ms, level.p95_ms), strict=True)
        if ms is not None
    ]
    y: Spec = {"field": "ms", "type": "quantitative", "title": "response (ms)", "scale": {"type": "log"}}
    encoding: Spec = {
        "x": _sessions_axis(),
        "y": y,
        "color": {"field": "case", "type": "nominal", "title": None},
        "strokeDash": {"field": "quantile", "type": "nominal", "title": None},
        "tooltip": [{"field": "case"}, {"field": "sessions"}, {"field": "quantile"}, {"field": "ms", "format": ",.1f"}],
    }
    data = table_data(("case", "sessions", "quantile", "ms"), rows, numbers=("sessions", "ms"))
    return framed(height=HEIGHT, data=data, mark={"type": "line", "point": True}, encoding=encoding)
