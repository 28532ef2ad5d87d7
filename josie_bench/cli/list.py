"""`josie-bench list`: what a suite can name, and whether it can be used here."""

from __future__ import annotations

import click
from rich.console import Console

from josie_bench.plugins import find_member, member_names

KINDS = ("backends", "metrics", "evaluators", "tasks", "scenarios", "presets", "suites", "recipes")
NEED_LIBRARIES = ("backends", "evaluators")


@click.command("list")
@click.argument("kinds", nargs=-1, type=click.Choice(KINDS))
def command(kinds: tuple[str, ...]) -> None:
    """List backends, metrics, evaluators, tasks, scenarios, presets, suites or recipes; all without an argument."""
    console = Console()
    for kind in kinds or KINDS:
        console.print(kind, style="bold")
        for name, line in _lines(kind):
            console.print(f"  {name:22} {line}", markup=False, highlight=False)


def _lines(kind: str) -> list[tuple[str, str]]:
    if kind == "presets":
        from josie_bench.model.presets import CODECS, PRESETS

        whole = [(name, sizes.summary) for name, sizes in PRESETS.items()]
        return whole + [(name, sizes.summary) for name, sizes in CODECS.items()]
    if kind == "suites":
        from josie_bench.suites.load import bundled_suites

        return [(path.stem, str(path)) for path in bundled_suites()]
    if kind == "recipes":
        from josie_bench.suites.load import bundled_recipes

        return [(path.stem, str(path)) for path in bundled_recipes()]
    return [(name, _line(kind, name)) for name in member_names(kind)]


def _line(kind: str, name: str) -> str:
    member = find_member(kind, name)
    if kind == "metrics":
        metric = member.METRIC
        return f"{metric.title} [{metric.unit}]: {', '.join(metric.statistics)}"
    summary: str = member.SUMMARY
    reason = member.unavailable() if kind in NEED_LIBRARIES else None
    if reason is None:
        return summary if kind != "backends" else f"{summary} ({', '.join(member.PRECISIONS)})"
    return f"{summary}: not available: {reason}"
