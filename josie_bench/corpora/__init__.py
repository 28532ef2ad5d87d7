"""A corpus: speech, pictures or lines with what is said or seen, each item in one split.

Every other file here is one corpus. Its file name is its name, and it exposes `CORPUS`. What is fetched has a frozen
list of its files in `manifests/`, each with its sha256; what is made has a seed. Any other name is that of a folder of
one's own. docs/corpora.md says what may be done with which.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from josie_bench.corpora import _own
from josie_bench.corpora._fetching import is_here
from josie_bench.corpora._manifests import item_counts, items_sha256, languages_of, read_manifest
from josie_bench.errors import UnavailableError, UsageError
from josie_bench.plugins import find_member, member_names, unknown_name
from josie_bench.streams import BUNDLED_FOLDER
from josie_bench.terms.corpus import Corpus, Item, Manifest, OpenCorpus


def corpus_names() -> tuple[str, ...]:
    """Return the names of all corpora, sorted."""
    return member_names("corpora")


def find_corpus(name: str) -> Corpus:
    """Return the corpus of this name.

    Raises:
        UsageError: there is none; the message names the near one.
    """
    if name not in corpus_names():
        raise UsageError(unknown_name("corpus", name, corpus_names()))
    corpus: Corpus = find_member("corpora", name).CORPUS
    return corpus


def manifest_of(name: str) -> Manifest:
    """Return what a corpus holds: frozen where it is fetched, else counted."""
    corpus = find_corpus(name)
    if corpus.kind == "fetched":
        return read_manifest(name)
    items = corpus.read_items(BUNDLED_FOLDER)
    return Manifest(item_counts=item_counts(items), minutes=corpus.minutes, languages=languages_of(items))


def own_folder(name: str, folder: Path, beside: Path = Path()) -> Path:
    """Return the folder of a corpus of one's own, by a name that none of ours has.

    Args:
        name: of a folder in `folder`, or else in `beside`; with a slash in it or a dot before it, a path from `beside`.
        folder: where corpora lie.
        beside: where paths begin.

    Raises:
        UsageError: there is no folder of this name; the message names the near corpus of ours.
        UnavailableError: a path leads to no folder.
    """
    path = os.path.expanduser(name)  # noqa: PTH111  Path's raises for an unknown user
    is_path = "/" in path or path.startswith(".")
    for place in (beside,) if is_path else (folder, beside):
        if os.path.isdir(place / path):  # noqa: PTH112  unlike Path.is_dir it has an answer for a name that is too long
            return place / path
    if is_path:
        raise UnavailableError(f"{name}: no such folder", mend=f"name one with recordings and {_own.FILE}")
    unknown = unknown_name("corpus", name, corpus_names())
    raise UsageError(f"{unknown} (one of your own is a folder {folder / name} with recordings and {_own.FILE})")


def absence(name: str, folder: Path) -> str | None:
    """Return why a corpus cannot be used here, with the mend; None where it can.

    Raises:
        UsageError: there is no corpus and no folder of this name.
    """
    if name not in corpus_names():
        try:
            own_folder(name, folder)
        except UnavailableError as error:
            return str(error)
        return None
    corpus = find_corpus(name)
    if corpus.kind == "fetched" and not is_here(folder / name, read_manifest(name)):
        return f"corpus {name} is not in {folder}: fetch it with: josie-bench corpus fetch {name}"
    return corpus.needs()


def open_corpus(name: str, folder: Path) -> OpenCorpus:
    """Return a corpus with its items.

    Args:
        name: of the corpus; any that none of ours has is of a folder, see `own_folder`.
        folder: where corpora lie.

    Raises:
        UsageError: there is no such corpus, or a folder of one's own says what it may not.
        UnavailableError: it was not fetched, or a library that makes it is not installed.
    """
    if name not in corpus_names():
        return open_folder(own_folder(name, folder))
    corpus = find_corpus(name)
    if (reason := absence(name, folder)) is not None:
        raise UnavailableError(reason)
    root = folder / name if corpus.kind == "fetched" else BUNDLED_FOLDER
    return OpenCorpus(name=name, corpus=corpus, root=root, items=corpus.read_items(root))


def open_folder(root: Path) -> OpenCorpus:
    """Return a corpus of one's own: a folder with recordings and `transcripts.jsonl`.

    Raises:
        CorpusError: a line of that file says something it may not.
        MediaError: a recording is empty or damaged.
    """
    return OpenCorpus(name=str(root), corpus=_own.CORPUS, root=root.resolve(), items=_own.read_items(root))


def sha256_of(corpus: OpenCorpus, items: Sequence[Item]) -> str:
    """Return the sha256 (hex) of all that is said of items; of those of one's own in their order, with recordings.

    The files of the other corpora are frozen, or made by what the items say.
    """
    return _own.content_sha256(corpus.root, items) if corpus.corpus is _own.CORPUS else items_sha256(items)
