"""`josie-bench result`: whether a folder is as it was sealed, results of old schemas, other environments."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from josie_bench.errors import IntegrityError, UsageError


@click.group("result")
def command() -> None:
    """Verify a run's folder, bring a result to the present schema, compare the environment."""


@command.command("verify")
@click.argument("run_folder", type=click.Path(path_type=Path))
def verify(run_folder: Path) -> None:
    """Hold every file of RUN_FOLDER against the digests it was sealed with.

    Exit codes: 0 all are as they were, 2 no such folder, 3 a file is missing, changed or extra, or no manifest can be
    read.
    """
    from josie_bench.evidence.manifest import differences, read_manifest

    found = differences(run_folder)
    for line in found:
        click.echo(line)
    if found:
        sys.exit(IntegrityError.exit_code)
    click.echo(f"{run_folder}: {len(read_manifest(run_folder))} files are as they were sealed")


@command.command("migrate")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--output", type=click.Path(path_type=Path), help="Write it here instead of over FILE.")
def migrate(file: Path, output: Path | None) -> None:
    """Bring FILE, a result.json, to the present schema; fields that are not known here are kept.

    Over FILE it is written only if its folder is as it was sealed, and the folder is sealed anew.
    """
    from josie_bench.evidence.manifest import MANIFEST, require_intact, seal
    from josie_bench.reports.result import migrated
    from josie_bench.terms.result import SCHEMA_VERSION
    from josie_bench.writing import write_whole

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: cannot be read: name a result.json") from error
    now = migrated(text, file)
    if output is not None:
        click.echo(str(write_whole(output, now.encode())))
    elif now == text:
        click.echo(f"{file}: needs nothing: it has schema {SCHEMA_VERSION} or later")
    else:
        require_intact(file.parent)
        click.echo(str(write_whole(file, now.encode())))
        if (file.parent / MANIFEST).is_file():
            seal(file.parent)


@command.command("environment")
@click.argument("run_folder", type=click.Path(path_type=Path))
def environment(run_folder: Path) -> None:
    """Say how this machine and what is installed on it differ from what RUN_FOLDER was measured with."""
    import josie_bench
    from josie_bench.evidence.environment import differences, environment, environment_of
    from josie_bench.probes.host import host_facts
    from josie_bench.reports.result import read

    lines = differences(environment_of(read(run_folder)), environment(host_facts(), josie_bench.__version__))
    for line in lines:
        click.echo(f"differs: {line}")
    if not lines:
        click.echo("the environment is the one it was measured in")
