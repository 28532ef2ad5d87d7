"""`josie-bench check`: suites held against their schema, without running anything."""

from __future__ import annotations

import click

from josie_bench.cli.choices import read_cases, set_option
from josie_bench.errors import UsageError


@click.command("check")
@click.argument("suites", nargs=-1, required=True)
@set_option
def command(suites: tuple[str, ...], overrides: tuple[str, ...]) -> None:
    """Check SUITES (names or files): keys, units, names of metrics and backends, media, budgets.

    All are checked before the first error ends the command with exit code 2.
    """
    errors = []
    for suite in suites:
        try:
            loaded, cases = read_cases(suite, overrides)
        except UsageError as error:
            errors.append(error)
            click.echo(f"error: {error}", err=True)
        else:
            gated = sum(case.is_gated for case in cases)
            click.echo(f"{loaded.path}: ok: {len(cases)} cases, {gated} gated")
    if errors:
        raise SystemExit(UsageError.exit_code)
