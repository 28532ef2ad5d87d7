"""`josie-bench build`: the engines of a suite, ahead of its run, for this machine or for GPUs elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from josie_bench.bench.calibration import ensure_calibration
from josie_bench.cli.building import BuildOrder, building, tell
from josie_bench.cli.choices import suite_argument
from josie_bench.cli.options import only_one
from josie_bench.engines.cross_build import BuildOutcome, cross_build
from josie_bench.engines.store import EngineRequest
from josie_bench.engines.targets import check_buildable, read_targets
from josie_bench.errors import UnavailableError, UsageError
from josie_bench.plugins import find_member, unknown_name
from josie_bench.suites.calibration import calibration_misfit, is_calibrated
from josie_bench.suites.plan_options import options_misfit
from josie_bench.suites.profiles import profile_misfit
from josie_bench.terms.case import Case
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.precision import PRECISIONS


@click.command("build")
@suite_argument
@building
@click.option("--backend", multiple=True, help="Build with this backend instead of the suite's.")
@click.option("--precision", multiple=True, help="Build at this precision instead of the suite's.")
@click.option("--target", metavar="sm80,sm89", help="Build for these GPUs, which need not be here.")
def command(
    order: BuildOrder,
    *,
    suite: str,
    backend: tuple[str, ...],
    precision: tuple[str, ...],
    target: str | None,
) -> None:
    """Build the engines that SUITE needs; those already in the store are kept.

    josie-bench build realtime --backend tensorrt_rtx --precision fp16 --target sm80,sm89
    """
    targets = read_targets(target) if target is not None else ()
    one_backend, one_precision = (
        only_one(option, given, "build") if given else None
        for option, given in (("backend", backend), ("precision", precision))
    )
    cases = tuple(
        replace(case, engines=_chosen(case.engines, one_backend, one_precision)) for case in order.cases(suite)
    )
    for case in cases:
        _check_engines(case)  # the suite's own engines fit, those of the command line need not
    requests = tuple(dict.fromkeys(EngineRequest.of(case) for case in cases))
    if _build_elsewhere(order.engines, requests, targets) if targets else _build_here(order, requests):
        raise SystemExit(UnavailableError.exit_code)


def _chosen(engines: EngineChoice, backend: str | None, precision: str | None) -> EngineChoice:
    """Return the suite's choice with what the command line says instead.

    Raises:
        UsageError: no such backend or precision, or the one has not the other.
    """
    if backend is None and precision is None:
        return engines
    offered = find_member("backends", backend).PRECISIONS if backend is not None else (*PRECISIONS,)
    if precision is not None and backend is None and precision not in offered:
        raise UsageError(f"--precision {precision}: {unknown_name('precision', precision, offered)}")
    if precision is not None and precision not in offered:
        raise UsageError(f"{backend} has no precision {precision!r}: it has {', '.join(offered)}")
    return replace(engines, backend=backend or engines.backend, precision=precision or engines.precision, apart=())


def _build_here(order: BuildOrder, requests: Sequence[EngineRequest]) -> bool:
    """Build for this machine; return whether any request was skipped."""
    is_any_missing = False
    for request in requests:
        name = f"{request.model.preset} {request.engines.backend} {request.engines.precision}"
        try:
            found, fresh = order.prepare(request)
        except UnavailableError as error:
            is_any_missing = True
            tell(f"{name}: skipped: {error}")
            continue
        size = sum(manifest.byte_count for manifest in found.values())
        click.echo(f"{name}: {len(fresh)} built, {len(found) - len(fresh)} kept, {size / 1e6:.1f} MB")
    return is_any_missing


def _build_elsewhere(root: Path, requests: Sequence[EngineRequest], targets: Sequence[str]) -> bool:
    """Build for the targets, one line an engine; return whether any was refused."""
    for request in requests:
        for backend, precision in request.engines.pairs():
            check_buildable(backend, precision, targets)
    is_any_refused = False
    for request in requests:
        if is_calibrated(request.engines):
            ensure_calibration(root, request.model, tell, calibration=request.engines.calibration)
        for outcome in cross_build(root, request, targets):
            is_any_refused = is_any_refused or outcome.refusal is not None
            click.echo(_line(request.model.preset, outcome))
    return is_any_refused


def _check_engines(case: Case) -> None:
    """Hold a case's options, calibration set and windows against its engines.

    Raises:
        UsageError: they do not have the options, none is calibrated, or no profile of theirs holds the windows.
    """
    engines = case.engines
    if (misfit := options_misfit(engines) or calibration_misfit(engines) or profile_misfit(case)) is not None:
        raise UsageError(f"case {case.id}: {misfit[1]}")


def _line(preset: str, outcome: BuildOutcome) -> str:
    name = f"{preset} {outcome.component:20} {outcome.backend} {outcome.precision} {outcome.target:5}"
    if outcome.refusal is not None:
        return f"{name} refused: {outcome.refusal}"
    kept = " (kept)" if outcome.was_cached else ""
    return f"{name} {outcome.byte_count / 1e6:7.1f} MB {outcome.seconds:6.1f} s{kept}"
