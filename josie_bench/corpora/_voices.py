"""Which synthetic speakers there are, which split each is in, and how one and its sentences are drawn."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from josie_bench.corpora._espeak import Voice
from josie_bench.corpora._scenes import pick
from josie_bench.corpora._texts import normalised, split_of

ACCENTS = ("en-us", "gmw/en", "en-gb-x-rp", "en-gb-scotland", "en-029", "en-us-nyc", "en-gb-x-gbclan", "en-gb-x-gbcwmd")
# eSpeak's variants that sound like people. Left out: robots and whispers, those that clip, and those of its Klatt
# synthesisers, whose noise no seed decides. Twins share a split.
VARIANTS = {
    "train": (
        *("f1", "f2", "f4", "m1", "m2", "m3", "m5", "m7", "Alex", "Alicia", "Annie", "Denis", "Diogo", "Gene", "Hugo"),
        *("Henrique", "Lee", "Mario", "Michael", "Storm", "aunty", "belinda", "boris"),
        *("grandma", "ian", "iven3", "john", "marcelo", "max", "miguel", "norbert", "pablo", "rob"),
        *("sandro", "steph"),
    ),
    "valid": ("f5", "m4", "m8", "Nguyen", "linda", "travis"),
    "test": ("f3", "m6", "Mike", "grandpa", "michel", "quincy", "shelby", "victor"),
}
# Whom the model learns to speak as.
PARTNER = Voice(accent="en-us", variant="f2", words_per_minute=160, pitch=50)


def draw_voice(split: str, draws: Random) -> Voice:
    """Return a voice of a split's speakers, at a rate and pitch of its own."""
    return Voice(
        accent=pick(draws, ACCENTS),
        variant=pick(draws, VARIANTS[split]),
        words_per_minute=pick(draws, range(130, 211)),
        pitch=pick(draws, range(35, 66)),
    )


def draw_text(split: str, draws: Random, draw: Callable[[Random], str]) -> str:
    """Return the first of the sentences that `draw` gives which is in a split."""
    while split_of(normalised(sentence := draw(draws))) != split:
        pass
    return sentence


def speaker_of(voice: Voice) -> str:
    """Return the name of a voice's speaker; accent, rate and pitch are how that one speaks today."""
    return f"espeak-{voice.variant}"
