"""Statements of the paper with their verdicts, as a table for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from rich.table import Table
from rich.text import Text

from josie_bench.terms.claim import CONFIRMED, REFUTED, REFUTED_ARITHMETIC, Entry, Outcome

STYLES = {CONFIRMED: "green", REFUTED: "bold red", REFUTED_ARITHMETIC: "bold red"}


def ledger_table(entries: Iterable[Entry], title: str | None) -> Table:
    """Return a row for each statement."""
    from josie_bench.reports._claim_words import HEADS, row

    table = Table(title=title, title_justify="left", show_lines=True)
    for head in HEADS:
        table.add_column(head, overflow="fold")
    for entry in entries:
        *cells, verdict = row(entry)
        table.add_row(*map(Text, cells), Text(verdict, style=STYLES.get(entry.verdict, "")))
    return table


def entry_json(entry: Entry) -> dict[str, Any]:
    """Return a statement with all its readings."""
    claim = entry.claim
    return {
        "id": claim.id,
        "section": claim.section,
        "kind": claim.kind,
        "statement": claim.statement,
        "published": claim.published,
        "figure": None if claim.figure is None else asdict(claim.figure),
        "metrics": list(claim.metrics),
        "verdict": entry.verdict,
        "note": claim.note or None,
        "readings": [_reading_json(entry, outcome) for outcome in entry.outcomes],
    }


def _reading_json(entry: Entry, outcome: Outcome) -> dict[str, Any]:
    from josie_bench.reports._claim_words import why_words

    reading = outcome.reading
    figure = reading.figure or entry.claim.figure
    return {
        "name": reading.name or None,
        "formula": reading.formula or None,
        "recomputed": outcome.recomputed,
        "unit": reading.unit or (None if figure is None else figure.unit),
        "figure": None if figure is None else asdict(figure),
        "relation": reading.relation,
        "is_limit": reading.is_limit,
        "verdict": outcome.verdict,
        "because": why_words(entry.claim, outcome),
        "on_this_scale": outcome.here,
        "measured": [asdict(one) for one in outcome.measured],
    }
