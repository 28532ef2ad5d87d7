"""Word errors, worked by hand and against a plainer edit distance."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.statistics.word_errors import (
    NAMES,
    extra_word_error_rate,
    rate_of_sums,
    score_words,
    word_edits,
    word_error_rate,
    word_errors,
)
from josie_bench.terms.item_counts import ItemCounts, gather

WORDS = st.lists(st.sampled_from("abcd"), max_size=8)


def errors(reference: str, hypothesis: str) -> tuple[float, ...]:
    return tuple(word_errors(reference.split(), hypothesis.split()).values())


@pytest.mark.parametrize(
    ("reference", "hypothesis", "counts"),
    [
        ("ten of clubs", "ten of clubs", (0, 0, 0, 3)),
        ("ten of clubs", "ten of clothes", (1, 0, 0, 3)),
        ("a more a amiable woman", "a more amiable woman", (0, 1, 0, 5)),
        ("clubs", "the clubs", (0, 0, 1, 1)),
        ("ten of clubs", "", (0, 3, 0, 3)),
        ("", "ten of clubs", (0, 0, 3, 0)),
        ("a b c", "b c d", (0, 1, 1, 3)),  # two edits, where exchanging all takes three
        ("a b", "b c", (2, 0, 0, 2)),  # two edits either way: exchanges are taken
        ("he was not an ill disposed young man", "he was not until this blows young man", (3, 0, 0, 8)),
    ],
)
def test_errors_are_the_hand_worked_ones(reference: str, hypothesis: str, counts: tuple[int, ...]) -> None:
    assert errors(reference, hypothesis) == counts


def plain_distance(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """Return the edit distance as it is defined."""

    @cache
    def between(left: int, right: int) -> int:
        if not left or not right:
            return left + right
        exchanged = between(left - 1, right - 1) + (one[left - 1] != other[right - 1])
        return min(exchanged, between(left - 1, right) + 1, between(left, right - 1) + 1)

    return between(len(one), len(other))


@given(reference=WORDS, hypothesis=WORDS)
def test_their_number_is_the_edit_distance_and_their_kinds_fit_the_lengths(reference: list, hypothesis: list) -> None:
    found = word_errors(reference, hypothesis)
    edits = found["substitutions"] + found["deletions"] + found["insertions"]
    assert edits == plain_distance(tuple(reference), tuple(hypothesis))
    assert found["insertions"] - found["deletions"] == len(hypothesis) - len(reference)
    assert found["words"] == len(reference)
    assert min(found.values()) >= 0.0


@given(reference=WORDS, hypothesis=WORDS)
def test_the_other_way_round_what_is_left_out_is_put_in(reference: list, hypothesis: list) -> None:
    there, back = word_errors(reference, hypothesis), word_errors(hypothesis, reference)
    assert there["substitutions"] == back["substitutions"]
    assert (there["deletions"], there["insertions"]) == (back["insertions"], back["deletions"])


@given(reference=WORDS.filter(len), hypothesis=WORDS)
def test_it_is_jiwers_number(reference: list, hypothesis: list) -> None:
    jiwer = pytest.importorskip("jiwer", reason="jiwer is not installed: it comes with the extra `dev`")
    found = jiwer.process_words(" ".join(reference), " ".join(hypothesis))
    wanted = found.substitutions + found.deletions + found.insertions
    assert sum(list(word_errors(reference, hypothesis).values())[:3]) == wanted


def test_letters_are_words_for_a_character_error_rate() -> None:
    assert rate_of_sums(np.array(list(word_errors("clubs", "cloves").values()))) == pytest.approx(3 / 5)


def test_words_stand_beside_those_they_were_heard_as() -> None:
    edits = word_edits(["ten", "of", "clubs", "please"], ["ten", "the", "clothes", "please", "now"])
    assert edits == (("ten", "ten"), ("of", "the"), ("clubs", "clothes"), ("please", "please"), ("", "now"))
    assert word_edits(["a", "b"], ["b"]) == (("a", ""), ("b", "b"))
    assert word_edits([], []) == ()


@given(WORDS, WORDS)
def test_words_side_by_side_are_both_texts_and_have_the_errors_that_are_counted(
    said: list[str], heard: list[str]
) -> None:
    edits = word_edits(said, heard)
    assert [word for word, _ in edits if word] == said
    assert [word for _, word in edits if word] == heard
    kinds = [
        ("words" if one == other else "deletions" if not other else "insertions" if not one else "substitutions")
        for one, other in edits
    ]
    counted = word_errors(said, heard)
    assert {kind: kinds.count(kind) for kind in NAMES[:3]} == {kind: counted[kind] for kind in NAMES[:3]}


def corpus(*pairs: tuple[str, str]) -> ItemCounts:
    return gather(score_words(f"item-{index}", "one", *pair) for index, pair in enumerate(pairs))


def test_the_rate_of_a_corpus_is_all_errors_over_all_words() -> None:
    score = word_error_rate(corpus(("a", "b"), ("a b c d e f g h i", "a b c d e f g h i")))
    assert (score.value, score.n, score.interval) == (0.1, 2, None)
    assert corpus(("a", "b")).names == NAMES


def test_put_in_words_bring_it_above_one() -> None:
    assert word_error_rate(corpus(("a", "b c d"))).value == 3.0


def test_no_item_and_no_word_have_no_rate() -> None:
    for items in (gather([]), corpus(("", "a b"))):
        assert word_error_rate(items).na is not None


def test_what_a_codec_adds_is_the_rate_above_the_recognisers_own() -> None:
    floor = corpus(("a b c d", "a b c x"), ("a b c d", "a b c d"))
    after = corpus(("a b c d", "a b y x"), ("a b c d", "a b c z"))
    assert extra_word_error_rate(after, floor).value == pytest.approx(3 / 8 - 1 / 8)


def test_what_is_hard_to_hear_anyway_is_not_in_its_interval() -> None:
    generator = np.random.default_rng(9)
    heard = [" ".join("x" if draw < 0.4 else word for draw, word in zip(row, "abcdefgh", strict=True))
             for row in generator.random((40, 8))]  # fmt: skip
    floor = corpus(*(("a b c d e f g h", text) for text in heard))
    same = extra_word_error_rate(floor, floor)
    assert same.value == 0.0
    assert same.interval is None  # no item differs: that bounds nothing
    after = corpus(*(("a b c d e f g h", text if index else "a") for index, text in enumerate(heard)))
    extra = extra_word_error_rate(after, floor).interval
    assert extra is not None and extra.low == 0.0 and extra.high is not None and extra.high < 0.06
    alone = word_error_rate(floor).interval
    assert alone is not None and alone.low is not None and alone.high is not None and alone.high - alone.low > 0.05
