"""When words are heard to begin, with an aligner that says 100 ms for each word of what it is given."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from josie_bench.errors import MediaError
from josie_bench.tasks._onsets import onsets_of
from josie_bench.terms.word_onset import WordOnset
from tests.tasks.desks import desk

SOUND = np.zeros(8, dtype=np.float32)
CONTRACTIONS = {"It's": "it is", "um": ""}


def normalise(text):
    return " ".join(CONTRACTIONS.get(word, word.lower()) for word in text.split())


def align(audio, rate_hz, text):
    return tuple(100.0 * place for place, _ in enumerate(text.split()))


def told(due, heard, aligner=align):
    """Return the onsets of words that are due at 10, 20, … ms."""
    judges = {"normaliser": normalise, "pocketsphinx_words": aligner}
    words = [(word, 10.0 * (place + 1)) for place, word in enumerate(due.split())]
    return onsets_of(desk(judges=judges), SOUND, words, heard)


def test_words_that_are_heard_have_the_onset_of_what_was_heard():
    assert told("A red ring", "well a red thing") == (
        WordOnset(text="a", due_ms=10.0, is_said=True, onset_ms=100.0),
        WordOnset(text="red", due_ms=20.0, is_said=True, onset_ms=200.0),
        WordOnset(text="ring", due_ms=30.0, is_said=False),
    )


def test_of_a_word_that_is_compared_as_several_the_first_is_told_and_of_none_none():
    assert [(word.text, word.due_ms, word.onset_ms) for word in told("um It's red", "it is red")] == [
        ("it", 20.0, 0.0),
        ("red", 30.0, 200.0),
    ]


@pytest.mark.parametrize("heard", ["", "a blue"])
def test_words_that_are_not_heard_have_no_onset(heard):
    assert [(word.is_said, word.onset_ms) for word in told("red ring", heard)] == [(False, None)] * 2
    assert told("", heard) == ()


def test_words_of_a_sound_that_cannot_be_aligned_are_said_without_an_onset():
    def refuse(*_):
        raise MediaError("no sound")

    for aligner in (lambda *_: None, refuse):
        assert told("red", "red", aligner) == (WordOnset(text="red", due_ms=10.0, is_said=True),)


def test_without_a_judge_nothing_is_told():
    assert told("red", None) is None
    without = desk()
    assert "pocketsphinx_words" not in without.judges
    assert onsets_of(without, SOUND, [("red", 0.0)], "red") is None
    assert not replace(without, judges={}).can_align
