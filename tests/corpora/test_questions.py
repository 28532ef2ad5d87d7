"""Questions about clips: the answer is true of the scene, and who asks and answers is heard when the marks say."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from josie_bench.corpora import questions
from josie_bench.corpora._scenes import Scene

ITEMS = questions.read_items(Path())
MOVES = Scene(size="small", colour="red", shape="ring", direction="to the left", speed="quickly")
STANDS = Scene(size="large", colour="pink", shape="cross", direction=None, speed=None)


@pytest.mark.parametrize(
    ("about", "moves", "stands"),
    [
        ("colour", "it is red", "it is pink"),
        ("shape", "it is a ring", "it is a cross"),
        ("size", "it is small", "it is large"),
        ("direction", "it is going to the left", "it is standing still"),
        ("speed", "it is going quickly", "it is standing still"),
        ("all", "a small red ring", "a large pink cross"),
    ],
)
def test_the_answer_is_what_was_asked_and_nothing_else(about, moves, stands):
    assert questions.answer(MOVES, about) == moves
    assert questions.answer(STANDS, about) == stands


def test_everything_is_asked_about_alike_and_each_question_asks_one_thing():
    counts = Counter(item.recipe.about for item in ITEMS if item.split == "test")
    assert set(counts) == set(questions.ASKED)
    assert max(counts.values()) - min(counts.values()) <= 1
    every = [question for asked in questions.ASKED.values() for question in asked]
    assert len(every) == len(set(every))
    assert all(item.recipe.question in questions.ASKED[item.recipe.about] for item in ITEMS)


def test_labels_say_what_is_seen_asked_and_true():
    item = next(item for item in ITEMS if item.recipe.about == "colour")
    found = questions.labels(item)
    assert found["asked"] == "colour"
    assert found["answer"] == f"it is {found['colour']}"
    assert found["colour"] in item.transcript.split()


def test_frames_are_those_of_the_clip():
    assert np.array_equal(questions.frames(Path(), ITEMS[3]), ITEMS[3].recipe.clip.frames())


@pytest.mark.parametrize("item", ITEMS[::700], ids=lambda item: item.id)
def test_question_and_answer_are_heard_when_the_marks_say(item):
    pytest.importorskip("espeakng_loader")
    heard = questions.hear(Path(), item, 16_000)
    asked, told = (mark for mark in heard.marks if mark.kind == "turn")
    assert (asked.who, asked.name, told.who) == ("user", item.recipe.question, "partner")
    assert told.name == questions.labels(item)["answer"]
    assert 200 <= asked.start / 16 <= 900
    assert 200 <= (told.start - asked.end) / 16 <= 300
    for sound, turn in ((heard.audio, asked), (heard.partner, told)):
        outside = np.ones(len(sound), dtype=bool)
        outside[turn.start : turn.end] = False
        assert not sound[outside].any()
        assert np.abs(sound[turn.start : turn.end]).max() > 0.05
    words = [mark for mark in heard.marks if mark.kind == "word"]
    assert " ".join(mark.name for mark in words) == told.name
    assert all(told.start <= mark.start < mark.end <= told.end for mark in words)


def test_the_same_item_is_heard_the_same_each_time():
    pytest.importorskip("espeakng_loader")
    one, two = (questions.hear(Path(), ITEMS[0], 16_000) for _ in range(2))
    assert np.array_equal(one.audio, two.audio)
    assert one.marks == two.marks
