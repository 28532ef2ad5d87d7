"""`josie-bench plan`: what a run would do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from josie_bench.bench.forecast import CaseForecast, forecast
from josie_bench.cli.choices import case_option, read_cases, set_option, suite_argument
from josie_bench.cli.number_table import Cell, print_numbers
from josie_bench.cli.options import engines_option, table_console
from josie_bench.terms.case import Case
from josie_bench.terms.timebase import mib_from_bytes

HEADS = ("case", "windows", "about", "memory", "engines")


@click.command("plan")
@suite_argument
@set_option
@case_option
@engines_option
def command(suite: str, overrides: tuple[str, ...], wanted: tuple[str, ...], engines: Path) -> None:
    """Say what running SUITE would do: cases, minutes, memory, engines to build, what is skipped and why."""
    loaded, cases = read_cases(suite, overrides, wanted)
    rows = forecast(cases, engines)
    console = table_console()
    print_numbers(console, f"{loaded.name}: {len(cases)} cases", HEADS, [_cells(row) for row in rows])
    console.print(_total(rows), highlight=False)


def _total(rows: Sequence[CaseForecast]) -> str:
    """Return how long all cases take that are not skipped, and how many are."""
    minutes = sum(row.seconds for row in rows) / 60.0
    skipped = sum(row.skip is not None for row in rows)
    left_out = f", without the {skipped} of {len(rows)} cases that are skipped" if skipped else ""
    return f"about {minutes:.1f} minutes{left_out}"


def _cells(row: CaseForecast) -> list[Cell]:
    seconds = Cell(text="" if row.skip else f"{row.seconds:.0f} s")
    return [Cell(text=row.case.id), Cell(text=_windows(row.case)), seconds, _memory(row), _engines(row)]


def _memory(row: CaseForecast) -> Cell:
    """Return what a trial holds of the host's memory, and of a GPU's below it."""
    host, gpu = (
        None if count is None else f"{mib_from_bytes(count):,.0f} MiB" for count in (row.host_bytes, row.gpu_bytes)
    )
    on_gpu = "" if gpu is None else f"{gpu} of a GPU"
    return Cell(text=on_gpu) if host is None else Cell(text=host, note=on_gpu)


def _windows(case: Case) -> str:
    if case.judged is not None:
        return f"at most {case.judged.items} items"
    if case.capacity is not None:
        return f"at most {case.capacity.probes} trials"
    return str(case.total_windows) if case.rounds == 1 else f"{case.rounds} × {case.total_windows}"


def _engines(row: CaseForecast) -> Cell:
    if row.skip:
        return Cell(text="skipped", note=row.skip)
    if row.case.is_virtual:
        return Cell(text="none: virtual time")
    return Cell(text=f"build {len(row.to_build)}" if row.to_build else "cached")
