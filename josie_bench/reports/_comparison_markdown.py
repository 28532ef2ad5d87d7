"""comparison.md: two runs held against each other, in short, to be pasted into a pull request."""

from __future__ import annotations

from collections.abc import Sequence

from josie_bench.reports._comparison_words import (
    HEADS,
    answer,
    case_name,
    condition_lines,
    design_words,
    gated_words,
    metric_row,
    reason_lines,
)
from josie_bench.terms.comparison import CaseComparison, Comparison, MetricComparison, Side

MARKS = {"SLOWER": "🔴", "FASTER": "🟢", "SAME": "⚪", "AMBIGUOUS": "🟡", "CLOCK_SHIFT": "🟡"}


def to_markdown(comparison: Comparison) -> str:
    """Return the text of `comparison.md`."""
    a, b = comparison.a, comparison.b
    head = (
        f"<!-- josie-bench comparison {_plain(b.suite)} -->\n"
        f"## josie-bench: {comparison.verdict}\n\n**{answer(comparison)}**\n\n"
        f"A: {_side(a)}\n\nB: {_side(b)}\n\n{design_words(comparison)}; {_plain(gated_words(comparison.gates))}"
    )
    notes = "\n".join(f"- {_plain(note)}" for note in comparison.notes)
    sections = [head, *(_case(case) for case in comparison.cases), f"### Notes\n\n{notes}" if notes else ""]
    return "\n\n".join(section for section in sections if section) + "\n"


def _side(side: Side) -> str:
    commit = f", commit {side.commit[:12]}" if side.commit else ""
    return _plain(f"run `{side.run}` of {side.suite}, {side.started}, josie-bench {side.tool}{commit}")


def _case(case: CaseComparison) -> str:
    head = f"### {_plain(case_name(case))}\n\n**{case.verdict}**: {_plain(case.reason)}"
    conditions = "\n".join(f"- {_plain(line)}" for line in condition_lines(case))
    gated = [metric for metric in case.metrics if metric.is_gated]
    others = [metric for metric in case.metrics if not metric.is_gated]
    folded = f"<details><summary>Not gated</summary>\n\n{_table(others)}\n\n</details>" if others else ""
    reasons = "\n".join(f"- {_plain(line)}" for line in reason_lines(gated))
    return "\n\n".join(part for part in (head, conditions, _table(gated), reasons, folded) if part)


def _table(metrics: Sequence[MetricComparison]) -> str:
    if not metrics:
        return ""
    rows = [
        (*cells[:-1], f"{MARKS.get(m.verdict, '')} {cells[-1]}".strip()) for m in metrics for cells in [metric_row(m)]
    ]
    lines = [HEADS, ["---"] * len(HEADS), *([_plain(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _plain(text: str) -> str:
    """Return `text` as one line that neither ends a table cell nor starts a tag."""
    return " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")
