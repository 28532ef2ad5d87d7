"""Flite's speech: four voices that train and never test, and sentences in the split that their text decides."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from josie_bench.corpora import flite_speech, synthetic_speech
from josie_bench.corpora._flite import VOICES, missing
from josie_bench.corpora._texts import normalised, split_of

ITEMS = flite_speech.read_items(Path())
needs_flite = pytest.mark.skipif(missing() is not None, reason=str(missing()))


def test_each_voice_says_as_many_in_both_splits_all_labelled_synthetic():
    expected = {("train", f"flite-{voice}"): 350 for voice in VOICES} | {
        ("valid", f"flite-{voice}"): 35 for voice in VOICES
    }
    assert Counter((item.split, item.speaker) for item in ITEMS) == expected
    assert all(item.is_synthetic for item in ITEMS)


def test_a_sentence_is_in_the_split_that_its_text_decides():
    assert all(split_of(normalised(item.transcript)) == item.split for item in ITEMS)


def test_each_voice_says_as_much_about_shapes_as_about_anything():
    about_shapes = Counter(item.recipe for item in ITEMS if int(item.id.rpartition("-")[2]) % 2)
    assert about_shapes == dict.fromkeys(VOICES, 175 + 17)


def test_the_free_sentences_are_others_than_those_of_espeak():
    free, others = (
        {item.transcript for item in items if int(item.id.rpartition("-")[2]) % 2 == 0}
        for items in (ITEMS, synthetic_speech.read_items(Path()))
    )
    assert len(free & others) < 0.02 * len(free)


@needs_flite
@pytest.mark.parametrize("voice", VOICES)
def test_every_voice_can_be_heard_and_none_is_cut_off(voice):
    item = next(item for item in ITEMS if item.recipe == voice)
    heard = flite_speech.hear(Path(), item, 16_000)
    assert np.abs(heard.audio).max() < 1.0
    assert np.sqrt(np.mean(heard.audio**2)) > 0.01
    assert 1.0 < len(heard.audio) / 16_000 < 10.0
    assert {mark.kind for mark in heard.marks} == {"phoneme"}
