"""Answers to questions about clips, with a step whose tokens and sound are known."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from josie_bench.model.presets import TINY
from josie_bench.model.tokenizer import find_tokenizer
from josie_bench.tasks import Side
from josie_bench.tasks._writing import text_of
from josie_bench.tasks.answer import REST_MS, answered, can_use, commonest_answers, rows
from josie_bench.terms.corpus import Corpus, Heard, Item, Mark, OpenCorpus
from josie_bench.terms.timeline import Span
from tests.tasks.desks import FRAME, desk

TEXT = TINY.text
HOP = 2 * FRAME
RATE_HZ = 16_000
FRAME_MS = 1000 * FRAME / RATE_HZ
ITEMS = tuple(Item(id=f"i{n}", split="test", speaker="s", transcript="a red ring") for n in range(3))
ANSWERS = ("It is red", "It is red", "It is blue")
QUESTION = Mark(kind="turn", name="what colour", start=3, end=9, who="user")
WORDS = (
    Mark(kind="word", name="a", start=3, end=9, who="user"),
    Mark(kind="word", name="It", start=12, end=14, who="partner"),
    Mark(kind="word", name="is", start=16, end=18, who="partner"),
)


class Answering:
    """A step that writes some ids, one a window, and says a constant."""

    def __init__(self, text, level=0.5):
        self.ids = find_tokenizer(TEXT.tokenizer).encode(text)
        self.sizes = SimpleNamespace(audio=SimpleNamespace(frame_samples=FRAME), text=TEXT, frame_ms=FRAME_MS)
        self.level = level
        self.reset()

    def reset(self):
        self.windows = []

    def __call__(self, window):
        at = len(self.windows)
        self.windows.append(window)
        ids = [TEXT.silence_id, *(self.ids[at : at + 1] or [TEXT.pad_id])]
        return SimpleNamespace(text_ids=np.array(ids), audio=np.full(HOP, self.level, dtype=np.float32))


def corpus(**changes):
    """Return clips of one brightness a frame, in which a question is asked from sample 3 on up to sample 9."""

    def hear(root, item, rate_hz):
        audio = np.zeros(20, dtype=np.float32)
        audio[QUESTION.start : QUESTION.end] = 0.25
        audio[12:] = 1.0  # what no question is, is not given
        return Heard(
            audio=audio, sample_rate_hz=rate_hz, marks=(QUESTION, *WORDS), partner=np.zeros(20, dtype=np.float32)
        )

    made = Corpus(
        summary="x", kind="made", license="CC0-1.0", splits=("test",), ships_weights=None,
        read_items=lambda _: ITEMS, hear=hear, frames_per_s=2 * RATE_HZ / HOP,
        frames=lambda _, item: np.arange(4, dtype=np.uint8)[:, None, None, None] * np.ones((1, 8, 8, 3), np.uint8),
        labels=lambda item: {"asked": "colour", "answer": ANSWERS[int(item.id[1:])]},
    )  # fmt: skip
    return OpenCorpus(name="clips", corpus=replace(made, **changes), root=None, items=ITEMS)


def test_what_is_seen_comes_with_the_first_windows_and_what_is_heard_with_all():
    step = Answering(" it is red")
    audio = np.arange(1, 4 * HOP, dtype=np.float32)
    frames = np.arange(4, dtype=np.uint8)[:, None, None, None] * np.ones((1, 8, 8, 3), np.uint8)
    given = answered(step, audio, frames, HOP)
    assert [[int(frame[0, 0, 0]) for frame in window.frames] for window in step.windows] == [[0, 1], [2, 3], [], []]
    assert np.array_equal(np.concatenate([window.audio for window in step.windows]), [*audio, 0])
    assert {(window.frame_count, window.text) for window in step.windows} == {(2, None)}
    assert text_of(given.ids, TEXT) == find_tokenizer(TEXT.tokenizer).decode(step.ids[:4]).strip()
    assert np.array_equal(given.audio, np.full(4 * HOP, 0.5, dtype=np.float32))


def test_a_row_holds_question_truth_what_was_written_and_what_is_heard_of_the_voice():
    sides = {
        "engine": Side(executables={}, step=Answering(" it is red")),
        "reference": Side(executables={}, step=Answering("", 0.0)),
    }
    hop_ms = 1000 * HOP / RATE_HZ
    engine, reference = rows(ITEMS[2], desk(sides, hop_ms=hop_ms, corpus=corpus(), keeps_media=True))
    assert engine.texts == {
        "said": "what colour",
        "asked": "what colour",
        "before": "heard 0.0",
        "wrote": "it is red",
        "reference": "it is blue",
        "written": "it is red",
        "frequent": "it is red",
        "heard": "heard 0.5",
    }
    assert (engine.item, engine.cluster, engine.task, engine.side) == ("i2", "s", "answer", "engine")
    assert (reference.side, reference.texts["written"]) == ("reference", "")
    assert set(engine.media) == {"seen.png", "before.flac", "heard.flac"}
    assert set(reference.media) == {"heard.flac"}
    assert engine.track.begins_ms == reference.track.begins_ms == {"heard": hop_ms}
    assert engine.track.marks == {
        "seen": (Span(start_ms=0.0, end_ms=2 * hop_ms),),
        "turn": (Span(start_ms=3 / 16, end_ms=9 / 16),),
    }
    assert [word.text for word in engine.track.words] == ["it", "is", "re", "d"]  # it is silent in between
    assert reference.track.words == ()


def test_words_are_due_where_they_are_written_and_where_the_corpus_has_them():
    """Every other frame of 0.25 ms writes, from the second on; that it is played a window later is not in it."""

    def align(audio, rate_hz, text):
        assert rate_hz == RATE_HZ
        return tuple(float(len(audio) + place) for place, _ in enumerate(text.split()))

    made = desk(
        {"engine": Side(executables={}, step=Answering(" it is red"))}, hop_ms=1000 * HOP / RATE_HZ, corpus=corpus()
    )
    judges = made.judges | {"recogniser": lambda *_: "It was re", "pocketsphinx_words": align}
    (row,) = rows(ITEMS[2], replace(made, judges=judges))
    sounded = 48_016.0  # samples: 9 and three seconds, in whole windows
    assert [(word.text, word.due_ms, word.is_said, word.onset_ms) for word in row.onsets["heard"]] == [
        ("it", 0.25, True, sounded),
        ("is", 0.75, False, None),
        ("re", 1.25, True, sounded + 2.0),
        ("d", 1.75, False, None),
    ]
    recorded = row.onsets["recorded"]
    assert [(word.text, word.due_ms, word.onset_ms) for word in recorded] == [("it", 0.75, 20.0), ("is", 1.0, 21.0)]
    (without,) = rows(ITEMS[2], made)
    assert without.onsets == {}


def test_answers_are_counted_beside_the_commonest_and_the_question():
    def judge(texts, references):
        return np.array([[len(texts[0]), len(references[0]), *[0] * 8]])

    made = desk(
        {"engine": Side(executables={}, step=Answering(" it is red"))}, hop_ms=1000 * HOP / RATE_HZ, corpus=corpus()
    )
    (row,) = rows(ITEMS[2], replace(made, judges=made.judges | {"bleu": judge}))
    counted = {name: row.values[f"bleu.{name}.written"] for name in ("written", "frequent", "copy")}
    assert counted == {"written": 9.0, "frequent": 9.0, "copy": 11.0}
    assert row.values["bleu.copy.reference"] == len("it is blue")


def test_only_the_question_is_given_and_time_to_answer():
    step = Answering("")
    list(
        rows(ITEMS[0], desk({"engine": Side(executables={}, step=step)}, hop_ms=1000 * HOP / RATE_HZ, corpus=corpus()))
    )
    heard = np.concatenate([window.audio for window in step.windows])
    assert np.flatnonzero(heard).tolist() == list(range(QUESTION.start, QUESTION.end))
    assert len(heard) >= QUESTION.end + REST_MS * RATE_HZ / 1000


def test_an_item_needs_sound_pictures_question_and_answer():
    assert can_use(ITEMS[0], corpus())
    for lacks in ({"hear": None}, {"frames": None}, {"labels": None}, {"labels": lambda _: {"asked": "colour"}}):
        assert not can_use(ITEMS[0], corpus(**lacks))


@pytest.mark.parametrize("order", [1, -1])
def test_the_commonest_answer_is_told_for_each_question(order):
    pairs = (("colour", "red"), ("colour", "blue"), ("colour", "red"), ("size", "small"))[::order]
    assert commonest_answers(f"one{order}", pairs) == {"colour": "red", "size": "small"}
