"""`describe`: a clip is seen in silence, and its caption written when that is asked for; nothing is said aloud.

Every word of a caption hangs on what is seen, while of an answer to a question one or two do: who learns both looks
sooner. When it is asked for is drawn: mostly soon, for who has never looked learns it from what is near, and sometimes
as late as an answer has to look back.
"""

from __future__ import annotations

from random import Random

import numpy as np

from josie_bench.terms.corpus import Heard, Item
from josie_bench.training.lessons import Told, Writing

SUMMARY = "what is seen is written down when that is asked for"
CORPUS = "shapes"
TYPED = "describe"
ITEMS = 1
SEES = True
ASKED_FRAMES = (8, 64)  # behind the clip's begin: behind its first pictures, whatever the window
SOON = 3  # half of them are asked for in the first eighth of that
LATE_FRAMES = 2  # from there to the first word
REST_FRAMES = 3  # of silence behind the last token


def told(item: Item, heard: Heard, write: Writing) -> Told:
    """Return a caption beside its clip."""
    assert item.transcript is not None, "nobody knows what is seen"
    words = item.transcript.split()
    longest = sum(len(word) + 1 for word in words)
    written = write.words([(0, word) for word in words], 0, longest)
    used = int(np.flatnonzero(written != write.text.pad_id)[-1]) + 1
    low, high = ASKED_FRAMES
    asked_at = low + int(Random(item.id).random() ** SOON * (high - low))
    late = asked_at + LATE_FRAMES
    rest = max(REST_FRAMES, -(-len(heard.audio) // write.frame_samples) - late - used)
    text = np.concatenate((write.silence(late), written[:used], write.silence(rest)))
    starts = np.zeros(len(text), np.bool_)
    starts[0] = True
    return Told(
        heard=np.zeros(len(text) * write.frame_samples, np.float32),
        said=None,
        text=text,
        aloud=np.zeros_like(starts),
        starts=starts,
        asked_at=asked_at,
    )
