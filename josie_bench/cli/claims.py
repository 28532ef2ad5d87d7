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
@click.argument("runs", nargs=-1, metavar="[RUN]...", type=click.Path(path_type=Path))
@click.option("--id", "name", metavar="ID", help="Show this one in full: formula, source, evidence.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def command(runs: tuple[Path, ...], name: str | None, *, as_json: bool) -> None:
    """Hold what the paper says against arithmetic and against every RUN, a run's folder or its result.json.

    A run of another size than the paper's, or on another machine, decides nothing about it; what it shows is told as
    `on this scale`. Fill what can be measured here with: josie-bench run claims
    """
    from josie_bench.claims import find_claim, ledger
    from josie_bench.reports._claim_words import detail_lines

    wanted = None if name is None else find_claim(name).id
    results = [_read(run) for run in runs]
    entries = [entry for entry in ledger(*results) if wanted in (None, entry.claim.id)]
    if as_json:
        click.echo(json.dumps(_as_json(entries, results), indent=2, ensure_ascii=False))
    elif wanted is not None:
        for line in detail_lines(entries[0]):
            click.echo(line)
    else:
        _draw(entries, results)


def _read(place: Path) -> Result:
    from josie_bench.reports.result import read

    return read(run_folder(place))


def _draw(entries: list[Entry], results: list[Result]) -> None:
    from josie_bench.reports._claim_words import count_words, scales, subject_words

    console = table_console()
    console.print(ledger_table(entries, "; ".join(map(subject_words, results)) or None))
    if found := scales(entries):
        console.print(f"measured on {'; '.join(found)}", markup=False, highlight=False)
    console.print(count_words(entries), markup=False, highlight=False)


def _as_json(entries: list[Entry], results: list[Result]) -> dict[str, Any]:
    from josie_bench.claims import counts

    return {
        "schema": "josie-bench/claims.v1",
        "runs": [{"id": result.run.id, "suite": result.run.suite} for result in results],
        "counts": counts(entries),
        "claims": [entry_json(entry) for entry in entries],
    }
