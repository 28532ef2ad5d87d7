"""Texts are compared without case and marks, and fall into the same split everywhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.corpora._texts import normalised, split_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Thank you.", "thank you"),
        ("  Press 1,  or #! ", "press 1 or"),
        ("don't", "don t"),
        ("C'est l'épave…", "c est l épave"),
        ("Жаба.", "жаба"),
        ("Straße ２", "strasse 2"),
        ("...", ""),
    ],
)
def test_case_marks_and_wide_letters_do_not_count(text, expected):
    assert normalised(text) == expected


@given(st.text(max_size=30))
def test_normalising_twice_changes_nothing(text):
    assert normalised(normalised(text)) == normalised(text)


def test_an_accent_that_is_a_letter_of_its_own_is_the_same_text():
    assert normalised("e\u0301pave") == normalised("\u00e9pave") == "épave"


def test_a_split_is_decided_by_the_key_alone():
    # sha256("a") begins with ca978112: 0.791 of the way
    assert split_of("a") == "train"
    assert split_of("a", test=0.5, valid=0.3) == "valid"
    assert split_of("a", test=0.8) == "test"
    assert split_of("a", test=0.0, valid=0.0) == "train"


@given(st.text(max_size=20), st.floats(0, 0.5), st.floats(0, 0.5))
def test_what_tests_still_tests_where_more_is_tested(key, test, more):
    if split_of(key, test=test) == "test":
        assert split_of(key, test=test + more) == "test"


def test_shares_are_what_is_asked_for():
    splits = [split_of(f"sentence {index}") for index in range(4000)]
    assert splits.count("test") == pytest.approx(400, abs=80)
    assert splits.count("valid") == pytest.approx(400, abs=80)
