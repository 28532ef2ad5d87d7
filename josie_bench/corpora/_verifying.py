"""Whether a corpus is what was frozen, and whether training has seen what tests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from josie_bench.corpora._fetching import file_sha256, surplus
from josie_bench.corpora._manifests import items_sha256
from josie_bench.corpora._texts import normalised
from josie_bench.terms.corpus import Corpus, Item, Manifest, OpenCorpus

LEAST_WORDS = 3  # of a text that two corpora may not share across splits: "one" and "hello" are in most


def faults(name: str, corpus: Corpus, manifest: Manifest, root: Path) -> tuple[str, ...]:
    """Return what is wrong with the files of a fetched corpus, a line each with the mend; nothing where all is well."""
    mend = f"josie-bench corpus fetch {name}"
    found = []
    for path, mark in manifest.files.items():
        if not (root / path).is_file():
            found.append(f"missing: {root / path}: {mend}")
        elif file_sha256(root / path) != mark.sha256:
            found.append(f"changed: {root / path}: {mend}")
    found += [f"surplus: {root / path}: take it away" for path in surplus(root, manifest)]
    if not found and items_sha256(corpus.read_items(root)) != manifest.items_sha256:
        found.append(f"changed: the items of {name} are not those that were frozen: josie-bench corpus freeze {name}")
    return tuple(found)


def leaks(corpora: Iterable[OpenCorpus]) -> tuple[str, ...]:
    """Return what is both trained on and tested, in whichever of the corpora, a line each."""
    held = [(corpus, item) for corpus in corpora for item in corpus.items]
    keys = {"text": _text_key, "speaker": _speaker_key, "group": _group_key, "recording": _recording_key}
    found: list[str] = []
    for kind, key_of in keys.items():
        found += _shared(kind, ((corpus.name, item, key_of(corpus, item)) for corpus, item in held))
    return tuple(found)


def _shared(kind: str, keyed: Iterable[tuple[str, Item, str | None]]) -> Iterator[str]:
    """Yield what items of `train` and `test` have in common."""
    places: dict[str, dict[str, str]] = defaultdict(dict)
    for name, item, key in keyed:
        if key is not None:
            places[key].setdefault(item.split, f"{name} {item.id}")
    for key, place in places.items():
        if {"train", "test"} <= place.keys():
            yield f"leak: {kind} {key!r} is in train ({place['train']}) and in test ({place['test']})"


def _text_key(corpus: OpenCorpus, item: Item) -> str | None:
    """Return what a text is compared by, over all corpora; one so short that it recurs anywhere, within its own."""
    if item.transcript is None:
        return None
    words = normalised(item.transcript)
    key = f"{item.language}: {words}"
    return key if len(words.split()) >= LEAST_WORDS else f"{corpus.name}: {key}"


def _speaker_key(_: OpenCorpus, item: Item) -> str | None:
    return item.speaker


def _group_key(corpus: OpenCorpus, item: Item) -> str | None:
    return None if item.group is None else f"{corpus.name}: {item.group}"


def _recording_key(corpus: OpenCorpus, item: Item) -> str | None:
    return None if item.audio is None else file_sha256(corpus.root / item.audio)
