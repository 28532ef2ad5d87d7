"""`josie-bench plugin`: whether a member from another package keeps what its family promises."""

from __future__ import annotations

import sys

import click

from josie_bench.errors import UnavailableError


@click.group("plugin")
def command() -> None:
    """Examine members that other packages bring."""


@command.command("test")
@click.argument("member")
def test(member: str) -> None:
    """Hold MEMBER against every promise of its family, one line each.

    MEMBER is `backends:NAME` or `metrics:NAME` of an installed member, or `backends:PACKAGE.MODULE` of one that is not
    installed yet.

    Exit codes: 0 all promises are kept, 1 one is broken, 2 no such member, 3 a backend cannot run here.
    """
    from josie_bench.conformance.examination import examine, find_subject

    family, name, module = find_subject(member)
    broken = unchecked = 0
    for finding in examine(family, name, module):
        broken += finding.wrong is not None
        unchecked += finding.unchecked is not None
        click.echo(finding.line)
    if broken:
        click.echo(f"{member}: {broken} broken")
        sys.exit(1)
    if family == "backends" and (reason := module.unavailable()) is not None:
        click.echo(f"skip: all that runs an engine: {reason}")
        sys.exit(UnavailableError.exit_code)
    left = f" but {unchecked} that could not be checked" if unchecked else ""
    click.echo(f"{member}: keeps every promise{left}")
