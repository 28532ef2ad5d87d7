"""A corpus of one's own: a folder with recordings and `transcripts.jsonl`, a line of JSON a recording."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from josie_bench.corpora._fetching import file_sha256
from josie_bench.corpora._manifests import items_sha256
from josie_bench.corpora._sound import read_sound
from josie_bench.errors import CorpusError
from josie_bench.plugins import unknown_name
from josie_bench.streams import reason, speech
from josie_bench.terms.corpus import LANGUAGES, SAMPLE_RATE_HZ, SPLITS, Corpus, Item

FILE = "transcripts.jsonl"
KEYS = ("audio", "text", "language", "speaker", "split")
REQUIRED = ("audio", "text", "language", "split")


def read_items(root: Path) -> tuple[Item, ...]:
    """Return the recordings of a folder, each with its transcript.

    Raises:
        CorpusError: a line says something it may not, or its recording is missing, outside of the folder or sampled
            too slowly; the message names file and line.
        MediaError: a recording is empty or damaged.
    """
    listed = root / FILE
    try:
        lines = listed.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        said = reason(error)
        raise CorpusError(f"{listed}: cannot be read ({said}): write a line of JSON a recording, in UTF-8") from error
    items: dict[str, Item] = {}
    for number, line in enumerate(lines, start=1):
        if line.strip():
            item = _item_of(root, line, place=f"{listed}:{number}")
            if item.id in items:
                raise CorpusError(f"{listed}:{number}: {item.id} is listed twice: leave one of the lines out")
            items[item.id] = item
    if not items:
        raise CorpusError(f"{listed}: lists no recording: write a line of JSON for each")
    return tuple(items.values())


def content_sha256(root: Path, items: Iterable[Item]) -> str:
    """Return the sha256 (hex) of items in their order, with their recordings."""
    digest = hashlib.sha256()
    for item in items:
        assert item.audio is not None, item.id
        digest.update(f"{items_sha256([item])} {file_sha256(root / item.audio)}\n".encode())
    return digest.hexdigest()


def _item_of(root: Path, line: str, *, place: str) -> Item:
    said = _decoded(line, place)
    for key, known in (("language", LANGUAGES), ("split", SPLITS)):
        if said[key] not in known:
            raise CorpusError(f"{place}: {unknown_name(key, said[key], known)}")
    audio = str(PurePosixPath(said["audio"]))
    _require_sound(_inside(root, audio, place), place)
    return Item(
        id=audio,
        split=said["split"],
        language=said["language"],
        speaker=said.get("speaker"),
        transcript=said["text"],
        audio=audio,
    )


def _decoded(line: str, place: str) -> dict[str, str]:
    """Return what a line says, all of it words."""
    try:
        said: Any = json.loads(line)
    except (ValueError, RecursionError) as error:  # of which a number of thousands of digits is one, and brackets
        what = error.msg if isinstance(error, json.JSONDecodeError) else "too long or too deep"
        raise CorpusError(f'{place}: no JSON ({what}): write {{"audio": …, "text": …}}') from error
    if not isinstance(said, dict) or not all(isinstance(value, str) for value in said.values()):
        raise CorpusError(f'{place}: not an object of strings: write {{"audio": …, "text": …}}')
    for key, value in said.items():
        if key not in KEYS:
            raise CorpusError(f"{place}: {unknown_name('key', key, KEYS)}")
        if any("\ud800" <= letter <= "\udfff" for letter in value):
            raise CorpusError(f"{place}: {key} holds half a character, which no file can hold: write it anew")
    lacks = next((key for key in REQUIRED if not said.get(key, "").strip()), None)
    if lacks is not None:
        raise CorpusError(f'{place}: no {lacks}: add "{lacks}": …')
    return said


def _inside(root: Path, audio: str, place: str) -> Path:
    """Return the place of a recording; refuse one that is not in the folder, whatever links lead there."""
    if not audio.isprintable():
        raise CorpusError(f"{place}: audio {audio!r} holds a sign that cannot be printed: rename the recording")
    path = root / audio
    try:
        is_inside = ".." not in PurePosixPath(audio).parts and path.resolve().is_relative_to(root.resolve())
        is_file = path.is_file()
    except (OSError, RuntimeError) as error:  # a name that is too long, links that lead round
        raise CorpusError(f"{place}: no recording {audio} ({reason(error)}): name one in {root}") from error
    if not is_inside or PurePosixPath(audio).is_absolute():
        raise CorpusError(f"{place}: {audio} leads out of {root}: put the recording there, and name it from there")
    if not is_file:
        raise CorpusError(f"{place}: no recording {path}: put it there, or leave the line out")
    return path


def _require_sound(path: Path, place: str) -> None:
    """Refuse a recording that cannot be used."""
    speech.probe(str(path.resolve()))  # for a choice `bundled` would be those of the package
    rate_hz = speech.file_rate_hz(path)
    if rate_hz < SAMPLE_RATE_HZ:
        raise CorpusError(f"{place}: {path} has {rate_hz} samples a second: record it at {SAMPLE_RATE_HZ} or more")


CORPUS = Corpus(
    summary="a folder of recordings and transcripts",
    kind="folder",
    license="user",
    splits=SPLITS,
    ships_weights=None,
    read_items=read_items,
    hear=read_sound,
)
