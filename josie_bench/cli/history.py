"""`josie-bench history`: runs over time, where they step, and a page that draws them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from rich.table import Table

import josie_bench
from josie_bench.cli.options import history_option, table_console
from josie_bench.cli.stored_run import run_folder
from josie_bench.errors import UsageError
from josie_bench.metrics import all_metrics
from josie_bench.plugins import unknown_name


@click.group("history")
def command() -> None:
    """Keep runs over time, find where they step, and draw them."""


@command.command("add")
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path))
@history_option
def add(folders: tuple[Path, ...], history: Path) -> None:
    """Note the runs in FOLDERS, each a run folder or its result.json; nothing that was noted is ever changed."""
    from josie_bench.reports._history import add_run, opened

    with opened(history, is_new=True) as store:
        for folder in folders:
            run, is_new = add_run(store, history, run_folder(folder))
            click.echo(f"{run.sha256[:12]}  {run.run}  {'added' if is_new else 'was there'}")


@command.command("list")
@history_option
def list_runs(history: Path) -> None:
    """List the runs, the oldest first."""
    from josie_bench.reports._history import opened, past_runs

    table = Table("sha256", "run", "suite", "measured", "machine", "josie-bench", "commit", "folder")
    with opened(history) as store:
        for run in past_runs(store):
            facts = (run.facts.get("josie-bench", ""), run.facts.get("commit", ""))
            table.add_row(run.sha256[:12], run.run, run.suite, run.started, run.machine[:8], *facts, run.place)
    table_console().print(table)


@command.command("show")
@click.argument("metric")
@click.option("--case", help="Of this case alone, by its id.")
@history_option
def show(metric: str, case: str | None, history: Path) -> None:
    """Show METRIC, such as response_latency.p50, run by run, and where it steps."""
    from josie_bench.reports._history import all_series, known_metrics, opened
    from josie_bench.reports._history_steps import levels, step_words, steps, value_words

    with opened(history) as store:
        _check_noted(known_metrics(store), metric)
        found = all_series(store, (metric,), case)
    if not found:
        raise UsageError(f"--case {case}: no run in {history} has {metric} of it")
    for series in found:
        what = ", ".join(filter(None, (series.case, metric, series.definition, f"machine {series.machine[:8]}")))
        table = Table(title=what, title_justify="left")
        for name in ("run", "measured", f"value [95 %] ({series.unit})", "of", "commit"):
            table.add_column(name)
        for run, value, basis in zip(series.runs, series.values, series.bases, strict=True):
            table.add_row(run.run, run.started, *value_words(value, basis), run.facts.get("commit", ""))
        table_console().print(table)
        for step in steps(series, levels(series)):
            click.echo(f"step at {step_words(series, step)}")


def _check_noted(noted: Sequence[str], metric: str) -> None:
    """Refuse a metric of which the history has no number, or which there is not."""
    if metric in noted:
        return
    known = [f"{name}.{statistic}" for name, some in all_metrics().items() for statistic in some.statistics]
    if metric in known:
        raise UsageError(f"no run in the history has a number of {metric}: it takes a case that is OK and has it")
    raise UsageError(unknown_name("metric", metric, noted or known))


@command.command("page")
@click.option("--output", type=click.Path(path_type=Path), default=Path("history.html"), show_default=True)
@click.option("--metric", "metrics", multiple=True, help="Draw this one instead of the headline ones (repeatable).")
@click.option("--case", help="Of this case alone, by its id.")
@history_option
def page(output: Path, metrics: tuple[str, ...], case: str | None, history: Path) -> None:
    """Draw the history as one page that needs no network."""
    from josie_bench.reports._history import all_series, known_metrics, opened, past_runs
    from josie_bench.reports._history_page import HEADLINES, to_html
    from josie_bench.writing import write_whole

    with opened(history) as store:
        for metric in metrics:
            _check_noted(known_metrics(store), metric)
        series = all_series(store, metrics or HEADLINES, case)
        count = len(past_runs(store))
    click.echo(str(write_whole(output, to_html(series, runs=count, tool=josie_bench.__version__).encode())))
