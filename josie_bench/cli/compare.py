"""`josie-bench compare`: two stored runs held against each other; `compare run` measures both sides, interleaved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from josie_bench.bench.compare import Question, compare_results
from josie_bench.cli.comparing import all_option, gate_option, leave, store_option, strict_option, tell
from josie_bench.cli.options import history_option
from josie_bench.cli.stored_run import run_folder
from josie_bench.errors import UsageError


class _Compare(click.Command):
    """The command, unless its first word is `run`: a folder of that name is `./run`."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Return the context of what is asked for."""
        if args[:1] != ["run"]:
            return super().make_context(info_name, args, parent, **extra)
        from josie_bench.cli.compare_run import command as measure

        return measure.make_context(f"{info_name} run", args[1:], parent, **extra)


@click.command("compare", cls=_Compare, epilog="Measure both sides, interleaved: josie-bench compare run --help")
@click.argument("a", type=click.Path(path_type=Path))
@click.argument("b", type=click.Path(path_type=Path), required=False)
@click.option("--baseline", metavar="NAME", help="Hold the only run given against the one of this name.")
@history_option
@click.option("--vary", "varied", multiple=True, metavar="CONDITION", help="May differ, e.g. backend (repeatable).")
@gate_option
@store_option
@strict_option
@all_option
@click.option("--output", type=click.Path(path_type=Path), help="Write comparison.json, .html and .md here.")
def command(
    a: Path,
    b: Path | None,
    varied: tuple[str, ...],
    gates: tuple[str, ...],
    *,
    baseline: str | None,
    history: Path,
    store: Path,
    strict: bool,
    is_all: bool,
    output: Path | None,
) -> None:
    """Hold run B against run A and say FASTER, SLOWER, SAME or AMBIGUOUS.

    Each is a run folder, its result.json, or a folder that holds this one run.

    Cases match by id, or are the only one of each. Exit codes: 0 no regression, 1 a gated metric is worse, 2 wrong
    usage, 3 not comparable or not valid, 4 not decided (with --strict).
    """
    from josie_bench.reports._comparison import write_comparison
    from josie_bench.reports._noise_floors import read_noise_floors
    from josie_bench.reports.result import read

    first, second = (read(run_folder(place)) for place in _sides(a, b, baseline, history))
    carried = [floor for side in (first, second) if side.fleet is not None for floor in side.fleet.noise_floors]
    question = Question(gates=gates, varied=varied, floors=(*read_noise_floors(store), *carried))
    if first == second:
        raise UsageError(f"A and B are the same run, {first.run.id}: name another one")
    comparison = compare_results(first, second, question)
    tell(comparison, is_all=is_all)
    for file in write_comparison(comparison, output) if output else ():
        click.echo(str(file))
    leave(comparison, is_strict=strict)


def _sides(a: Path, b: Path | None, baseline: str | None, history: Path) -> tuple[Path, Path]:
    """Return the places of both runs.

    Raises:
        UsageError: there is one too few or too many, or no such baseline.
    """
    from josie_bench.reports._history import baseline_folder, opened

    if (b is None) is (baseline is None):
        raise UsageError("give two runs, or one run and --baseline NAME")
    if b is not None:
        return a, b
    with opened(history) as store:
        return baseline_folder(store, history, str(baseline)), a
