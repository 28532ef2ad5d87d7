"""Desks with judges whose words are known, and a corpus of tones."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np

from josie_bench.tasks import Desk, Side
from josie_bench.terms.corpus import Corpus, Heard, Item, OpenCorpus

FRAME, LATE = 4, 3
AUDIO = SimpleNamespace(frame_samples=FRAME, delay_samples=LATE, sample_rate_hz=16_000)
ITEMS = tuple(Item(id=f"i{n}", split="test", speaker="s", transcript="A B C") for n in range(4))


class Passing:
    """A half of a codec that lets samples pass, so many of them late."""

    def __init__(self, taken, given, late=0):
        self.taken, self.given, self.late = taken, given, late
        self.calls = []
        self.reset()

    def reset(self):
        self.kept = np.zeros((1, self.late), dtype=np.float32)

    def step(self, inputs):
        self.calls.append(inputs[self.taken].shape[1])
        seen = np.concatenate((self.kept, inputs[self.taken]), axis=1)
        whole = inputs[self.taken].shape[1]
        self.kept = seen[:, whole:]
        return {self.given: seen[:, :whole]}


def passing_codec():
    """Return a codec that changes nothing and is `LATE` samples late."""
    return {"audio_encoder": Passing("audio", "codes"), "audio_decoder": Passing("codes", "audio", late=LATE)}


def _hear(root, item, rate_hz):
    audio = np.full(50, 0.1 * int(item.id[1:]), dtype=np.float32)
    return Heard(audio=audio, sample_rate_hz=rate_hz)


def corpus(*items):
    """Return a corpus of constant sounds, a tenth of full scale for each item's number."""
    made = Corpus(
        summary="x", kind="bundled", license="CC0-1.0", splits=("test",), ships_weights=None,
        read_items=lambda _: items, hear=_hear,
    )  # fmt: skip
    return OpenCorpus(name="tones", corpus=made, root=None, items=items or ITEMS)


def desk(sides=None, **changes):
    """Return a desk whose recogniser hears the loudness, and whose normaliser writes small."""
    judges = {
        "recogniser": lambda audio, rate_hz: f"HEARD {audio[0]:.1f}",
        "normaliser": str.lower,
        "dnsmos": lambda audio, rate_hz: {"p808": float(audio[0])},
        "stoi": lambda reference, sound, rate_hz: {"stoi": float(np.array_equal(reference, sound))},
    }
    found = Desk(
        sizes=SimpleNamespace(audio=AUDIO), hop_ms=1.0, corpus=corpus(), judges=judges,
        sides={"engine": Side(executables=passing_codec())} if sides is None else sides,
    )  # fmt: skip
    return replace(found, **changes)
