"""`josie-bench weights`: published checkpoints into this project's files, means of such, and what one holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from josie_bench.errors import OutputError, UsageError

FOLDER = Path("weights")
FEWEST = 2  # files that have a mean


@click.group("weights")
def command() -> None:
    """Bring in published weights, average files of weights, and look into them."""


@command.command("import")
@click.argument("source")
@click.option("--preset", required=True, help="What they are for, e.g. mimi-24k or josie-v4o.")
@click.option(
    "--output", type=click.Path(path_type=Path), help="The file to write.  [default: weights/PRESET-LAYOUT.safetensors]"
)
@click.option("--revision", help="Of a repository on the hub: a commit, tag or branch.")
def import_weights(source: str, preset: str, output: Path | None, revision: str | None) -> None:
    """Bring in published weights from SOURCE.

    SOURCE is a .safetensors file, a folder of them, or a repository on the Hugging Face hub: org/name, or
    org/name/FILE.safetensors. Parameters that SOURCE has not stay drawn from the suite's seed.
    """
    from josie_bench.model.checkpoint import import_published, require_layout, save_weights
    from josie_bench.model.label import Label
    from josie_bench.model.presets import CODECS, PRESETS
    from josie_bench.plugins import unknown_name

    known = PRESETS | CODECS
    if preset not in known:
        raise UsageError(unknown_name("preset", preset, known))
    require_layout(preset)
    if output is not None:
        _require_ending(output)
    origin, files = _located(source, revision)
    imported = import_published(files, known[preset])
    file = output or FOLDER / f"{preset}-{imported.layout}.safetensors"
    _require_other(file, files)
    save_weights(
        file,
        imported.tensors,
        Label(preset=preset, layout=imported.layout, source=origin, files=imported.files),
    )
    tell_import(file, {name: tensor.numel() for name, tensor in imported.tensors.items()})


@command.command("mean")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--output", required=True, type=click.Path(path_type=Path), help="The file to write.")
def mean(files: tuple[Path, ...], output: Path) -> None:
    """Write the mean of FILES, which were trained from one begin."""
    from josie_bench.model.averaged import averaged
    from josie_bench.model.checkpoint import save_weights
    from josie_bench.model.tensor_files import file_sha256

    if len(files) < FEWEST:
        raise UsageError(f"{files[0]}: is its own mean: name two files or more")
    _require_ending(output)
    _require_other(output, files)
    save_weights(output, *averaged(files))
    click.echo(f"{output}: {output.stat().st_size:,} bytes, sha256 {file_sha256(output)}")


@command.command("inspect")
@click.argument("file", type=click.Path(path_type=Path))
def inspect(file: Path) -> None:
    """Say what FILE, one of this project's files of weights, holds and where it came from."""
    from josie_bench.model.checkpoint import counts_by_component
    from josie_bench.model.label import read_label
    from josie_bench.model.tensor_files import TensorFiles

    label = read_label(file)
    headers = TensorFiles([file]).headers
    counts = counts_by_component({name: header.number_count for name, header in headers.items()})
    types = sorted({header.type_name for header in headers.values()})
    click.echo(f"preset: {label.preset}")
    click.echo(f"source: {label.source} ({label.layout})")
    for name, digest in label.files.items():
        click.echo(f"  {name}: sha256 {digest}")
    click.echo(f"components: {_listed(counts)}")
    click.echo(f"tensors: {len(headers)}, {file.stat().st_size:,} bytes, {', '.join(types)}")


def _require_ending(output: Path) -> None:
    if output.suffix != ".safetensors":
        raise UsageError(f"{output}: a file of weights ends in .safetensors")


def _require_other(output: Path, files: Sequence[Path]) -> None:
    if output.exists() and any(file.exists() and output.samefile(file) for file in files):
        raise OutputError(f"{output}: is the source itself: choose another --output")


def _located(source: str, revision: str | None) -> tuple[str, tuple[Path, ...]]:
    """Return what the file will say it came from, and the files; a path that is there is never looked up on the hub."""
    from josie_bench.model.hub import fetch, is_hub_address
    from josie_bench.model.shards import find_shards

    if not source.strip():
        raise UsageError("SOURCE is empty: name a .safetensors file, a folder of them, or org/name")
    if "://" in source:
        raise UsageError(f"{source}: not a path and not a repository's name: write org/name")
    path = Path(source)
    if path.exists() or path.is_symlink() or not is_hub_address(source):
        if revision is not None:
            raise UsageError(f"{source}: a path has no --revision: leave it out")
        return path.absolute().name, find_shards(path)
    snapshot = fetch(source, revision)
    return snapshot.source, find_shards(snapshot.path)


def tell_import(file: Path, numbers: Mapping[str, int]) -> None:
    """Print what came into a file of weights, by the numbers in each parameter, and how to use it."""
    from josie_bench.model.checkpoint import counts_by_component, preset_counts
    from josie_bench.model.label import read_label
    from josie_bench.model.presets import CODECS
    from josie_bench.model.tensor_files import file_sha256

    label = read_label(file)
    whole = preset_counts(label.preset)
    filled = counts_by_component(numbers)
    seeded = {name: count - filled.get(name, 0) for name, count in whole.items() if count > filled.get(name, 0)}
    click.echo(f"from {label.source}, layout {label.layout}")
    click.echo(f"filled: {_listed(filled, whole)}")
    click.echo(f"stays seeded: {_listed(seeded, whole) if seeded else 'nothing'}")
    click.echo(f"{file}: {file.stat().st_size:,} bytes, sha256 {file_sha256(file)}")
    if label.preset in CODECS:
        click.echo(f"{label.preset} is a codec alone: no suite runs it yet; in Python: load_weights(model, FILE)")
    else:
        click.echo(f"in a suite of preset {label.preset}, under defaults: weights: [{file.absolute()}]")


def _listed(counts: Mapping[str, int], whole: Mapping[str, int] | None = None) -> str:
    """Return components with their numbers of parameters, and of how many where it is not all."""
    return ", ".join(
        f"{name} {count:,}" + (f" of {whole[name]:,}" if whole is not None and whole[name] != count else "")
        for name, count in counts.items()
    )
