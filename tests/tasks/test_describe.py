"""Captions of clips, with a step whose tokens are known."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np

from josie_bench.model.presets import TINY
from josie_bench.model.tokenizer import find_tokenizer
from josie_bench.tasks import Side
from josie_bench.tasks._writing import text_of
from josie_bench.tasks.describe import REST_FRAMES, TYPED, can_use, described, rows
from josie_bench.terms.corpus import Corpus, Item, OpenCorpus
from josie_bench.terms.timeline import Span
from tests.tasks.desks import FRAME, desk

TEXT = TINY.text
HOP = 2 * FRAME
HOP_MS = 1000 * HOP / 16_000
CAPTIONS = ("A red ring", "A blue cross", "A blue cross")
ITEMS = tuple(
    Item(id=f"i{n}", split="test", transcript=caption, group=caption.lower()) for n, caption in enumerate(CAPTIONS)
)


class Describing:
    """A step that writes some ids, two a window, once the word was typed."""

    def __init__(self, text):
        self.ids = find_tokenizer(TEXT.tokenizer).encode(text)
        self.sizes = SimpleNamespace(audio=SimpleNamespace(frame_samples=FRAME), text=TEXT)
        self.reset()

    def reset(self):
        self.windows = []

    def __call__(self, window):
        self.windows.append(window)
        asked = next((at for at, each in enumerate(self.windows) if each.text), None)
        behind = 2 * (len(self.windows) - 1 - asked) if asked is not None else len(self.ids)
        ids = self.ids[behind : behind + 2]
        return SimpleNamespace(text_ids=np.array([*ids, *[TEXT.silence_id] * (2 - len(ids))]))


def corpus(**changes):
    """Return clips of one brightness a frame, two frames a window, two windows long."""
    made = Corpus(
        summary="x", kind="made", license="CC0-1.0", splits=("test",), ships_weights=None,
        read_items=lambda _: ITEMS, frames_per_s=2000 / HOP_MS,
        frames=lambda _, item: np.arange(4, dtype=np.uint8)[:, None, None, None] * np.ones((1, 8, 8, 3), np.uint8),
    )  # fmt: skip
    return OpenCorpus(name="clips", corpus=replace(made, **changes), root=None, items=ITEMS)


def test_the_word_is_typed_in_the_window_behind_the_clip_and_nothing_is_heard():
    step = Describing(" a red ring")
    frames = np.arange(4, dtype=np.uint8)[:, None, None, None] * np.ones((1, 8, 8, 3), np.uint8)
    assert text_of(described(step, frames, HOP), TEXT) == "a red ring"
    seen = [[int(frame[0, 0, 0]) for frame in window.frames] for window in step.windows]
    assert seen[:3] == [[0, 1], [2, 3], []]
    assert [window.text for window in step.windows[:4]] == [None, None, TYPED, None]
    assert sum(window.frame_count for window in step.windows[2:]) == REST_FRAMES
    assert not any(window.audio.any() for window in step.windows)
    assert {len(window.audio) for window in step.windows} == {HOP}


def test_a_row_holds_what_there_was_to_see_what_was_written_and_the_commonest_caption():
    sides = {
        "engine": Side(executables={}, step=Describing(" a red")),
        "reference": Side(executables={}, step=Describing("")),
    }
    engine, reference = rows(ITEMS[0], desk(sides, hop_ms=HOP_MS, corpus=corpus(), keeps_media=True))
    assert engine.texts == {
        "said": "A red ring",
        "wrote": "a red",
        "reference": "a red ring",
        "written": "a red",
        "frequent": "a blue cross",
    }
    assert (engine.item, engine.cluster, engine.task, engine.side) == ("i0", "a red ring", "describe", "engine")
    assert (reference.side, reference.texts["written"]) == ("reference", "")
    assert (set(engine.media), set(reference.media)) == ({"seen.png"}, set())
    assert engine.track.marks == {  # two windows of two frames
        "seen": (Span(start_ms=0.0, end_ms=2 * HOP_MS),),
        "typed": (Span(start_ms=2 * HOP_MS, end_ms=3 * HOP_MS),),
    }
    assert [word.text for word in engine.track.words] == ["a", "red"]
    assert engine.track.words[0].at_ms == 3 * HOP_MS  # in the window in which it is typed, at whose close it is there


def test_an_item_is_seen_alone_and_has_words():
    assert can_use(ITEMS[0], corpus())
    assert not can_use(replace(ITEMS[0], transcript=None), corpus())
    assert not can_use(ITEMS[0], corpus(frames=None))
    assert not can_use(ITEMS[0], corpus(hear=lambda *_: None))
