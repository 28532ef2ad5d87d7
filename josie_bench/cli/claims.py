"""`josie-bench claims`: the paper's checkable statements, recomputed, measured by a run, and their verdicts."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from josie_bench.cli.options import table_console
from josie_bench.terms.claim import CONFIRMED, REFUTED, REFUTED_ARITHMETIC, Entry, Outcome
from josie_bench.terms.result import Result

STYLES = {CONFIRMED: "green", REFUTED: "bold red", REFUTED_ARITHMETIC: "bold red"}


@click.command("claims")
@click.argument("run", required=False, type=click.Path(path_type=Path))
@click.option("--id", "name", metavar="ID", help="Show this one in full: formula, source, evidence.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def command(run: Path | None, name: str | None, *, as_json: bool) -> None:
    """Hold what the paper says against arithmetic and against RUN, a run's folder or its result.json.

    A run of another size than the paper's, or on another machine, decides nothing about it; what it shows is told as
    `on this scale`. Fill what can be measured here with: josie-bench run claims
    """
    from josie_bench.claims import find_claim, ledger
    from josie_bench.reports._claim_words import detail_lines

    wanted = None if name is None else find_claim(name).id
    result = None if run is None else _read(run)
    entries = [entry for entry in ledger(result) if wanted in (None, entry.claim.id)]
    if as_json:
        click.echo(json.dumps(_as_json(entries, result), indent=2, ensure_ascii=False))
    elif wanted is not None:
        for line in detail_lines(entries[0]):
            click.echo(line)
    else:
        _draw(entries, result)


def _read(place: Path) -> Result:
    from josie_bench.reports.result import FILES, read

    return read(place.parent if place.name == FILES[0] else place)


def _draw(entries: list[Entry], result: Result | None) -> None:
    from josie_bench.reports._claim_words import HEADS, count_words, row, scales, subject_words

    table = Table(title=None if result is None else subject_words(result), title_justify="left", show_lines=True)
    for head in HEADS:
        table.add_column(head, overflow="fold")
    for entry in entries:
        *cells, verdict = row(entry)
        table.add_row(*map(Text, cells), Text(verdict, style=STYLES.get(entry.verdict, "")))
    console = table_console()
    console.print(table)
    if found := scales(entries):
        console.print(f"measured on {'; '.join(found)}", markup=False, highlight=False)
    console.print(count_words(entries), markup=False, highlight=False)


def _as_json(entries: list[Entry], result: Result | None) -> dict[str, Any]:
    from josie_bench.claims import counts

    return {
        "schema": "josie-bench/claims.v1",
        "run": None if result is None else {"id": result.run.id, "suite": result.run.suite},
        "counts": counts(entries),
        "claims": [_claim_json(entry) for entry in entries],
    }


def _claim_json(entry: Entry) -> dict[str, Any]:
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
