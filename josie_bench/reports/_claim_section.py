"""The page's section on the paper's statements: those that the run speaks to, and the counts of all."""

from __future__ import annotations

from josie_bench.claims import ledger
from josie_bench.reports._cells import Cell, Table
from josie_bench.reports._claim_words import HEADS, TITLE, answered, row, run_words
from josie_bench.terms.claim import CONFIRMED, REFUTED, REFUTED_ARITHMETIC, Entry
from josie_bench.terms.result import Result

TONES = {CONFIRMED: "good", REFUTED: "bad", REFUTED_ARITHMETIC: "bad"}


def claim_section(result: Result) -> dict[str, object]:
    """Return what the template puts into words of the paper's statements."""
    entries = ledger(result)
    rows = tuple(_cells(entry) for entry in answered(entries))
    return {"claims": Table(heads=HEADS, rows=rows), "claims_title": TITLE, "claims_words": run_words(entries)}


def _cells(entry: Entry) -> tuple[Cell, ...]:
    *words, verdict = row(entry)
    cells = (Cell(text=" · ".join(text.splitlines())) for text in words)
    return (*cells, Cell(text=verdict, tone=TONES.get(entry.verdict, "unsure")))
