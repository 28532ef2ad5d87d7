"""`josie-bench doctor`: what on this machine would spoil a measurement, and how to mend it."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from josie_bench.plugins import find_member, member_names
from josie_bench.probes.host import Finding, findings, host_facts
from josie_bench.reports._facts import fact_table

MARKS = {"ok": "[green]ok[/green]     ", "warn": "[yellow]warn[/yellow]   ", "missing": "[red]missing[/red]"}


@click.command("doctor")
def command() -> None:
    """Look at this machine: versions, CPU governor, memory, GPU; each finding comes with its mend."""
    console = Console()
    facts = Table.grid(padding=(0, 2))
    for name, value in fact_table(host_facts()).rows:
        facts.add_row(Text(name.text), Text(value.text, overflow="fold"))
    console.print(facts)
    console.print()
    for finding in (*findings(), *_evaluator_findings()):
        console.print(MARKS[finding.level], end=" ")
        console.print(
            finding.what if not finding.mend else f"{finding.what}: {finding.mend}", markup=False, highlight=False
        )


def _evaluator_findings() -> list[Finding]:
    """Return which outside judges can be used here and which cannot; `josie-bench list evaluators` says why."""
    reasons = {name: find_member("evaluators", name).unavailable() for name in member_names("evaluators")}
    usable, lacking = (
        [name for name in reasons if (reasons[name] is None) is is_usable] for is_usable in (True, False)
    )
    found = [Finding(level="ok", what=f"evaluators {', '.join(usable)}")] if usable else []
    mend = next((reason.mend for reason in reasons.values() if reason is not None), None)
    if lacking:
        what = f"evaluators {', '.join(lacking)} lack libraries"
        found.append(Finding(level="missing", what=what, mend=mend or "josie-bench list evaluators"))
    return found
