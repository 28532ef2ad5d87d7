"""Figures of judged items, worked by hand."""

from __future__ import annotations

import pytest

from josie_bench.statistics.non_inferiority import NonInferiority
from josie_bench.statistics.quality_figures import FIGURES, difference_figure, extra_word_figure, loss, mean_figure
from josie_bench.terms.judged import REFERENCE, Judged, JudgedItem, JudgeUse
from josie_bench.terms.score import OF_ITEMS

JUDGES = tuple(JudgeUse(role=role, identity="x") for role in ("recogniser", "normaliser", "stoi", "dnsmos"))


def row(index, side="engine", *, values=None, **texts):
    return JudgedItem(item=f"i{index}", cluster=f"s{index}", task="codec", side=side, values=values or {}, texts=texts)


def judged(*rows, judges=JUDGES):
    return Judged(tasks=("codec",), rows=rows, judges=judges)


def test_a_mean_is_of_the_items_that_have_the_number():
    found = mean_figure("codec", "stoi", "stoi").score(
        judged(row(0, values={"stoi": 0.4}), row(1), row(2, values={"stoi": 0.8}))
    )
    assert (found.value, found.n) == (pytest.approx(0.6), 2)
    assert (found.clusters, found.clusters_are) == (2, OF_ITEMS)


def test_a_difference_takes_both_numbers_of_one_item():
    figure = difference_figure("codec", "dnsmos", "p.after", less="p.before")
    found = figure.score(judged(row(0, values={"p.after": 2.0, "p.before": 3.5}), row(1, values={"p.after": 9.0})))
    assert (found.value, found.n) == (pytest.approx(-1.5), 1)


def test_words_are_counted_over_all_items_together():
    """One word of five wrong in one item, none of one in the other: 1 / 6, and not the mean of 0.2 and 0."""
    rows = (
        row(0, reference="a b c d e", before="a b c d e", after="a b x d e"),
        row(1, reference="a", before="b", after="a"),
    )
    assert FIGURES["wer_codec"].score(judged(*rows)).value == pytest.approx(1 / 6)
    extra = extra_word_figure("codec", ("recogniser", "normaliser"), "after", floor="before")
    assert extra.score(judged(*rows)).value == pytest.approx(0.0)


def test_a_missing_judge_leaves_its_figures_out_and_no_other():
    absent = JudgeUse(role="stoi", reason="pystoi is not installed: pip install it")
    found = judged(row(0, reference="a", before="a", after="b"), judges=(*JUDGES[:2], absent))
    assert FIGURES["stoi"].score(found).na.detail == "pystoi is not installed: pip install it"
    assert FIGURES["wer_codec"].score(found).value == 1.0


def test_what_was_not_asked_is_not_measured():
    assert FIGURES["wer_text"].score(judged(row(0))).na.reason == "not_measured"
    assert FIGURES["stoi"].score(judged()).na.reason == "no_samples"


def both(engine, reference, count=40):
    return judged(
        *(row(index, values={"stoi": engine}) for index in range(count)),
        *(row(index, REFERENCE, values={"stoi": reference}) for index in range(count)),
    )


def test_a_loss_is_how_much_worse_the_engines_are():
    found = loss(FIGURES["stoi"], both(0.8, 0.805))
    assert isinstance(found, NonInferiority)
    assert found.loss == pytest.approx(0.005)
    assert found.is_non_inferior is True
    assert loss(FIGURES["stoi"], both(0.8, 0.82)).is_non_inferior is False
    assert loss(FIGURES["stoi"], both(0.8, 0.81, count=5)).is_non_inferior is None
    assert loss(FIGURES["stoi"], both(0.8, 0.8)).is_non_inferior is None


def test_an_item_that_one_side_lost_is_no_pair_and_no_verdict():
    """A silent engine has no score; to leave its items out would make it look like the reference."""
    whole = both(0.8, 0.8)
    found = loss(FIGURES["stoi"], judged(*(one for one in whole.rows if (one.item, one.side) != ("i7", "engine"))))
    assert (found.na.reason, found.na.detail) == ("not_paired", "1 items were judged on one side only, the first i7")


def test_the_reference_beside_itself_loses_nothing_and_is_not_asked():
    found = loss(FIGURES["stoi"], judged(row(0, values={"stoi": 1.0})))
    assert "are the eager FP32 reference themselves" in found.na.detail


def written(engine, reference, count=40, said="a b"):
    """Return a judged run in which each side writes one text of every item."""
    sides, texts = {"engine": engine, REFERENCE: reference}, {"reference": said}
    rows = tuple(
        JudgedItem(item=f"i{index}", cluster="", task="transcribe", side=side, texts=texts | {"written": text})
        for side, text in sides.items()
        for index in range(count)
    )
    return Judged(tasks=("transcribe",), rows=rows, judges=JUDGES)


@pytest.mark.parametrize("name", ["wer_text", "exact_match"])
def test_a_reference_that_does_no_better_than_nothing_has_nothing_to_lose(name):
    """Both sides write nonsense, as seeded weights do: that engines are no worse would be true, and mean nothing."""
    found = loss(FIGURES[name], written("x y", "y x"))
    assert found.na.reason == "nothing_to_lose"
    assert loss(FIGURES[name], written("a b", "a b")).loss == 0.0


@pytest.mark.parametrize(("name", "enough"), [("wer_text", 1_497), ("exact_match", 299)])
def test_texts_that_are_all_alike_are_no_worse_where_there_are_enough_of_them(name, enough):
    """Of n alike, 1 − 0.05^(1/n) of all may be lost: 0.2 % of n = 1,497 and 1 % of n = 299."""
    assert loss(FIGURES[name], written("a b", "a b", count=enough)).is_non_inferior is True
    assert loss(FIGURES[name], written("a b", "a b", count=enough - 1)).is_non_inferior is False
    few = loss(FIGURES[name], written("a b", "a b"))
    assert few.upper == pytest.approx(1 - 0.05 ** (1 / 40))
    assert few.method == "0 of 40 items, within one cluster differ, as if 7.2 % of them came to nothing"


def test_a_loss_of_items_without_a_word_is_not_known():
    assert loss(FIGURES["wer_text"], written("", "", said="")).na.reason == "no_samples"


def test_a_share_of_items_that_are_all_alike_has_the_interval_of_wilson():
    """z² / (n + z²) of 40 items; drawn again it would be from 0 to 0."""
    none, few = (FIGURES["exact_match"].score(written("x", "x", count)) for count in (40, 19))
    assert (none.value, none.interval.low) == (0.0, 0.0)
    assert none.interval.high == pytest.approx(1.96**2 / (40 + 1.96**2), abs=1e-4)
    assert none.interval.method == "Wilson over 40 items, within one cluster, all alike"
    assert few.interval is None
