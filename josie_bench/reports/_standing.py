"""What became of each case in one word group, and of the run in one sentence."""

from __future__ import annotations

from collections.abc import Sequence

from josie_bench.reports._words import counted, listed
from josie_bench.terms.result import CaseResult, Verdict

PASSES = "passes its gates"
BREAKS = "breaks a gate"
UNDECIDED = "gate undecided"
UNGATED = "no gate"
INVALID = "invalid"
SKIPPED = "skipped"
UNFINISHED = "not finished"
STANDINGS = (PASSES, BREAKS, UNDECIDED, UNGATED, INVALID, SKIPPED, UNFINISHED)

_SENTENCES = {
    PASSES: ("passes all its gates", "pass all their gates"),
    BREAKS: ("breaks a gate", "break a gate"),
    UNDECIDED: ("has a gate that its data cannot decide", "have a gate that their data cannot decide"),
    UNGATED: ("was measured without a gate", "were measured without a gate"),
    INVALID: ("is invalid", "are invalid"),
    SKIPPED: ("was skipped", "were skipped"),
    UNFINISHED: ("did not finish", "did not finish"),
}
_MARKS = {"pass": "✔ pass", "fail": "✘ fail", "n/a": "? n/a"}


def is_invalid(case: CaseResult) -> bool:
    """Return whether the case ran to its end and its numbers are still not to be trusted."""
    return case.status == "UNSTEADY" or case.status.startswith("INVALID")


def standing(case: CaseResult) -> str:
    """Return one of `STANDINGS`; only a case that has ended well can pass or break a gate."""
    if case.status == "SKIPPED":
        return SKIPPED
    if is_invalid(case):
        return INVALID
    if not case.has_ended_well:
        return UNFINISHED
    results = {verdict.result for verdict in gates(case)}
    if not results:
        return UNGATED
    if "fail" in results:
        return BREAKS
    return PASSES if results == {"pass"} else UNDECIDED


def gates(case: CaseResult) -> list[Verdict]:
    """Return the verdicts that decide whether the run passes."""
    return [verdict for verdict in case.budgets if verdict.severity == "gate"]


def mark(verdict: Verdict, case: CaseResult) -> str:
    """Return the verdict as a sign and a word; one of a case that has not ended well does not count and says so."""
    if not case.has_ended_well and verdict.result != "n/a":
        return f"does not count ({case.status})"
    return _MARKS.get(verdict.result, verdict.result)


def answer(cases: Sequence[CaseResult]) -> str:
    """Return the run in one sentence: how many cases pass, break, could not be measured, and which."""
    if not cases:
        return "The run has no cases."
    parts = [part for kind in STANDINGS if (part := _part(kind, [c for c in cases if standing(c) == kind], len(cases)))]
    if all(standing(case) != PASSES for case in cases):
        wanted = "passes all its gates" if any(map(gates, cases)) else "has a gate"
        parts.insert(0, f"None of {counted(len(cases), 'case')} {wanted}")
    return "; ".join(parts) + "."


def _part(kind: str, cases: Sequence[CaseResult], total: int) -> str:
    if not cases:
        return ""
    singular, plural = _SENTENCES[kind]
    count = f"{len(cases)} of {counted(total, 'case')}" if kind == PASSES else f"{len(cases)}"
    return f"{count} {singular if len(cases) == 1 else plural} ({listed([case.id for case in cases])})"
