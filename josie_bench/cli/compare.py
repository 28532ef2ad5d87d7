"""`josie-bench compare`: two stored runs held against each other; `compare run` measures both sides, interleaved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from josie_bench.bench.compare import Question, compare_results
from josie_bench.cli.comparing import all_option, gate_option, leave, store_option, strict_option, tell
from josie_bench.terms.result import Result


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
@click.argument("b", type=click.Path(path_type=Path))
@click.option("--vary", "varied", multiple=True, metavar="CONDITION", help="May differ, e.g. backend (repeatable).")
@gate_option
@store_option
@strict_option
@all_option
@click.option("--output", type=click.Path(path_type=Path), help="Write comparison.json, .html and .md here.")
def command(
    a: Path,
    b: Path,
    varied: tuple[str, ...],
    gates: tuple[str, ...],
    *,
    store: Path,
    strict: bool,
    is_all: bool,
    output: Path | None,
) -> None:
    """Hold run B against run A, each a run folder or its result.json, and say FASTER, SLOWER, SAME or AMBIGUOUS.

    Cases match by id, or are the only one of each. Exit codes: 0 no regression, 1 a gated metric is worse, 2 wrong
    usage, 3 not comparable or not valid, 4 not decided (with --strict).
    """
    from josie_bench.reports._comparison import write_comparison
    from josie_bench.reports._noise_floors import read_noise_floors

    question = Question(gates=gates, varied=varied, floors=read_noise_floors(store))
    comparison = compare_results(_read(a), _read(b), question)
    tell(comparison, is_all=is_all)
    for file in write_comparison(comparison, output) if output else ():
        click.echo(str(file))
    leave(comparison, is_strict=strict)


def _read(place: Path) -> Result:
    """Return the result of a run folder or of the file itself."""
    from josie_bench.reports.result import FILES, read

    return read(place.parent if place.name == FILES[0] else place)
