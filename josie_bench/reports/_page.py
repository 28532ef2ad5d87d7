"""What report.html says, as plain words in plain tables; how it looks is the template's."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from josie_bench.reports import RunData
from josie_bench.reports._case_tables import TABLES, CaseTable, split
from josie_bench.reports._cells import Cell, Table, named, table_of, told
from josie_bench.reports._facts import fact_table
from josie_bench.reports._fleet import on_host
from josie_bench.reports._ratio_words import RatioCell, ratio_tables
from josie_bench.reports._standing import (
    BREAKS,
    INVALID,
    PASSES,
    SKIPPED,
    UNDECIDED,
    UNFINISHED,
    UNGATED,
    answer,
    mark,
    standing,
)
from josie_bench.reports._time_tables import round_table, waterfall_table
from josie_bench.reports._validity_words import BROKEN, HEADS, HOLDS, UNKNOWN, checks, diagnosis_lines
from josie_bench.reports._words import (
    ABSENT,
    basis_words,
    counted,
    few_words,
    missed_words,
    number,
    sample_words,
    score_words,
    share_words,
)
from josie_bench.terms.recording import EDGES, PREDICTED
from josie_bench.terms.result import CaseResult, EngineUse, MetricScore, Result, Verdict
from josie_bench.terms.timebase import mib_from_bytes

TONES = {
    PASSES: "good",
    BREAKS: "bad",
    UNDECIDED: "unsure",
    UNGATED: "plain",
    INVALID: "bad",
    SKIPPED: "unsure",
    UNFINISHED: "bad",
}
RATIO_TONES = {"slower": "bad", "undecided": "unsure"}  # quicker is what was hoped for, and stays plain
VERDICT_TONES = {"pass": "good", "fail": "bad", "n/a": "unsure"}
CHECK_TONES = {HOLDS: "good", BROKEN: "bad", UNKNOWN: "unsure"}
CLOSED_LOOP = "closed loop: no queueing, not a real-time claim"
OVERVIEW = {
    "response p50": "response_latency.p50",
    "response p95": "response_latency.p95",
    "response p99": "response_latency.p99",
    "deadline missed": "deadline_miss_ratio.budget",
    "compute p50": "compute_time.p50",
    "compute RTF": "compute_rtf.mean",
    "peak memory": "host_memory.peak",
}
METRIC_HEADS = ("metric", "value", "samples", "interval, or why there is none", "direction", "definition")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSection:
    """All that is known of one case."""

    id: str
    status: Cell
    reason: str | None
    loop: str | None
    windows: str
    notes: list[str]
    checks: Table
    slow: Table
    diagnosis: list[str]
    metrics: Table
    waterfall: Table
    rounds: Table
    settings: str
    reproduce: str


def page_words(data: RunData) -> dict[str, object]:
    """Return everything that the template puts into words."""
    result = data.result
    return {
        "run": result.run,
        "answer": answer(result.cases),
        "misses": [f"{case.id}: {words}" for case in result.cases if (words := missed_words(case))],
        "few": few_words(result.cases, OVERVIEW.values()),
        "few_of_all": few_words(result.cases),
        "host": fact_table(result.host),
        "overview": overview(data),
        "tables": [(kind, table) for kind in TABLES if (table := case_table(kind, data.result.cases)).rows],
        "ratios": ratio_grids(data.result),
        "budgets": budget_table(result.cases),
        "cases": [case_section(data, case) for case in result.cases],
        "remarks": remarks(result.cases),
        "memory": memory_table(result.cases),
        "engines": engine_table(result.cases),
        "subjects": table_of(
            ("preset", "parameters", "weights", "sha256"),
            ((s.preset, f"{s.parameters:,}", s.weights, s.weights_sha256[:16]) for s in result.subjects),
        ),
        "datasets": table_of(
            ("file", "modality", "licence", "sha256"),
            ((d.name, d.modality, d.license, d.sha256[:16]) for d in result.datasets),
        ),
        "schema_version": result.schema_version,
    }


def overview(data: RunData) -> Table:
    """Return the table of cases."""
    rows = []
    for case in split(data.result.cases)[0]:
        name = on_host(case) if not data.is_closed_loop(case) else f"{on_host(case)} ({CLOSED_LOOP})"
        rows.append((Cell(text=name), status_cell(case), *(_score_cell(case, key) for key in OVERVIEW.values())))
    return Table(heads=("case", "status", *OVERVIEW), rows=tuple(rows))


def case_table(kind: CaseTable, cases: Sequence[CaseResult]) -> Table:
    """Return the table of this kind."""
    columns = kind.asked(cases)
    rows = [
        (Cell(text=kind.name(case)), status_cell(case), *(_score_cell(case, key) for key in columns.values()))
        for case in kind.cases(cases)
    ]
    return Table(heads=("case", "status", *columns), rows=tuple(rows))


def ratio_grids(result: Result) -> list[tuple[str, Table]]:
    """Return each comparison of engines with what stands above it."""
    return [
        (table.caption, Table(heads=table.heads, rows=tuple(tuple(map(_ratio_cell, row)) for row in table.rows)))
        for table in ratio_tables(result.comparisons, result.cases)
    ]


def _ratio_cell(cell: RatioCell) -> Cell:
    tone = "" if cell.is_struck else RATIO_TONES.get(cell.verdict, "")
    return Cell(text=cell.text, is_struck=cell.is_struck, is_missing=cell.is_missing, tone=tone)


def status_cell(case: CaseResult) -> Cell:
    """Return the case's status in words and a tone; the words alone are enough."""
    found = standing(case)
    return Cell(text=f"{case.status}: {found}", tone=TONES[found])


def _score_cell(case: CaseResult, key: str) -> Cell:
    score = case.metrics.get(key)
    words = share_words(score) if key.startswith("deadline_miss_ratio") else score_words(score)
    return replace(_number_cell(case, score, words), note=basis_words(score))


def _number_cell(case: CaseResult, score: MetricScore | None, words: str) -> Cell:
    is_number = score is not None and score.value is not None
    return Cell(text=words, is_struck=is_number and case.status != "OK", is_missing=not is_number)


def budget_table(cases: Sequence[CaseResult]) -> Table:
    """Return every budget with its verdict, broken ones first."""
    order = {"fail": 0, "n/a": 1, "pass": 2}
    pairs = [(case, verdict) for case in cases for verdict in case.budgets]
    pairs.sort(key=lambda pair: order.get(pair[1].result, 1))
    return table_of(
        ("case", "budget", "verdict", "severity", "because"),
        (
            (case.id, verdict.expr, _verdict_cell(case, verdict), verdict.severity, verdict.detail)
            for case, verdict in pairs
        ),
    )


def _verdict_cell(case: CaseResult, verdict: Verdict) -> Cell:
    tone = VERDICT_TONES.get(verdict.result, "plain") if case.status == "OK" else "unsure"
    return Cell(text=mark(verdict, case), tone=tone)


def case_section(data: RunData, case: CaseResult) -> CaseSection:
    """Return all that is known of one case."""
    rows = [
        (
            Cell(text=key),
            _number_cell(case, score, score_words(score)),
            Cell(text=sample_words(score)),
            Cell(text=_basis_words(score)),
            Cell(text={"lower": "lower is better", "higher": "higher is better"}.get(score.direction, ABSENT)),
            Cell(text=score.definition),
        )
        for key, score in case.metrics.items()
    ]
    return CaseSection(
        id=case.id,
        status=status_cell(case),
        reason=case.reason,
        loop=CLOSED_LOOP if data.is_closed_loop(case) else None,
        windows=_window_words(case),
        notes=case.notes,
        checks=check_table(case),
        slow=slow_table(case),
        diagnosis=list(diagnosis_lines(case)),
        metrics=Table(heads=METRIC_HEADS, rows=tuple(rows)),
        waterfall=waterfall_table(case),
        rounds=round_table(case.rounds),
        settings=json.dumps(case.settings, indent=2, ensure_ascii=False, default=str),
        reproduce=case.reproduce,
    )


def check_table(case: CaseResult) -> Table:
    """Return every check of whether the case's numbers may be trusted."""
    rows = (
        (check.name, Cell(text=check.verdict, tone=CHECK_TONES[check.verdict]), check.seen) for check in checks(case)
    )
    return table_of(HEADS, rows)


def slow_table(case: CaseResult) -> Table:
    """Return the slow windows by kind, with what went on meanwhile."""
    return table_of(
        ("slow windows", "how many", "what went on meanwhile", "nothing known"),
        (
            (slow.kind, f"{slow.count:,}", _cause_words(slow.causes), f"{slow.unexplained:,}")
            for slow in case.slow_windows
        ),
    )


def _cause_words(causes: Mapping[str, int]) -> str:
    ordered = sorted(causes.items(), key=lambda pair: -pair[1])
    return ", ".join(f"{cause} {count:,}" for cause, count in ordered) or ABSENT


def _window_words(case: CaseResult) -> str:
    if not case.windows_measured and not case.windows_warm_up:
        return "no window was timed"
    words = f"{case.windows_measured:,} windows measured after {case.windows_warm_up:,} of warm-up"
    return f"{words}, in {counted(len(case.rounds), 'round')} of fresh processes" if case.rounds else words


def _basis_words(score: MetricScore) -> str:
    if score.na is not None:
        return score.na.detail
    return f"{score.ci.level * 100:g} %, {score.ci.method}" if score.ci is not None else "no interval"


def remarks(cases: Sequence[CaseResult]) -> list[tuple[str, str]]:
    """Return every reason and note with the cases it holds for, reasons first."""
    found: dict[str, list[str]] = {}
    for case in cases:
        if case.reason is not None:
            found.setdefault(f"{case.status}: {case.reason}", []).append(case.id)
    for case in cases:
        for note in case.notes:
            found.setdefault(note, []).append(case.id)
    return [(remark, ", ".join(ids)) for remark, ids in found.items()]


def memory_table(cases: Sequence[CaseResult]) -> Table:
    """Return every size that was read, a row per case and name, a column per phase in order of appearance."""
    read = [
        (named(case, case.id), row.name, row.phase, told(f"{row.mib:,.1f}", is_struck=case.status != "OK"))
        for case in cases
        for row in case.memory
        if row.phase in EDGES and not row.name.startswith(PREDICTED)
    ]
    phases = list(dict.fromkeys(phase for _, _, phase, _ in read))
    sizes = {(case, name, phase): size for case, name, phase, size in read}
    names = list(dict.fromkeys((case, name) for case, name, _, _ in read))
    return table_of(
        ("case", "size (MiB)", *phases),
        ((case, name, *(sizes.get((case, name, phase), ABSENT) for phase in phases)) for case, name in names),
    )


def engine_table(cases: Sequence[CaseResult]) -> Table:
    """Return every engine once, with how many cases ran with it."""
    uses: dict[str, int] = {}
    engines: dict[str, EngineUse] = {}
    for case in cases:
        for engine in case.engines:
            key = f"{engine.component} {engine.backend} {engine.precision} {engine.fingerprint}"
            engines.setdefault(key, engine)
            uses[key] = uses.get(key, 0) + 1
    return table_of(
        ("component", "backend", "precision", "fingerprint", "size (MiB)", "origin", "cases"),
        (
            (
                engine.component,
                engine.backend,
                engine.precision,
                engine.fingerprint[:8],
                number(mib_from_bytes(engine.byte_count)),
                "found in the store" if engine.was_cached else "built by this run",
                str(uses[key]),
            )
            for key, engine in engines.items()
        ),
    )
