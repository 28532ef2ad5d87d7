"""report.md: the run in short, to be pasted into a pull request: verdicts first, then the numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from josie_bench.claims import ledger
from josie_bench.reports import RunData
from josie_bench.reports._batching import HEADS as BATCHING_HEADS
from josie_bench.reports._batching import TITLE as BATCHING_TITLE
from josie_bench.reports._batching import WORDS as BATCHING_WORDS
from josie_bench.reports._batching import batching_rows
from josie_bench.reports._capacity import ANSWER_HEADS, LEVEL_HEADS, answer_rows, level_rows
from josie_bench.reports._capacity import TITLE as CAPACITY_TITLE
from josie_bench.reports._capacity import WORDS as CAPACITY_WORDS
from josie_bench.reports._case_tables import TABLES, CaseTable, brief_cases, split
from josie_bench.reports._cells import Cell, named, told
from josie_bench.reports._claim_words import HEADS as CLAIM_HEADS
from josie_bench.reports._claim_words import TITLE as CLAIMS_TITLE
from josie_bench.reports._claim_words import answered, row, run_words
from josie_bench.reports._contrasts import HEADS as CONTRAST_HEADS
from josie_bench.reports._contrasts import TITLE as CONTRAST_TITLE
from josie_bench.reports._contrasts import WORDS as CONTRAST_WORDS
from josie_bench.reports._contrasts import contrast_rows
from josie_bench.reports._conversation import HEADS as CONVERSATION_HEADS
from josie_bench.reports._conversation import TITLE as CONVERSATION_TITLE
from josie_bench.reports._conversation import WORDS as CONVERSATION_WORDS
from josie_bench.reports._conversation import conversation_rows
from josie_bench.reports._dropout import TITLE as DROPOUT_TITLE
from josie_bench.reports._dropout import WORDS as DROPOUT_WORDS
from josie_bench.reports._dropout import dropout_table
from josie_bench.reports._faults import HEADS as FAULT_HEADS
from josie_bench.reports._faults import SUM_HEADS, fault_rows, sum_rows
from josie_bench.reports._faults import TITLE as FAULTS_TITLE
from josie_bench.reports._faults import WORDS as FAULTS_WORDS
from josie_bench.reports._fleet import HEADS as FLEET_HEADS
from josie_bench.reports._fleet import LOST_HEADS, LOST_TITLE, fleet_rows, lost_rows, on_host
from josie_bench.reports._fleet import TITLE as FLEET_TITLE
from josie_bench.reports._fleet import WORDS as FLEET_WORDS
from josie_bench.reports._growth import HEADS as GROWTH_HEADS
from josie_bench.reports._growth import TITLE as GROWTH_TITLE
from josie_bench.reports._growth import WORDS as GROWTH_WORDS
from josie_bench.reports._growth import growth_rows
from josie_bench.reports._memory_places import HEADS as PLACE_HEADS
from josie_bench.reports._memory_places import TITLE as PLACES_TITLE
from josie_bench.reports._memory_places import UNEXPLAINED_HEADS, UNEXPLAINED_TITLE, place_rows, unexplained_rows
from josie_bench.reports._memory_places import WORDS as PLACES_WORDS
from josie_bench.reports._parity_windows import TITLE as PARITY_TITLE
from josie_bench.reports._parity_windows import WORDS as PARITY_WORDS
from josie_bench.reports._parity_windows import parity_heads, parity_rows
from josie_bench.reports._ratio_words import TITLE, RatioCell, ratio_tables
from josie_bench.reports._retention import TITLE as RETENTION_TITLE
from josie_bench.reports._retention import WORDS as RETENTION_WORDS
from josie_bench.reports._retention import retention_heads, retention_rows
from josie_bench.reports._session_minutes import (
    EVICTED_HEADS,
    EVICTED_TITLE,
    EVICTED_WORDS,
    eviction_rows,
    minute_heads,
    minute_rows,
)
from josie_bench.reports._session_minutes import TITLE as MINUTES_TITLE
from josie_bench.reports._session_minutes import WORDS as MINUTES_WORDS
from josie_bench.reports._severity import HEADS as SEVERITY_HEADS
from josie_bench.reports._severity import TITLE as SEVERITY_TITLE
from josie_bench.reports._severity import WORDS as SEVERITY_WORDS
from josie_bench.reports._severity import severity_rows
from josie_bench.reports._standing import answer, mark
from josie_bench.reports._validity_words import TITLE as VALIDITY_TITLE
from josie_bench.reports._validity_words import diagnosis_lines, outcomes
from josie_bench.reports._words import ABSENT, few_words, listed, ratio_words, sample_words, score_words
from josie_bench.terms.result import CaseResult
from josie_bench.writing import write_whole

FILES = ("report.md",)
CLOSED_LOOP = "closed loop: no queueing, not a real-time claim"
RESPONSE = ("response_latency.p50", "response_latency.p95", "response_latency.p99")
MISS = "deadline_miss_ratio.budget"
CODE_SPAN = re.compile(r"`[^`]*`")
COST = ("compute_time.p50", "compute_rtf.mean", "host_memory.peak")


def write(data: RunData, folder: Path) -> list[Path]:
    """Write `report.md` into `folder`.

    Raises:
        OutputError: it cannot be written.
    """
    return [write_whole(folder / FILES[0], to_markdown(data).encode())]


def to_markdown(data: RunData) -> str:
    """Return the text of `report.md`."""
    cases = data.result.cases
    tables = (_table(kind, cases) for kind in TABLES)
    sections = (
        _head(data),
        _verdicts(cases),
        _not_ok(cases),
        _fleet(data),
        _trust(cases),
        _diagnoses(cases),
        _ratios(data),
        _capacity(cases),
        _faults(cases),
        _batching(cases),
        _minutes(cases),
        _evictions(data),
        _overview(data),
        _parity_windows(cases),
        _growth(cases),
        _contrasts(data),
        _conversations(cases),
        _dropout(cases),
        _retention(cases),
        _severities(data),
        *tables,
        _places(cases),
        _claims(data),
        _metrics(data),
    )
    return "\n\n".join(section for section in sections if section) + "\n"


def _head(data: RunData) -> str:
    run = data.result.run
    stop = f"{run.status}: {run.stop_reason}" if run.stop_reason else run.status
    when = _plain(f"run `{run.id}` · {run.started} to {run.ended} · josie-bench {run.tool}")
    return f"## josie-bench: {_plain(run.suite)}\n\n**{_plain(answer(data.result.cases))}**\n\n{_plain(stop)}\n\n{when}"


def _verdicts(cases: Sequence[CaseResult]) -> str:
    rows = [
        [on_host(case), f"`{verdict.expr}`", verdict.severity, mark(verdict, case), verdict.detail]
        for case in cases
        for verdict in sorted(case.budgets, key=lambda verdict: verdict.result == "pass")
    ]
    return _section("Budgets", ["case", "budget", "severity", "verdict", "because"], rows)


def _not_ok(cases: Sequence[CaseResult]) -> str:
    rows = [[on_host(case), case.status, case.reason or ABSENT] for case in cases if case.status != "OK"]
    return _section("Not measured, or not valid", ["case", "status", "reason"], rows)


def _fleet(data: RunData) -> str:
    """Return the machines of a fleet, and what was lost on the way."""
    hosts = _section(FLEET_TITLE, FLEET_HEADS, fleet_rows(data.result))
    if not hosts:
        return ""
    lost = _section(LOST_TITLE, LOST_HEADS, lost_rows(data.result), level=4)
    return "\n\n".join(part for part in (hosts, _plain(FLEET_WORDS), lost) if part)


def _trust(cases: Sequence[CaseResult]) -> str:
    """Return what the checks of each case came to, those of one outcome together."""
    rows = [[words, listed(ids)] for words, ids in outcomes(cases).items()]
    return _section(VALIDITY_TITLE, ["checks", "cases"], rows)


def _diagnoses(cases: Sequence[CaseResult]) -> str:
    rows = [[case.id, line] for case in cases for line in diagnosis_lines(case)]
    return _section("What the shape of the times says", ["case", "diagnosis"], rows)


def _overview(data: RunData) -> str:
    rows = [
        [
            _case_words(data, case),
            *(_cell(case, key) for key in RESPONSE),
            _miss(case),
            *(_cell(case, key) for key in COST),
        ]
        for case in split(data.result.cases)[0]
        if case.metrics
    ]
    heads = ["case", "response p50", "p95", "p99", "deadline missed", "compute p50", "compute RTF", "peak memory"]
    few = few_words(data.result.cases, (*RESPONSE, MISS, *COST))
    table = _section("Numbers", heads, rows)
    return f"{table}\n\n{few}" if table and few else table


def _ratios(data: RunData) -> str:
    """Return the engines beside each other, one table for each comparison."""
    return "\n\n".join(
        f"{_section(TITLE, table.heads, table.rows)}\n\n{_plain(table.caption)}"
        for table in ratio_tables(data.result.comparisons, data.result.cases)
    )


def _capacity(cases: Sequence[CaseResult]) -> str:
    answers = _section(CAPACITY_TITLE, ANSWER_HEADS, answer_rows(cases))
    if not answers:
        return ""
    levels = _section("The numbers that were tried", LEVEL_HEADS, level_rows(cases), level=4)
    return f"{answers}\n\n{_plain(CAPACITY_WORDS)}\n\n{levels}"


def _faults(cases: Sequence[CaseResult]) -> str:
    sums = _section(FAULTS_TITLE, SUM_HEADS, sum_rows(cases))
    if not sums:
        return ""
    return f"{sums}\n\n{_plain(FAULTS_WORDS)}\n\n{_section('Fault by fault', FAULT_HEADS, fault_rows(cases), level=4)}"


def _batching(cases: Sequence[CaseResult]) -> str:
    table = _section(BATCHING_TITLE, BATCHING_HEADS, batching_rows(cases))
    return f"{table}\n\n{_plain(BATCHING_WORDS)}" if table else ""


def _minutes(cases: Sequence[CaseResult]) -> str:
    table = _section(MINUTES_TITLE, minute_heads(cases), minute_rows(cases))
    return f"{table}\n\n{_plain(MINUTES_WORDS)}" if table else ""


def _evictions(data: RunData) -> str:
    table = _section(EVICTED_TITLE, EVICTED_HEADS, eviction_rows(data))
    return f"{table}\n\n{_plain(EVICTED_WORDS)}" if table else ""


def _parity_windows(cases: Sequence[CaseResult]) -> str:
    table = _section(PARITY_TITLE, parity_heads(cases), parity_rows(cases))
    return f"{table}\n\n{_plain(PARITY_WORDS)}" if table else ""


def _growth(cases: Sequence[CaseResult]) -> str:
    table = _section(GROWTH_TITLE, GROWTH_HEADS, growth_rows(cases))
    return f"{table}\n\n{_plain(GROWTH_WORDS)}" if table else ""


def _contrasts(data: RunData) -> str:
    table = _section(CONTRAST_TITLE, CONTRAST_HEADS, contrast_rows(data.result.contrasts))
    return f"{table}\n\n{_plain(CONTRAST_WORDS)}" if table else ""


def _severities(data: RunData) -> str:
    table = _section(SEVERITY_TITLE, SEVERITY_HEADS, severity_rows(data.result.severities))
    return f"{table}\n\n{_plain(SEVERITY_WORDS)}" if table else ""


def _conversations(cases: Sequence[CaseResult]) -> str:
    table = _section(CONVERSATION_TITLE, CONVERSATION_HEADS, conversation_rows(cases))
    return f"{table}\n\n{_plain(CONVERSATION_WORDS)}" if table else ""


def _dropout(cases: Sequence[CaseResult]) -> str:
    found = dropout_table(cases)
    table = _section(DROPOUT_TITLE, found.heads, found.rows)
    return f"{table}\n\n{_plain(DROPOUT_WORDS)}" if table else ""


def _retention(cases: Sequence[CaseResult]) -> str:
    table = _section(RETENTION_TITLE, retention_heads(cases), retention_rows(cases))
    return f"{table}\n\n{_plain(RETENTION_WORDS)}" if table else ""


def _table(kind: CaseTable, cases: Sequence[CaseResult]) -> str:
    columns = kind.asked(cases)
    rows = [[kind.name(case), *(_cell(case, key) for key in columns.values())] for case in brief_cases(kind, cases)]
    return _section(kind.title, ["case", *columns], rows)


def _places(cases: Sequence[CaseResult]) -> str:
    """Return where unexplained bytes are, and predicted and measured memory place by place, folded away."""
    unexplained = _section(UNEXPLAINED_TITLE, UNEXPLAINED_HEADS, unexplained_rows(cases))
    if not unexplained:
        return ""
    table = _section(PLACES_TITLE, PLACE_HEADS, place_rows(cases), level=4)
    folded = f"<details><summary>{PLACES_TITLE}</summary>\n\n{table}\n\n{_plain(PLACES_WORDS)}\n\n</details>"
    return f"{unexplained}\n\n{folded}"


def _claims(data: RunData) -> str:
    """Return the paper's statements that the run speaks to, and how all of them stand."""
    entries = ledger(data.result)
    table = _section(CLAIMS_TITLE, CLAIM_HEADS, [row(entry) for entry in answered(entries)])
    return f"{table or f'### {CLAIMS_TITLE}'}\n\n{_plain(run_words(entries))}"


def _metrics(data: RunData) -> str:
    """Return a table per metric, folded away; one of rows of cases and columns of statistics."""
    cases = [case for case in data.result.cases if case.metrics]
    keys = dict.fromkeys(key for case in cases for key in case.metrics)
    groups: dict[str, list[str]] = {}
    for key in keys:
        groups.setdefault(key.partition(".")[0], []).append(key)
    tables = []
    for metric, members in groups.items():
        rows = [[_case_words(data, case), *(_cell(case, key) for key in members)] for case in cases]
        tables.append(_section(metric, ["case", *(key.partition(".")[2] for key in members)], rows, level=4))
    if not tables:
        return ""
    if few := few_words(cases):
        tables.append(few)
    return "<details><summary>All metrics</summary>\n\n" + "\n\n".join(tables) + "\n\n</details>"


def _case_words(data: RunData, case: CaseResult) -> str:
    words = named(case, on_host(case))
    return f"{words} ({CLOSED_LOOP})" if data.is_closed_loop(case) else words


def _cell(case: CaseResult, key: str) -> str | Cell:
    """Return a number with all that it rests on."""
    score = case.metrics.get(key)
    if score is None or score.value is None:
        return score_words(score)
    return told(f"{score_words(score)} (n {sample_words(score)})", is_struck=case.status != "OK")


def _miss(case: CaseResult) -> str | Cell:
    return told(ratio_words(case.metrics.get(MISS)), is_struck=case.status != "OK")


def _section(title: str, heads: Sequence[str], rows: Sequence[Sequence[str | Cell | RatioCell]], level: int = 3) -> str:
    if not rows:
        return ""
    lines = [[_plain(_text(cell)) for cell in row] for row in (heads, *rows)]
    table = [lines[0], ["---"] * len(heads), *lines[1:]]
    return f"{'#' * level} {_plain(title)}\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in table)


def _text(cell: str | Cell | RatioCell) -> str:
    """Return what a cell says, struck through where it is a number that is not to be trusted."""
    if isinstance(cell, str):
        return cell
    return f"~~{cell.text}~~" if cell.is_struck else cell.text


def _plain(text: str) -> str:
    """Return `text` as one line that neither ends a table cell nor starts a tag outside a code span."""
    one_line = " ".join(text.split())
    if CODE_SPAN.fullmatch(one_line):
        return one_line.replace("|", "\\|")
    return one_line.replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")
