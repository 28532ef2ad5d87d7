"""`conversations`: two synthetic voices talk, and it is known to the sample who does what when.

Turns, pauses within them, back-channels, interruptions, overlaps and noise. `_constructing.construct` makes the same
from any clips.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

from josie_bench.corpora._cast import Cast, conversation_of, hear
from josie_bench.corpora._espeak import missing
from josie_bench.corpora._free_sentences import draw_free_sentence
from josie_bench.corpora._scenes import draw_sentence
from josie_bench.corpora._voices import draw_text, draw_voice
from josie_bench.terms.corpus import SPLITS, Corpus, Item

SEED = 3
COUNTS = {"train": 200, "valid": 40, "test": 100}
SENTENCES = 6  # each side may choose from


def read_items(_: Path) -> tuple[Item, ...]:
    """Return the conversations, none of which is spoken yet."""
    return tuple(item for split in SPLITS for item in _draw_split(split))


def _draw_split(split: str) -> list[Item]:
    draws = Random(f"{SEED} {split}")
    return [_draw_item(split, index, draws) for index in range(COUNTS[split])]


def _draw_item(split: str, index: int, draws: Random) -> Item:
    user = partner = draw_voice(split, draws)
    while partner.variant == user.variant:
        partner = draw_voice(split, draws)
    cast = Cast(
        user=user,
        partner=partner,
        said=tuple(draw_text(split, draws, draw_sentence) for _ in range(SENTENCES)),
        answered=tuple(draw_text(split, draws, draw_free_sentence) for _ in range(SENTENCES)),
    )
    return conversation_of(cast, f"{split}-{index:04}", split)


CORPUS = Corpus(
    summary="synthetic conversations: turns, pauses, back-channels, interruptions, overlaps, noise",
    kind="made",
    license="CC0-1.0",
    splits=SPLITS,
    ships_weights=True,
    read_items=read_items,
    hear=hear,
    minutes=155.0,
    needs=missing,
)
