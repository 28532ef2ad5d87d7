"""`josie-bench metrics`: which numbers there are, and exactly what each one means."""

from __future__ import annotations

import textwrap

import click

from josie_bench.errors import UsageError
from josie_bench.metrics import DIRECTION_WORDS, Metric, all_metrics
from josie_bench.plugins import unknown_name

WIDTH = 100


@click.group("metrics")
def command() -> None:
    """List the metrics, and explain one."""


@command.command("list")
def list_metrics() -> None:
    """List every metric: its id, its definition's version, unit, direction and statistics."""
    for name, metric in all_metrics().items():
        click.echo(f"{name} ({metric.definition}): {metric.title} [{metric.unit}, {DIRECTION_WORDS[metric.direction]}]")
        click.echo(f"  {', '.join(metric.statistics)}")


@command.command("explain")
@click.argument("key")
def explain(key: str) -> None:
    """Say what KEY means: a metric such as `response_latency`, or a statistic such as `response_latency.p99`."""
    name, _, statistic = key.partition(".")
    known = all_metrics()
    if name not in known:
        raise UsageError(unknown_name("metric", name, known))
    metric = known[name]
    if statistic and statistic not in metric.statistics:
        raise UsageError(unknown_name(f"statistic of {name}", statistic, metric.statistics))
    for line in _explanation(name, metric, [statistic] if statistic else list(metric.statistics)):
        click.echo(line)


def _explanation(name: str, metric: Metric, statistics: list[str]) -> list[str]:
    return [
        f"{metric.title} ({name})",
        "",
        f"unit:        {metric.unit}",
        f"direction:   {DIRECTION_WORDS[metric.direction]}",
        f"definition:  {metric.definition}",
        f"origin:      {metric.origin}",
        f"computed of: {metric.of}",
        "",
        *textwrap.wrap(metric.description, WIDTH, break_on_hyphens=False),
        "",
        "statistics:",
        *(f"  {name}.{statistic}: {metric.statistics[statistic]}" for statistic in statistics),
        "",
        f"in a budget: {name}.{statistics[0]}{_limit(metric)}",
    ]


def _limit(metric: Metric) -> str:
    """Return how a bound on the metric is written, e.g. ` < LIMIT ms`."""
    sign = ">" if metric.direction == "higher" else "<"
    return f" {sign} LIMIT" + (f" {metric.unit}" if metric.unit.isalpha() and metric.unit != "ratio" else "")
