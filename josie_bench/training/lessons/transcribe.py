"""`transcribe`: what is heard is written down, each word a little after its end; nothing is said aloud.

Between words stands a pad and before and behind an utterance silence, so that the model is silent as long as nobody
speaks.
"""

from __future__ import annotations

import numpy as np

from josie_bench.terms.corpus import Heard, Item
from josie_bench.training.lessons import Told, Writing

SUMMARY = "what is heard is written down while it is heard"
CORPUS = "synthetic_speech"
TYPED = "transcribe"
ITEMS = 2
SEES = False
LATE_FRAMES = 3  # from the frame in which a word ends to the first that writes it
LEAD_FRAMES = (2, 24)  # of silence before an utterance, drawn by its length
REST_FRAMES = 3  # of silence behind its last token


def told(_: Item, heard: Heard, write: Writing) -> Told:
    """Return an utterance between silences."""
    step = write.frame_samples
    low, high = LEAD_FRAMES
    lead = low + len(heard.audio) % (high - low)  # another for each, and the same whenever it is asked for
    words = [
        (lead + (mark.end - 1) // step + LATE_FRAMES, mark.name)
        for mark in heard.marks
        if mark.kind == "word" and mark.name and mark.who != "partner"
    ]
    longest = lead + len(heard.audio) // step + 1 + LATE_FRAMES + sum(len(name) + 1 for _, name in words)
    first = words[0][0] if words else lead
    written = write.words(words, first, longest - first)
    used = int(np.flatnonzero(written != write.text.pad_id)[-1]) + 1 if words else 0
    rest = max(REST_FRAMES, lead - (-len(heard.audio) // step) - first - used)
    text = np.concatenate((write.silence(first), written[:used], write.silence(rest)))
    samples = np.zeros(len(text) * step, np.float32)
    samples[lead * step :][: len(heard.audio)] = heard.audio
    starts = np.zeros(len(text), np.bool_)
    starts[0] = True
    return Told(heard=samples, said=None, text=text, aloud=np.zeros_like(starts), starts=starts)
