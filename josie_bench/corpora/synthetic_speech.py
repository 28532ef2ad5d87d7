"""`synthetic_speech`: sentences spoken by many voices of eSpeak NG, with the times of words and phonemes.

No recording and no text of others is in it, so weights trained on it may be shipped. A sentence and a speaker are each
in one split; an item takes both from its own. A speaker is a variant, which decides the formants; accents, rates and
pitches are drawn for every item anew.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

from josie_bench.corpora._espeak import missing, speak
from josie_bench.corpora._free_sentences import draw_free_sentence
from josie_bench.corpora._scenes import draw_sentence
from josie_bench.corpora._voices import draw_text, draw_voice, speaker_of
from josie_bench.terms.corpus import SPLITS, Corpus, Heard, Item

SEED = 0
SIZES = {"train": 4000, "valid": 400, "test": 400}


def read_items(_: Path) -> tuple[Item, ...]:
    """Return the items, none of which is spoken yet."""
    return tuple(item for split in SPLITS for item in _draw_split(split))


def hear(_: Path, item: Item, sample_rate_hz: int) -> Heard:
    """Return an item as it is spoken, with words and phonemes.

    Raises:
        UnavailableError: eSpeak is not installed.
    """
    assert item.transcript is not None, item.id
    return speak(item.transcript, item.recipe, sample_rate_hz=sample_rate_hz)


def _draw_split(split: str) -> list[Item]:
    draws = Random(f"{SEED} {split}")
    return [_draw_item(split, index, draws) for index in range(SIZES[split])]


def _draw_item(split: str, index: int, draws: Random) -> Item:
    """Return an item; every other one is about shapes, the rest about anything."""
    sentence = draw_text(split, draws, draw_sentence if index % 2 else draw_free_sentence)
    voice = draw_voice(split, draws)
    return Item(
        id=f"{split}-{index:04}",
        split=split,
        language="en",
        speaker=speaker_of(voice),
        transcript=sentence,
        group=sentence,
        is_synthetic=True,
        recipe=voice,
    )


CORPUS = Corpus(
    summary="synthetic English: eSpeak NG in many voices, with times of words and phonemes",
    kind="made",
    license="CC0-1.0",
    splits=SPLITS,
    ships_weights=True,
    read_items=read_items,
    hear=hear,
    minutes=272.0,
    needs=missing,
)
