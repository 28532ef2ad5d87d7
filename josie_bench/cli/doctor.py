"""`josie-bench doctor`: what on this machine would spoil a measurement, and how to mend it."""

from __future__ import annotations

import click
from rich.console import Console

from josie_bench.probes.host import findings, host_facts

MARKS = {"ok": "[green]ok[/green]     ", "warn": "[yellow]warn[/yellow]   ", "missing": "[red]missing[/red]"}


@click.command("doctor")
def command() -> None:
    """Look at this machine: versions, CPU governor, memory, GPU; each finding comes with its mend."""
    console = Console()
    for name, value in host_facts().items():
        console.print(f"{name:20} {value}", markup=False, highlight=False, overflow="fold")
    console.print()
    for finding in findings():
        console.print(MARKS[finding.level], end=" ")
        console.print(
            finding.what if not finding.mend else f"{finding.what}: {finding.mend}", markup=False, highlight=False
        )
