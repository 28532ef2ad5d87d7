"""What a corpus is made of: frame labels from marks, splits of an opened corpus, values that do not change."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from josie_bench.terms.corpus import LANGUAGES, Corpus, Heard, Item, Mark, OpenCorpus

A = Item(id="a", split="train", transcript="one")
B = Item(id="b", split="test", transcript="two")


def heard(*marks, samples=100, rate_hz=1000):
    return Heard(audio=np.zeros(samples, dtype=np.float32), sample_rate_hz=rate_hz, marks=marks)


def phoneme(name, start, end):
    return Mark(kind="phoneme", name=name, start=start, end=end)


def test_a_frame_is_labelled_by_what_covers_most_of_it():
    sound = heard(phoneme("a", 0, 30), phoneme("b", 30, 75), phoneme("c", 75, 100))
    assert sound.labels("phoneme", 50.0) == ("a", "b")  # 30 of a and 20 of b; 25 of b and 25 of c: the earlier


def test_stretches_of_one_name_in_a_frame_add_up():
    sound = heard(phoneme("a", 0, 15), phoneme("b", 15, 35), phoneme("a", 35, 50))
    assert sound.labels("phoneme", 50.0)[0] == "a"  # 30 against 20


def test_a_frame_without_a_mark_is_unnamed_and_the_last_may_be_short():
    assert heard(phoneme("a", 0, 50), samples=120).labels("phoneme", 50.0) == ("a", "", "")


def test_marks_of_another_kind_label_nothing():
    assert heard(Mark(kind="word", name="one", start=0, end=100)).labels("phoneme", 100.0) == ("",)


def test_an_opened_corpus_gives_its_splits_and_the_sound_of_its_items():
    corpus = Corpus(
        summary="two",
        kind="made",
        license="CC0-1.0",
        splits=("train", "test"),
        ships_weights=True,
        read_items=lambda _: (A, B),
        hear=lambda _, item, rate_hz: heard(samples=len(item.transcript), rate_hz=rate_hz),
    )
    opened = OpenCorpus(name="two", corpus=corpus, root=Path(), items=(A, B))
    assert opened.of("train") == (A,)
    assert opened.of("valid") == ()
    assert opened.audio(B).shape == (3,)
    assert opened.hear(B, sample_rate_hz=24_000).sample_rate_hz == 24_000


def test_what_is_drawn_is_seen_and_of_files_what_names_a_picture():
    corpus = Corpus(
        summary="one", kind="made", license="CC0-1.0", splits=("train",), ships_weights=True, read_items=lambda _: (A,),
        frames=lambda *_: np.zeros((1, 2, 2, 3), dtype=np.uint8),
    )  # fmt: skip
    opened = OpenCorpus(name="one", corpus=corpus, root=Path(), items=(A,))
    files = dataclasses.replace(opened, corpus=dataclasses.replace(corpus, kind="bundled"))
    blind = dataclasses.replace(opened, corpus=dataclasses.replace(corpus, frames=None))
    shown = dataclasses.replace(A, picture="a.png")
    assert [one.is_seen(A) for one in (opened, files, blind)] == [True, False, False]
    assert [one.is_seen(shown) for one in (opened, files, blind)] == [True, True, False]


def test_an_item_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        A.split = "test"


def test_languages_are_two_letters_each_and_none_twice():
    assert len(set(LANGUAGES)) == len(LANGUAGES) == 183
    assert {len(language) for language in LANGUAGES} == {2}
    assert {"en", "fr", "ru", "zh"} <= set(LANGUAGES)
