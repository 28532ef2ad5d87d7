"""`josie-bench claims`: the paper's checkable statements, recomputed, measured by a run, and their verdicts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from josie_bench.cli.ledger_table import entry_json, ledger_table
from josie_bench.cli.options import table_console
from josie_bench.cli.stored_run import run_folder
from josie_bench.terms.claim import Entry
from josie_bench.terms.result import Result


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
    from josie_bench.reports.result import read

    return read(run_folder(place))


def _draw(entries: list[Entry], result: Result | None) -> None:
    from josie_bench.reports._claim_words import count_words, scales, subject_words

    console = table_console()
    console.print(ledger_table(entries, None if result is None else subject_words(result)))
    if found := scales(entries):
        console.print(f"measured on {'; '.join(found)}", markup=False, highlight=False)
    console.print(count_words(entries), markup=False, highlight=False)


def _as_json(entries: list[Entry], result: Result | None) -> dict[str, Any]:
    from josie_bench.claims import counts

    return {
        "schema": "josie-bench/claims.v1",
        "run": None if result is None else {"id": result.run.id, "suite": result.run.suite},
        "counts": counts(entries),
        "claims": [entry_json(entry) for entry in entries],
    }
