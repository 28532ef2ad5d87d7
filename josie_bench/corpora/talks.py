"""`talks`: conversations to learn to speak from: as `conversations`, but the partner has one voice in all of them.

Who learns to speak as the partner learns one voice then, and says what is true of shapes as well as anything else. The
partner answers as soon as a turn's end can be told from a pause, so that when to answer is no matter of chance. A
sentence and a user's speaker are each in one split; none tests, for `conversations` does.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

from josie_bench.corpora._cast import Cast, conversation_of, hear
from josie_bench.corpora._espeak import missing
from josie_bench.corpora._free_sentences import draw_free_sentence
from josie_bench.corpora._scenes import draw_sentence
from josie_bench.corpora._voices import PARTNER, draw_text, draw_voice
from josie_bench.terms.corpus import Corpus, Item

SEED = 4  # other sentences than those of `conversations`
COUNTS = {"train": 400, "valid": 24}
SENTENCES = 6  # each side may choose from
ANSWER_MS = (200.0, 300.0)  # behind a turn


def read_items(_: Path) -> tuple[Item, ...]:
    """Return the conversations, none of which is spoken yet."""
    return tuple(item for split in COUNTS for item in _draw_split(split))


def _draw_split(split: str) -> list[Item]:
    draws = Random(f"{SEED} {split}")
    return [_draw_item(split, index, draws) for index in range(COUNTS[split])]


def _draw_item(split: str, index: int, draws: Random) -> Item:
    user = draw_voice(split, draws)
    while user.variant == PARTNER.variant:
        user = draw_voice(split, draws)
    answers = (draw_sentence, draw_free_sentence)
    cast = Cast(
        user=user,
        partner=PARTNER,
        said=tuple(draw_text(split, draws, draw_sentence) for _ in range(SENTENCES)),
        answered=tuple(draw_text(split, draws, answers[number % 2]) for number in range(SENTENCES)),
        answer_ms=ANSWER_MS,
    )
    return conversation_of(cast, f"talk-{split}-{index:04}", split)


CORPUS = Corpus(
    summary="synthetic conversations whose partner has one voice, to learn to speak from",
    kind="made",
    license="CC0-1.0",
    splits=tuple(COUNTS),
    ships_weights=True,
    read_items=read_items,
    hear=hear,
    minutes=177.0,
    needs=missing,
)
