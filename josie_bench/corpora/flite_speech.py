"""`flite_speech`: sentences spoken by four voices of CMU Flite, with the times of phonemes, to train on.

The voices were made from recordings of four people, so they sound unlike eSpeak's, and phonemes have the same names as
there. A sentence is in one split. None tests: both splits have the same voices, and those were trained on.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

from josie_bench.corpora._flite import VOICES, missing, speak
from josie_bench.corpora._free_sentences import draw_free_sentence
from josie_bench.corpora._scenes import draw_sentence
from josie_bench.corpora._voices import draw_text
from josie_bench.terms.corpus import Corpus, Heard, Item

SEED = 1  # other sentences than those of `synthetic_speech`
SIZES = {"train": 350, "valid": 35}  # of each voice


def read_items(_: Path) -> tuple[Item, ...]:
    """Return the items, none of which is spoken yet."""
    return tuple(item for split in SIZES for item in _draw_split(split))


def hear(_: Path, item: Item, sample_rate_hz: int) -> Heard:
    """Return an item as it is spoken, with phonemes.

    Raises:
        UnavailableError: Flite is not installed.
    """
    assert item.transcript is not None, item.id
    return speak(item.transcript, item.recipe, sample_rate_hz=sample_rate_hz)


def _draw_split(split: str) -> list[Item]:
    draws = Random(f"{SEED} {split}")
    return [_draw_item(split, voice, index, draws) for voice in VOICES for index in range(SIZES[split])]


def _draw_item(split: str, voice: str, index: int, draws: Random) -> Item:
    """Return an item; every other one is about shapes, the rest about anything."""
    sentence = draw_text(split, draws, draw_sentence if index % 2 else draw_free_sentence)
    return Item(
        id=f"{split}-{voice}-{index:03}",
        split=split,
        language="en",
        speaker=f"flite-{voice}",
        transcript=sentence,
        group=sentence,
        is_synthetic=True,
        recipe=voice,
    )


CORPUS = Corpus(
    summary="synthetic English: CMU Flite in four voices, with times of phonemes",
    kind="made",
    license="CC0-1.0 (sentences), MIT-Festival (voices)",
    splits=tuple(SIZES),
    ships_weights=True,
    read_items=read_items,
    hear=hear,
    minutes=81.0,
    credit="Carnegie Mellon University (CMU Flite)",
    needs=missing,
)
