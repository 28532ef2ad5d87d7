"""`josie-bench bundle`: a run in one archive to hand on."""

from __future__ import annotations

import os
from pathlib import Path

import click

from josie_bench.errors import UsageError


@click.command("bundle")
@click.argument("run_folder", type=click.Path(path_type=Path))
@click.option("--output", type=click.Path(path_type=Path), help="The archive to write.  [default: RUN-ID.tar.gz here]")
@click.option("--max-size", default="64 MiB", show_default=True, help="The most that the archive may have.")
def command(run_folder: Path, output: Path | None, max_size: str) -> None:
    """Write RUN_FOLDER as one archive: result, lock, reproduce.sh, environment, reports and the raw series.

    Secrets, names of the user and the host, homes and absolute paths do not come along; what cannot be looked through
    for them, and the largest files beyond --max-size, stay behind and are listed.

    Exit codes: 0 written, 2 no run's folder or wrong usage, 3 the folder is not as it was sealed.
    """
    from josie_bench.evidence.bundle import write_bundle
    from josie_bench.evidence.identity import identity_here
    from josie_bench.terms.quantity import size_bytes

    try:
        most = size_bytes(max_size)
    except ValueError as error:
        raise UsageError(f"--max-size: {error}") from error
    bundle = write_bundle(run_folder, identity_here(os.environ), max_bytes=most, output=output)
    for name, reason in sorted(bundle.left_out.items()):
        click.echo(f"left out: {name}: {reason}")
    click.echo(f"{bundle.path}: {len(bundle.files)} files, {bundle.byte_count:,} bytes")
