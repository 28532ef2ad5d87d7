"""A word's skew is its onset minus when it was due."""

from josie_bench.terms.word_onset import WordOnset


def test_a_word_that_begins_behind_its_token_has_a_skew_above_0():
    assert WordOnset(text="red", due_ms=150.0, is_said=True, onset_ms=230.0).skew_ms == 80.0
    assert WordOnset(text="red", due_ms=150.0, is_said=True, onset_ms=140.0).skew_ms == -10.0


def test_a_word_without_an_onset_has_no_skew():
    assert WordOnset(text="red", due_ms=150.0, is_said=False).skew_ms is None
