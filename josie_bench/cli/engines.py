"""`josie-bench engines`: what the store holds, whether it can be trusted, and what of it can go."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from click.core import ParameterSource
from rich.table import Table

from josie_bench.cli.options import build_timeout_option, duration_s, engines_option, table_console
from josie_bench.engines.inventory import Entry, Inventory, find_folder, look_at, take_inventory, trust
from josie_bench.engines.sweep import plan_sweep, remove
from josie_bench.errors import EngineError, UsageError
from josie_bench.terms.compiled_layers import CompiledLayers
from josie_bench.terms.quantity import DURATION_MS
from josie_bench.terms.timebase import ms_from_s

AGES = ("d", "h", "min")


@click.group("engines")
def command() -> None:
    """List, look into, verify, trust and clear away built engines."""


@command.command("list")
@engines_option
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON, for a program.")
def list_engines(engines: Path, *, as_json: bool) -> None:
    """List what the store holds; files are not read, see `verify`."""
    found = _inventory(engines, is_thorough=False).engines
    rows = [_row(entry) for entry in found]
    total = sum(row["bytes"] or 0 for row in rows)
    if as_json:
        click.echo(json.dumps({"engines": rows, "bytes": total}, indent=2))
        return
    _draw(rows)
    click.echo(f"{len(rows)} engines, {_size(total)}, in {engines}")


@command.command("inspect")
@click.argument("engine")
@engines_option
def inspect(engine: str, engines: Path) -> None:
    """Say what ENGINE is: a folder, or how its name or fingerprint in the store begins."""
    entry = look_at(find_folder(engines, engine), is_thorough=True)
    _describe(entry)
    if entry.fault is not None:
        raise EngineError(entry.fault)


@command.command("verify")
@engines_option
def verify(engines: Path) -> None:
    """Hold every file of every engine against its manifest; exit code 3 if a run would refuse one."""
    inventory = _inventory(engines, is_thorough=True)
    for entry in inventory.engines:
        said = {
            "damaged": entry.fault,
            "foreign": f"{entry.folder}: not built in this store: josie-bench engines trust {entry.folder}",
            "outdated": f"{entry.folder}: {entry.stale}: no run looks for it",
        }
        if entry.state in said:
            click.echo(f"{entry.state}: {said[entry.state]}")
    for path in inventory.leftovers:
        click.echo(f"leftover: {path}: a builder's, at work or dead")
    for path in inventory.others:
        click.echo(f"not an engine: {path}")
    refused = sum(entry.state in ("damaged", "foreign") for entry in inventory.engines)
    click.echo(f"{len(inventory.engines)} engines, {refused} that a run would refuse")
    if refused:
        raise SystemExit(EngineError.exit_code)


@command.command("gc")
@engines_option
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@click.option("--older-than", metavar="DURATION", help="Engines that were built longer ago go too, e.g. 30d.")
@click.option("--all", "is_all", is_flag=True, help="Every engine goes.")
def collect(engines: Path, older_than: str | None, *, dry_run: bool, is_all: bool) -> None:
    """Remove damaged engines, those no run would look for any more, and what dead builders left half-built.

    Exported graphs and calibration sets count as engines. What is not an engine's folder is never touched.
    """
    older_than_s = None if older_than is None else duration_s("--older-than", older_than)
    inventory = _inventory(engines, is_thorough=True)
    removals = plan_sweep(inventory, datetime.now(UTC), older_than_s=older_than_s, is_all=is_all)
    for removal in removals:
        if not dry_run:
            remove(removal)
        click.echo(f"{removal.path}: {_size(removal.byte_count)}: {removal.why}")
    total = sum(removal.byte_count for removal in removals)
    click.echo(f"{len(removals)} {'would be removed' if dry_run else 'removed'}, {total:,} bytes")


@command.command("trust")
@click.argument("engine")
@engines_option
def trust_engine(engine: str, engines: Path) -> None:
    """Take ENGINE, brought from elsewhere, as if it had been built in the store it lies in.

    It is shown first. An engine is code that runs with your rights: trust only what comes from somebody you trust.
    """
    folder = find_folder(engines, engine)
    entry = look_at(folder, is_thorough=True)
    _describe(entry)
    trust(folder)
    click.echo(f"{folder}: trusted")


@command.command("variance")
@click.argument("suite")
@click.option("--builds", type=click.IntRange(min=2), default=3, show_default=True, help="How often each is built.")
@click.option("--case", "wanted", multiple=True, help="Only the engines of this case, by its id (repeatable).")
@build_timeout_option
def variance(suite: str, builds: int, wanted: tuple[str, ...], build_timeout: str) -> None:
    """Build the engines of SUITE several times, into folders that are thrown away, and say how the builds differ.

    Builders of small models work side by side, as they do in a run; seconds are of builds in that company.
    """
    from josie_bench.bench.build_variance import repeat_builds
    from josie_bench.cli.choices import read_cases
    from josie_bench.engines.store import EngineRequest

    timeout_s = duration_s("--build-timeout", build_timeout)
    _, cases = read_cases(suite, (), wanted)
    requests = dict.fromkeys(EngineRequest.of(case) for case in cases)
    table = Table()
    for name in ("preset", "component", "backend", "precision", "seconds", "peak MiB", "bytes", "same bytes"):
        table.add_column(name, overflow="fold")
    with TemporaryDirectory(prefix="josie-bench-") as scratch:
        for request in requests:
            tell = partial(click.echo, err=True)
            for spread in repeat_builds(request, builds, Path(scratch), tell, timeout_s):
                names = (request.model.preset, spread.component, spread.backend, spread.precision)
                numbers = (
                    _range(spread.seconds, ".2f"),
                    _range(spread.peaks_mib, ".0f"),
                    _range(spread.byte_counts, ","),
                )
                table.add_row(*names, *numbers, {True: "yes", False: "no", None: "no files"}[spread.is_same])
    table_console().print(table)


def _inventory(store: Path, *, is_thorough: bool) -> Inventory:
    """Return what lies in the store; nothing where nobody named it and nothing was built yet.

    Raises:
        EngineError: the store's secret cannot be used.
        UsageError: it was named, and there is no such folder.
    """
    is_named = click.get_current_context().get_parameter_source("engines") is not ParameterSource.DEFAULT
    if is_named and not store.is_dir():
        raise UsageError(f"--engines {store}: no such folder: name the store that josie-bench build SUITE wrote to")
    return take_inventory(store, is_thorough=is_thorough)


def _range(values: Sequence[float], form: str) -> str:
    """Return the least and the most of the values, once where they are one."""
    ends = dict.fromkeys(format(value, form) for value in (min(values), max(values))) if values else {"n/a": None}
    return " – ".join(ends)


def _row(entry: Entry) -> dict[str, Any]:
    """Return an engine as `--json` writes it; what its manifest does not tell is None."""
    manifest = entry.manifest
    recipe = None if manifest is None else manifest.recipe
    names = ("component", "backend", "precision", "target", "fingerprint")
    return {
        "folder": entry.folder.name,
        **{name: getattr(recipe, name, None) for name in names},
        "bytes": None if manifest is None else manifest.byte_count,
        "built": None if manifest is None else manifest.built_at.isoformat(),
        "build_seconds": None if manifest is None else manifest.build_seconds,
        "peak_mib": None if manifest is None else manifest.peak_mib,
        "state": entry.state,
        "reason": entry.fault or entry.stale,
    }


def _draw(rows: list[dict[str, Any]]) -> None:
    table = Table()
    for name in ("component", "backend", "precision", "target", "fingerprint"):
        table.add_column(name, overflow="fold")
    for name in ("size", "built", "build s"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("state")
    for row in rows:
        if row["component"] is None:
            table.add_row(row["folder"], *[""] * 7, row["state"])
            continue
        names = (row["component"], row["backend"], row["precision"], row["target"], row["fingerprint"][:8])
        age = _age(datetime.now(UTC) - datetime.fromisoformat(row["built"]))
        table.add_row(*names, _size(row["bytes"]), age, f"{row['build_seconds']:.1f}", row["state"])
    table_console().print(table)


def _describe(entry: Entry) -> None:
    """Print all that an engine's manifest says, and how it stands."""
    reason = entry.fault or entry.stale
    _say(f"{entry.folder}")
    _say(f"state: {entry.state}{f': {reason}' if reason else ''}")
    manifest = entry.manifest
    if manifest is None:
        return
    recipe = manifest.recipe
    _say(f"engine: {recipe.component}, {recipe.backend} {recipe.precision}, for {recipe.target}")
    _say(f"fingerprint: {recipe.fingerprint}")
    phases = ", ".join(f"{name} {seconds:g} s" for name, seconds in manifest.phase_seconds.items()) or "unknown"
    peak = "unknown" if manifest.peak_mib is None else f"{manifest.peak_mib:g} MiB"
    _say(f"built: {manifest.built}, {manifest.build_seconds:g} s ({phases}), peak memory {peak}")
    _say(f"weights: {manifest.parameters:,} parameters, sha256 {manifest.weights_sha256 or 'none'}")
    _list("made of", {name: json.dumps(value) for name, value in recipe.made_of.items()})
    _list("files", {name: f"{file['bytes']:,} bytes, sha256 {file['sha256']}" for name, file in manifest.files.items()})
    for part in ("inputs", "state", "outputs"):
        specs = getattr(manifest.signature, part)
        _list(part, {spec.name: f"{spec.dtype} [{', '.join(map(str, spec.axes))}]" for spec in specs})
    notes = dict(manifest.notes)
    _tell_layers(notes.get("compiled"))
    _list("notes", {name: json.dumps(value) for name, value in notes.items() if name != "compiled"})


def _tell_layers(note: Any) -> None:
    """Print what the compiled layers compute in, or why it is not known; nothing of an engine without such."""
    if note is None:
        return
    try:
        first, *others = CompiledLayers.from_json(note).lines()
    except ValueError as error:
        first, others = f"cannot be read: {error}", []
    _say(f"compiled layers: {first}")
    for line in others:
        _say(f"  {line}")


def _list(title: str, lines: dict[str, str]) -> None:
    _say(f"{title}:{'' if lines else ' none'}")
    for name, line in lines.items():
        _say(f"  {name}: {line}")


def _say(line: str) -> None:
    """Print a line that others may have written: what steers a terminal is spelled out."""
    click.echo("".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in line))


def _size(byte_count: int) -> str:
    return f"{byte_count / 1e6:,.1f} MB"


def _age(age: timedelta) -> str:
    """Return an age in its largest whole unit."""
    ms = ms_from_s(age.total_seconds())
    for unit in AGES:
        if ms >= DURATION_MS[unit]:
            return f"{ms // DURATION_MS[unit]:.0f} {unit} ago"
    return "now"
