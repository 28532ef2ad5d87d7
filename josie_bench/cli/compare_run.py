"""`josie-bench compare run`: both sides measured in blocks of fresh processes, interleaved, and then compared."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import replace
from pathlib import Path

import click

from josie_bench.bench.comparability import differences
from josie_bench.bench.compare import Question, compare_results
from josie_bench.bench.interleaving import is_interleaved
from josie_bench.cli.choices import ChoosingOption, read_cases
from josie_bench.cli.comparing import all_option, gate_option, leave, store_option, strict_option, tell
from josie_bench.cli.measuring import Order, Reader, Work, measure, measuring, open_work
from josie_bench.cli.progress import LiveProgress
from josie_bench.cli.run_folder import end_run, leave_if_complete, leave_stopped, resumable
from josie_bench.errors import UsageError
from josie_bench.statistics.comparison import LEAST_BLOCKS
from josie_bench.suites.load import Suite
from josie_bench.suites.settings import Settings, meaning, setting_names
from josie_bench.terms.case import Case
from josie_bench.terms.comparison import Comparison
from josie_bench.terms.noise_floor import NoiseFloor
from josie_bench.terms.result import Result


@click.command("compare run")
@click.option(
    "--a",
    cls=ChoosingOption,
    multiple=True,
    metavar="KEY=VALUE",
    help="What side A is, e.g. backend=eager.",
)
@click.option(
    "--b", cls=ChoosingOption, multiple=True, metavar="KEY=VALUE", help="What side B is, e.g. backend=onnxruntime."
)
@click.option(
    "--blocks",
    cls=ChoosingOption,
    default=LEAST_BLOCKS,
    show_default=True,
    type=click.IntRange(1, 1000),
    help="Runs of a side.",
)
@measuring
@gate_option
@store_option
@strict_option
@all_option
def command(
    order: Order,
    *,
    a: tuple[str, ...],
    b: tuple[str, ...],
    blocks: int,
    gates: tuple[str, ...],
    store: Path,
    strict: bool,
    is_all: bool,
) -> None:
    """Measure SUITE on sides A and B, a fresh process of each in every block in random order, and compare them.

    Fewer than 8 blocks decide nothing unless a calibration of this host makes up for it. With --resume, what has ended
    in the run's folder is not measured again; gates are those it was begun with unless others are given.

    Exit codes: 0 no regression, 1 a gated metric is worse, 2 wrong usage, 3 not measured, 4 not decided (with
    --strict), 130 or 143 interrupted.
    """
    from josie_bench.reports._noise_floors import read_noise_floors

    for option, words in (("--a", a), ("--b", b)):
        _check(option, words)
    floors = read_noise_floors(store)
    work = open_work("compare run", order, _reader(a, b, blocks), {"gates": list(gates)})
    run = work.run
    leave_if_complete(run, work.suite, work.cases)
    with resumable(run):
        result = measure(work, LiveProgress(is_shown=True, as_json=False))
        comparison = _compared(work, result, floors) if run.state.stop is None else None
        end_run(run, result)
    if comparison is None:
        leave_stopped(run)
    tell(comparison, is_all=is_all)
    click.echo(str(run.path))
    leave(comparison, is_strict=strict)


def _reader(a: tuple[str, ...], b: tuple[str, ...], blocks: int) -> Reader:
    """Return what gives the cases of both sides, those that belong together one after the other."""

    def read(suite: str, overrides: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[Suite, Sequence[Case]]:
        rounds = (*overrides, f"rounds={blocks}")
        loaded, first = _read_side(suite, "--a", rounds, a)
        other, second = _read_side(suite, "--b", rounds, b)
        _check_pairs(loaded, other)
        return loaded, [case for pair in _pairs(first, second, wanted) for case in pair]

    return read


def _read_side(
    suite: str, option: str, rounds: tuple[str, ...], words: tuple[str, ...]
) -> tuple[Suite, Sequence[Case]]:
    """Return the cases of one side; what is wrong with its own words is blamed on the option that gave them."""
    try:
        return read_cases(suite, (*rounds, *words))
    except UsageError as error:
        told = str(error)
        for word in words:
            told = told.replace(f"--set {word}", f"{option} {word}")
        raise UsageError(told) from error


def _compared(work: Work, result: Result, floors: tuple[NoiseFloor, ...]) -> Comparison:
    """Write the comparison of both sides into the run's folder and return it."""
    from josie_bench.reports._comparison import write_comparison

    ids = [case.id for case in work.cases]
    pairs = tuple(zip(ids[::2], ids[1::2], strict=True))
    question = Question(
        gates=tuple(work.run.asked["gates"]),
        varied=_varied(result, pairs),
        pairs=pairs,
        floors=floors,
        is_interleaved=is_interleaved(result, pairs),
    )
    comparison = compare_results(result, result, question)
    write_comparison(comparison, work.run.path)
    return comparison


def _check(option: str, words: Sequence[str]) -> None:
    for word in words:
        if not word.partition("=")[1]:
            raise UsageError(f"{option} {word}: write {option} KEY=VALUE, for example {option} backend=eager")
        if word.partition("=")[0].strip() == "rounds":
            raise UsageError(f"{option} {word}: both sides have the same rounds: use --blocks")


def _check_pairs(first: Suite, second: Suite) -> None:
    """Refuse sides of which two cases that belong together differ in what a matrix says, and neither side."""
    for a, b in zip(first.cases, second.cases, strict=True):
        fixed = {*a.overrides, *b.overrides}
        rows, others = ([_meanings(row, fixed) for row in side.matrix.rows(side.overrides)] for side in (a, b))
        if rows != others:
            what = f"case {a.name}: its matrix gives the sides other combinations ({len(rows)} and {len(others)})"
            raise UsageError(f"{what}: set the same of its settings with --a and with --b")


def _meanings(row: Settings, fixed: Collection[str]) -> dict[str, Hashable]:
    return {key: meaning(key, mark) for key, mark in row.items() if key not in fixed}


def _varied(result: Result, pairs: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Return the settings in which cases that belong together differ: those a side set, and what follows from them."""
    cases = {case.id: case for case in result.cases}
    found = [some.field for a, b in pairs for some in differences(result, cases[a], result, cases[b])]
    return tuple(name for name in dict.fromkeys(found) if name in setting_names())


def _pairs(first: Sequence[Case], second: Sequence[Case], wanted: Sequence[str]) -> list[tuple[Case, Case]]:
    """Return the cases of both sides that belong together, under ids that say which side they are."""
    both = list(zip(first, second, strict=True))
    chosen = [pair for pair in both if not wanted or {pair[0].id, pair[1].id} & set(wanted)]
    for name in wanted:
        if not any(name in (one.id, other.id) for one, other in both):
            known = ", ".join(dict.fromkeys(case.id for pair in both for case in pair))
            raise UsageError(f"--case {name}: no side has such a case: known are {known}")
    return [(_named("A", one), _named("B", other)) for one, other in chosen]


def _named(side: str, case: Case) -> Case:
    return replace(case, id=f"{side}/{case.id}")
