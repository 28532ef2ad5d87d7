"""`josie-bench list`: what a suite can name, and whether it can be used here."""

from __future__ import annotations

import click
from rich.console import Console

from josie_bench.plugins import find_member, member_names

KINDS = ("backends", "metrics", "evaluators", "tasks", "scenarios", "meters", "presets", "suites", "recipes")
FAMILIES = {"meters": "probes.meters"}  # those that are not named as their kind
MAY_BE_MISSING = ("backends", "evaluators", "meters")


@click.command("list")
@click.argument("kinds", nargs=-1, type=click.Choice(KINDS))
def command(kinds: tuple[str, ...]) -> None:
    """List backends, metrics, evaluators, tasks, scenarios, meters of energy, presets, suites or recipes; or all."""
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
    return [(name, _line(kind, name)) for name in member_names(FAMILIES.get(kind, kind))]


def _line(kind: str, name: str) -> str:
    member = find_member(FAMILIES.get(kind, kind), name)
    if kind == "metrics":
        metric = member.METRIC
        return f"{metric.title} [{metric.unit}]: {', '.join(metric.statistics)}"
    summary: str = member.SUMMARY
    reason = member.unavailable() if kind in MAY_BE_MISSING else None
    if reason is None:
        return summary if kind != "backends" else f"{summary} ({', '.join(member.PRECISIONS)})"
    return f"{summary}: not available: {reason.detail if kind == 'meters' else reason}"
