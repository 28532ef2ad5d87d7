"""Synthetic speech: sentences and speakers are each in one split, and the plan is the same on every machine."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from josie_bench.corpora import synthetic_speech
from josie_bench.corpora._espeak import missing
from josie_bench.corpora._texts import normalised, split_of
from josie_bench.corpora._voices import VARIANTS

ITEMS = synthetic_speech.read_items(Path())
needs_espeak = pytest.mark.skipif(missing() is not None, reason=str(missing()))


def test_there_are_as_many_as_asked_for_all_labelled_synthetic():
    assert Counter(item.split for item in ITEMS) == {"train": 4000, "valid": 400, "test": 400}
    assert all(item.is_synthetic for item in ITEMS)


def test_a_sentence_is_in_the_split_that_its_text_decides():
    assert all(split_of(normalised(item.transcript)) == item.split for item in ITEMS)


def test_a_speaker_is_in_the_split_of_the_item():
    assert all(item.speaker.removeprefix("espeak-") in VARIANTS[item.split] for item in ITEMS)
    names = [name for split in VARIANTS.values() for name in split]
    assert len(names) == len(set(names)) == 49


def test_every_speaker_of_a_split_speaks():
    for split, variants in VARIANTS.items():
        assert {item.recipe.variant for item in ITEMS if item.split == split} == set(variants)


def test_half_is_about_shapes_and_half_about_anything():
    about_shapes = [item for item in ITEMS if int(item.id.rpartition("-")[2]) % 2]
    assert len(about_shapes) == 2400
    assert len({word for item in about_shapes for word in item.transcript.split()}) < 75
    assert len({word for item in ITEMS for word in item.transcript.split()}) > 200


@needs_espeak
@pytest.mark.parametrize("variant", sorted(name for names in VARIANTS.values() for name in names))
def test_every_speaker_can_be_heard_and_none_is_cut_off(variant):
    item = next(item for item in ITEMS if item.recipe.variant == variant)
    heard = synthetic_speech.hear(Path(), item, 16_000)
    assert np.abs(heard.audio).max() < 1.0
    assert np.sqrt(np.mean(heard.audio**2)) > 0.01
    np.testing.assert_array_equal(heard.audio, synthetic_speech.hear(Path(), item, 16_000).audio)
    assert " ".join(mark.name for mark in heard.marks if mark.kind == "word") == item.transcript


@needs_espeak
@pytest.mark.parametrize("accent", sorted({item.recipe.accent for item in ITEMS}))
def test_every_accent_can_be_heard(accent):
    item = next(item for item in ITEMS if item.recipe.accent == accent)
    assert len(synthetic_speech.hear(Path(), item, 16_000).audio) > 8000
