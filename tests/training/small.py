"""A codec small enough to learn in a test, sounds to learn from, and a corpus of them in place of `flite_speech`."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np

from josie_bench import corpora
from josie_bench.model.presets import NANO, TINY
from josie_bench.model.sizes import CodecSizes
from josie_bench.terms.corpus import Corpus, Heard, Item, Mark
from josie_bench.training.sounds import Crops

RATE_HZ = 16_000
FRAME = 800  # samples, in all sizes here
CODES = {"codebooks": 4, "card": 16, "code_dim": 8}
MEL = CodecSizes(name="nano", summary="", audio=replace(NANO.audio, filters=32, dim=32, heads=2, ff=64, **CODES))
SEANET = CodecSizes(name="tiny", summary="", audio=replace(TINY.audio, **CODES))
RECIPE = """
schema: josie-bench/train.v1
name: quick
codec:
  preset: tiny
  corpora: {flite_speech: 1}
  steps: 2
  batch: 2
  frames: 8
  unquantised: 1
"""


def tone(frames, hz=440.0, amplitude=0.3):
    """Return float32 `[samples]`."""
    return (amplitude * np.sin(2 * np.pi * hz * np.arange(frames * FRAME) / RATE_HZ)).astype(np.float32)


def crops(batch=2, frames=8, phonemes=None):
    """Return tones of other pitches."""
    audio = np.stack([tone(frames, 300.0 * (row + 1)) for row in range(batch)])
    return Crops(audio, np.full((batch, frames), -1) if phonemes is None else phonemes)


class Speaker:
    """A corpus of tones; `heard` counts how often one was asked for.

    Attributes:
        missing: why it cannot be used.
        fault: what is raised where one is heard.
        unmarked: items of whose phonemes nothing is known: all of speaker s1.
    """

    def __init__(self):
        self.heard, self.missing, self.fault = 0, None, None
        self.unmarked = {1, 3}
        self.items = tuple(
            Item(id=f"{split}-{index}", split=split, speaker=f"s{index % 2}", is_synthetic=True, recipe=index)
            for split in ("train", "valid")
            for index in range(4)
        )

    def hear(self, _, item, sample_rate_hz):
        """Return 12 frames and a bit: six of `a`, the rest silent."""
        self.heard += 1
        if self.fault is not None:
            raise self.fault
        audio = np.append(tone(12, 200.0 * (item.recipe + 1)), np.zeros(100, np.float32))
        mark = Mark(kind="phoneme", name="a", start=0, end=6 * FRAME)
        marks = () if item.recipe in self.unmarked else (mark,)
        return Heard(audio=audio, sample_rate_hz=sample_rate_hz, marks=marks)

    def corpus(self):
        """Return what the family would expose."""
        return Corpus(
            summary="tones",
            kind="made",
            license="CC0-1.0",
            splits=("train", "valid"),
            ships_weights=True,
            read_items=lambda _: self.items,
            hear=self.hear,
            needs=lambda: self.missing,
        )


def stand_in(monkeypatch):
    """Put tones in place of `flite_speech`, and return them."""
    speaker = Speaker()
    member, real = SimpleNamespace(CORPUS=speaker.corpus()), corpora.find_member
    found = {"flite_speech": member}
    monkeypatch.setattr(corpora, "find_member", lambda family, name: found.get(name) or real(family, name))
    return speaker
