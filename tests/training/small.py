"""A codec small enough to learn in a test, sounds to learn from, and a corpus of them in place of `flite_speech`."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np

from josie_bench import corpora
from josie_bench.model.checkpoint import save_weights
from josie_bench.model.label import Label
from josie_bench.model.presets import NANO, TINY
from josie_bench.model.sizes import CodecSizes
from josie_bench.model.weights import build_model, weights_digest
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

LANGUAGE = """
schema: josie-bench/train.v1
name: spoken
language:
  preset: tiny
  weights: [codec.safetensors]
  lessons: {transcribe: 1, converse: 1}
  steps: 8
  batch: 4
  frames: 16
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
            Item(
                id=f"{split}-{index}",
                split=split,
                speaker=f"s{index % 2}",
                transcript="ab cd",
                is_synthetic=True,
                recipe=index,
            )
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


class Talker(Speaker):
    """A corpus of tones in which a user says two words and a partner answers with one."""

    def hear(self, _, item, sample_rate_hz):
        """Return 24 frames: `ab cd` in frames 2 to 7, and from frame 12 on `ef` of the partner, six frames long."""
        self.heard += 1
        user, partner = np.zeros((2, 24 * FRAME), np.float32)
        user[2 * FRAME : 8 * FRAME] = tone(6, 200.0 * (item.recipe + 1))
        partner[12 * FRAME : 18 * FRAME] = tone(6, 500.0)
        marks = (
            Mark(kind="word", name="ab", start=2 * FRAME, end=5 * FRAME),
            Mark(kind="word", name="cd", start=5 * FRAME, end=8 * FRAME),
            Mark(kind="turn", name="ef", start=12 * FRAME, end=18 * FRAME, who="partner"),
            Mark(kind="word", name="ef", start=12 * FRAME, end=18 * FRAME, who="partner"),
        )
        return Heard(audio=user, sample_rate_hz=sample_rate_hz, marks=marks, partner=partner)

    def frames(self, _, item):
        """Return 600 ms of noise, another for each item."""
        return np.random.default_rng(item.recipe).integers(0, 256, (6, 32, 32, 3), dtype=np.uint8)

    def corpus(self):
        """Return what the family would expose."""
        return replace(super().corpus(), frames=self.frames, frames_per_s=10.0)


class Picture(Talker):
    """A corpus of the same clips in which nobody is heard."""

    def corpus(self):
        """Return what the family would expose."""
        return replace(super().corpus(), hear=None)


def save_codec(folder, preset="tiny", seed=5, parts=("audio_",)):
    """Write the codec of a seed, or other parts, as a trained one and return its encoder's digest."""
    model = build_model(TINY, seed=seed)
    tensors = {name: part for name, part in model.named_parameters() if name.startswith(parts)}
    label = Label(preset=preset, layout="trained", source="test", files={})
    save_weights(folder / "codec.safetensors", tensors, label)
    return weights_digest(model.audio_encoder)


def stand_in(monkeypatch, names=("flite_speech",), kind=Speaker):
    """Put tones in place of corpora, `flite_speech` unless others are named, and return them."""
    speaker = kind()
    found = dict.fromkeys(names, SimpleNamespace(CORPUS=speaker.corpus()))
    real = corpora.find_member
    monkeypatch.setattr(corpora, "find_member", lambda family, name: found.get(name) or real(family, name))
    return speaker
