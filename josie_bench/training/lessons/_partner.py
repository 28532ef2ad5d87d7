"""What is heard from the partner's side: its turns are said aloud, and written a little before.

A stretch of speech begins with a pad, so that whether to speak is one decision and not one for each word.
"""

from __future__ import annotations

import numpy as np

from josie_bench.terms.corpus import Heard, Mark
from josie_bench.training.lessons import Floats, Ids, Told, Writing

EARLY_FRAMES = 2  # a word is written before it is said
PADS = 1  # at the begin of a stretch


def from_partner(heard: Heard, write: Writing) -> Told:
    """Return a conversation from the partner's side; a crop may begin wherever it is silent."""
    step = write.frame_samples
    assert heard.partner is not None, "nobody answers in it"
    frames = -(-len(heard.audio) // step)
    text = write.silence(frames)
    for turn in (mark for mark in heard.marks if mark.kind == "turn" and mark.who == "partner"):
        first, stretch = _stretch(heard, turn, write)
        text[first : first + len(stretch)] = stretch
    says = text != write.text.silence_id
    return Told(
        heard=_padded(heard.audio, frames * step),
        said=_padded(heard.partner, frames * step),
        text=text,
        aloud=says,
        starts=~says & ~np.append(False, says[:-1]),
    )


def _stretch(heard: Heard, turn: Mark, write: Writing) -> tuple[int, Ids]:
    """Return the first frame of a turn of the partner's and its ids."""
    step = write.frame_samples
    first = max(0, turn.start // step - EARLY_FRAMES - PADS)
    end = -(-turn.end // step)
    words = [
        (mark.start // step - EARLY_FRAMES, mark.name)
        for mark in heard.marks
        if mark.kind == "word" and mark.who == "partner" and turn.start <= mark.start < turn.end
    ]
    return first, write.words(words, first, end - first)


def _padded(samples: Floats, length: int) -> Floats:
    return np.pad(samples, (0, length - len(samples)))
