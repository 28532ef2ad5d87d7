"""`josie-bench compare run`: both sides measured in blocks of fresh processes, interleaved, and then compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from josie_bench.bench.compare import Question, compare_results
from josie_bench.bench.run import run_cases
from josie_bench.bench.run_state import new_run
from josie_bench.cli.choices import case_option, read_cases, set_option, suite_argument
from josie_bench.cli.comparing import all_option, gate_option, leave, store_option, strict_option, tell
from josie_bench.cli.options import build_timeout_option, duration_s, engines_option
from josie_bench.cli.progress import LiveProgress
from josie_bench.cli.run_folder import leave_if_stopped, locked_plan, make_folder, output_option, write_reports
from josie_bench.errors import UsageError
from josie_bench.evidence.manifest import seal
from josie_bench.statistics.comparison import LEAST_BLOCKS
from josie_bench.suites.settings import setting_names
from josie_bench.terms.case import Case


@click.command("compare run")
@suite_argument
@click.option("--a", "a", multiple=True, metavar="KEY=VALUE", help="What side A is, e.g. backend=eager (repeatable).")
@click.option("--b", "b", multiple=True, metavar="KEY=VALUE", help="What side B is, e.g. backend=onnxruntime.")
@click.option("--blocks", default=LEAST_BLOCKS, show_default=True, type=click.IntRange(1, 1000), help="Runs of a side.")
@set_option
@case_option
@engines_option
@build_timeout_option
@output_option
@gate_option
@store_option
@strict_option
@all_option
def command(
    suite: str,
    a: tuple[str, ...],
    b: tuple[str, ...],
    *,
    blocks: int,
    overrides: tuple[str, ...],
    wanted: tuple[str, ...],
    engines: Path,
    build_timeout: str,
    output: Path,
    gates: tuple[str, ...],
    store: Path,
    strict: bool,
    is_all: bool,
) -> None:
    """Measure SUITE on sides A and B, a fresh process of each in every block in random order, and compare them.

    Fewer than 8 blocks decide nothing unless a calibration of this host makes up for it. Exit codes: 0 no regression,
    1 a gated metric is worse, 2 wrong usage, 3 not measured, 4 not decided (with --strict), 130 or 143 interrupted.
    """
    from josie_bench.reports._comparison import write_comparison
    from josie_bench.reports._noise_floors import read_noise_floors

    build_timeout_s = duration_s("--build-timeout", build_timeout)
    for option, words in (("--a", a), ("--b", b)):
        _check(option, words)
    floors = read_noise_floors(store)
    rounds = (*overrides, f"rounds={blocks}")
    loaded, first = read_cases(suite, (*rounds, *a), ())
    _, second = read_cases(suite, (*rounds, *b), ())
    pairs = _pairs(first, second, wanted)
    state = new_run(loaded.name, loaded.sha256)
    folder = make_folder(output / loaded.name / state.id)
    cases = [case for pair in pairs for case in pair]
    progress = LiveProgress(is_shown=True, as_json=False)
    plan = locked_plan(folder, loaded, cases, engines=engines, build_timeout_s=build_timeout_s, on_progress=progress)
    with progress:
        run_cases(state, cases, plan)
    result = write_reports(state, folder)
    leave_if_stopped(state)
    question = Question(
        gates=gates,
        varied=_varied(a, b),
        pairs=tuple((one.id, other.id) for one, other in pairs),
        floors=floors,
        is_interleaved=True,
    )
    comparison = compare_results(result, result, question)
    write_comparison(comparison, folder)
    seal(folder)
    tell(comparison, is_all=is_all)
    click.echo(str(folder))
    leave(comparison, is_strict=strict)


def _check(option: str, words: Sequence[str]) -> None:
    for word in words:
        if not word.partition("=")[1]:
            raise UsageError(f"{option} {word}: write {option} KEY=VALUE, for example {option} backend=eager")
        if word.partition("=")[0].strip() == "rounds":
            raise UsageError(f"{option} {word}: both sides have the same rounds: use --blocks")


def _varied(a: Sequence[str], b: Sequence[str]) -> tuple[str, ...]:
    """Return the settings that one side or both were given."""
    keys = [word.partition("=")[0].strip() for word in (*a, *b)]
    return tuple(dict.fromkeys(name for key in keys for name in setting_names() if f".{key}".endswith(f".{name}")))


def _pairs(first: Sequence[Case], second: Sequence[Case], wanted: Sequence[str]) -> list[tuple[Case, Case]]:
    """Return the cases of both sides that belong together, under ids that say which side they are."""
    if len(first) != len(second):
        mend = "vary the same settings on both sides"
        raise UsageError(f"side A has {len(first)} cases and side B {len(second)}: {mend}")
    both = list(zip(first, second, strict=True))
    chosen = [pair for pair in both if not wanted or {pair[0].id, pair[1].id} & set(wanted)]
    for name in wanted:
        if not any(name in (one.id, other.id) for one, other in both):
            known = ", ".join(dict.fromkeys(case.id for pair in both for case in pair))
            raise UsageError(f"--case {name}: no side has such a case: known are {known}")
    return [(_named("A", one), _named("B", other)) for one, other in chosen]


def _named(side: str, case: Case) -> Case:
    return replace(case, id=f"{side}/{case.id}")
