"""A corpus of one's own: a folder with recordings and `transcripts.jsonl`, a line of JSON a recording."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import av

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
        CorpusError: a line says something it may not, or its recording is missing or sampled too slowly; the message
            names file and line.
        MediaError: a recording is empty or damaged.
    """
    listed = root / FILE
    try:
        lines = listed.read_text(encoding="utf-8").splitlines()
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


def _item_of(root: Path, line: str, *, place: str) -> Item:
    said = _decoded(line, place)
    for key, known in (("language", LANGUAGES), ("split", SPLITS)):
        if said[key] not in known:
            raise CorpusError(f"{place}: {unknown_name(key, said[key], known)}")
    _require_sound(root / said["audio"], place)
    return Item(
        id=said["audio"],
        split=said["split"],
        language=said["language"],
        speaker=said.get("speaker"),
        transcript=said["text"],
        audio=said["audio"],
    )


def _decoded(line: str, place: str) -> dict[str, str]:
    """Return what a line says, all of it words."""
    try:
        said: Any = json.loads(line)
    except json.JSONDecodeError as error:
        raise CorpusError(f'{place}: no JSON ({error.msg}): write {{"audio": …, "text": …}}') from error
    if not isinstance(said, dict) or not all(isinstance(value, str) for value in said.values()):
        raise CorpusError(f'{place}: not an object of strings: write {{"audio": …, "text": …}}')
    for key in said:
        if key not in KEYS:
            raise CorpusError(f"{place}: {unknown_name('key', key, KEYS)}")
    for key in REQUIRED:
        if not said.get(key, "").strip():
            raise CorpusError(f'{place}: no {key}: add "{key}": …')
    return said


def _require_sound(path: Path, place: str) -> None:
    """Refuse a transcript without a recording that can be used."""
    if not path.is_file():
        raise CorpusError(f"{place}: no recording {path}: put it there, or leave the line out")
    speech.probe(str(path))
    with av.open(str(path)) as container:
        rate_hz = container.streams.audio[0].rate
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
