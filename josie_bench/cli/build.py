"""`josie-bench build`: the engines of a suite, ahead of its run."""

from __future__ import annotations

from pathlib import Path

import click

from josie_bench.bench.calibration import prepare_engines
from josie_bench.cli.choices import case_option, read_cases, set_option, suite_argument
from josie_bench.cli.options import build_timeout_option, duration_s, engines_option
from josie_bench.engines.store import EngineRequest
from josie_bench.errors import UnavailableError


@click.command("build")
@suite_argument
@set_option
@case_option
@engines_option
@build_timeout_option
def command(suite: str, overrides: tuple[str, ...], wanted: tuple[str, ...], engines: Path, build_timeout: str) -> None:
    """Build the engines that SUITE needs; those already in the store are kept."""
    timeout_s = duration_s("--build-timeout", build_timeout)
    _, cases = read_cases(suite, overrides, wanted)
    requests = dict.fromkeys(EngineRequest(model=case.model, engines=case.engines) for case in cases)
    is_any_missing = False
    for request in requests:
        name = f"{request.model.preset} {request.engines.backend} {request.engines.precision}"
        try:
            found, fresh = prepare_engines(engines, request, lambda line: click.echo(line, err=True), timeout_s)
        except UnavailableError as error:
            is_any_missing = True
            click.echo(f"{name}: skipped: {error}", err=True)
            continue
        size = sum(manifest.byte_count for manifest in found.values())
        click.echo(f"{name}: {len(fresh)} built, {len(found) - len(fresh)} kept, {size / 1e6:.1f} MB")
    if is_any_missing:
        raise SystemExit(UnavailableError.exit_code)
