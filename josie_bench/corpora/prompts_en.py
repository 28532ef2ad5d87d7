"""`prompts_en`: English voice prompts of a telephone system with transcripts. One voice, for testing only.

The transcripts are the package's own, cleaned by the rules below; what comes out is frozen by its sha256 in the
manifest.
"""

from __future__ import annotations

import gzip
import re
from pathlib import Path

from josie_bench.corpora._asterisk import NOT_SPOKEN, SOUNDS, SUFFIX, VERSION, package_file
from josie_bench.corpora._sound import read_sound
from josie_bench.terms.corpus import Corpus, Item, Source

VOICE = "en_US_f_Allison"
TRANSCRIPTS = "usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz"
STAGE_DIRECTION = re.compile(r"[\[(<]")  # what is described there is not said, or not said alone
ELLIPSIS = re.compile(r"\s*\.\.\.\s*")

REPAIRS = {  # misspellings and signs that stand for words
    " # ": " pound ",
    " * ": " star ",
    "Un-indentified or witheld": "Unidentified or withheld",
    "fourtieth": "fortieth",
    "represenatives": "representatives",
    "rerecord": "re-record",
    "straight thru": "straight through",
    "umute": "unmute",
    "www.asterisk.org": "www dot asterisk dot org",
}


def keeps(path: str) -> bool:
    """Return whether a file of the packages belongs to the corpus."""
    return path == TRANSCRIPTS or (path.startswith(f"{SOUNDS}/") and path.endswith(SUFFIX))


def read_items(root: Path) -> tuple[Item, ...]:
    """Return every prompt that has both a recording and a transcript of all that is heard."""
    lines = gzip.decompress((root / TRANSCRIPTS).read_bytes()).decode("utf-8").splitlines()
    items = []
    for line in lines:
        name, found, words = line.partition(": ")
        audio = f"{SOUNDS}/{VOICE}/{name}{SUFFIX}"
        if not found or name in NOT_SPOKEN or STAGE_DIRECTION.search(words) or not (root / audio).is_file():
            continue
        items.append(
            Item(
                id=name,
                split="test",
                language="en",
                speaker=f"asterisk-{VOICE}",
                transcript=cleaned(words),
                audio=audio,
                group=name,
            )
        )
    return tuple(items)


def cleaned(words: str) -> str:
    """Return a transcript without misspellings, signs that are read as words, and marks of what was cut off.

    >>> cleaned("press * to toggle pause,  press # to enter a new dictation filename")
    'press star to toggle pause, press pound to enter a new dictation filename'
    >>> cleaned("... has left the conference.")
    'has left the conference.'
    """
    padded = f" {words} "
    for wrong, right in REPAIRS.items():
        padded = padded.replace(wrong, right)
    return " ".join(ELLIPSIS.sub(" ", padded).split())


def _source(name: str, sha256: str) -> Source:
    return Source(kind="deb", name=name, version=VERSION, file=package_file(name), sha256=sha256)


CORPUS = Corpus(
    summary="English telephone prompts with transcripts: one voice, for testing only",
    kind="fetched",
    license="CC-BY-SA-3.0",
    splits=("test",),
    ships_weights=None,
    read_items=read_items,
    hear=read_sound,
    credit="Allison Smith, Digium, Inc.",
    sources=(
        _source("asterisk-core-sounds-en-g722", "38c5261820b406dcb0ecb37675720da2b0864850690690352ca52707eb623806"),
        _source("asterisk-core-sounds-en", "973e797d28e37fa6ca3c0a9d6fa717e77cf1268ae916bf09fd3503113cdffa50"),
    ),
    keeps=keeps,
)
