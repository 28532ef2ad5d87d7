"""What tasks keep, worked by hand on a few items, and the interval against draws made another way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from josie_bench.conformance.judged_items import HELD
from josie_bench.statistics.item_bootstrap import SEED
from josie_bench.statistics.retained import QUALITIES, STATISTICS, Pair, paired, retention_scores
from josie_bench.terms.dropout import Dropout
from josie_bench.terms.judged import ENGINE, WHOLE, Judged, JudgedItem, JudgeUse
from josie_bench.terms.timeline import Span

LATE = Dropout(of=("audio",), late_ms=600.0)
NORMALISER = JudgeUse(role="normaliser", identity="small")
SAID = "one two three four"


def written(index, wrong, side):
    """Return an item of four words of which the first so many are wrong."""
    words = ["x"] * wrong + SAID.split()[wrong:]
    texts = {"reference": SAID, "written": " ".join(words)}
    return JudgedItem(item=f"i{index}", cluster=f"s{index}", task="transcribe", side=side, texts=texts)


def judged(lacking, whole, dropout=LATE, tasks=("transcribe",), more=()):
    rows = [written(index, wrong, ENGINE) for index, wrong in enumerate(lacking)]
    rows += [written(index, wrong, WHOLE) for index, wrong in enumerate(whole)]
    return Judged(tasks=tasks, rows=(*rows, *more), judges=(NORMALISER,), dropout=dropout)


def held(count, side, played):
    return [
        JudgedItem(
            item=f"d{n}", cluster=f"d{n}", task="conversation", side=side,
            timeline=replace(HELD, dialogue=f"d{n}", played=played),
        )
        for n in range(count)
    ]  # fmt: skip


def test_one_task_by_hand():
    """Of 12 words 3 are wrong with everything and 4 without: 3/4 of the quality, or 8 of 9 right words."""
    found = retention_scores(judged([2, 1, 1], [1, 1, 1]))
    assert set(found) == set(STATISTICS)
    assert found["transcribe"].value == found["macro"].value == found["worst"].value == pytest.approx(3 / 4)
    assert found["points"].value == pytest.approx((8 / 12) / (9 / 12))
    assert found["transcribe.difference"].value == pytest.approx(-1 / 12)
    assert (found["macro"].n, found["macro"].interval) == (3, None)  # three items bound nothing
    assert found["conversation"].na.detail == "task conversation was not asked for"


def test_two_tasks_have_a_mean_and_a_worst():
    """Every other turn is no longer answered in time: half of that quality is left."""
    first_only = (Span(start_ms=3_400.0, end_ms=7_000.0),)
    more = (*held(30, ENGINE, first_only), *held(30, WHOLE, HELD.played))
    found = retention_scores(judged([2, 1, 1], [1, 1, 1], tasks=("transcribe", "conversation"), more=more))
    assert found["conversation"].value == pytest.approx(1 / 2)
    assert found["macro"].value == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert found["worst"].value == pytest.approx(1 / 2)
    assert found["points"].value == pytest.approx((8 / 12 + 1 / 2) / (9 / 12 + 1.0))
    assert found["macro"].n == 3 + 60


def test_the_interval_draws_both_sides_together():
    """A plain loop over the same draws, of counts that are known, gives the same bounds."""
    generator = np.random.default_rng(5)
    whole = generator.integers(0, 3, 40)
    lacking = np.minimum(whole + (generator.random(40) < 0.3), 4)
    found = retention_scores(judged(lacking.tolist(), whole.tolist()))["transcribe"]
    names = sorted(range(40), key=lambda index: f"s{index}")  # speakers are drawn in the order of their names
    draws = np.random.default_rng(SEED)
    ratios = []
    for _ in range(2_000):
        times = draws.multinomial(40, np.full(40, 1 / 40))
        ratios.append((times @ whole[names]) / (times @ lacking[names]))
    low, high = np.sort(ratios)[[50, 1949]]
    assert (found.interval.low, found.interval.high) == (pytest.approx(low), pytest.approx(high))
    assert found.interval.method == "bootstrap over 40 clusters, both sides together"
    assert low < found.value < high < 1.0


def test_where_nothing_changes_there_is_no_interval_of_no_width():
    found = retention_scores(judged([1] * 25, [1] * 25))["macro"]
    assert (found.value, found.interval) == (1.0, None)


def test_without_quality_there_is_nothing_to_keep():
    """Turns that are never answered, with and without."""
    never = (*held(30, ENGINE, ()), *held(30, WHOLE, ()))
    found = retention_scores(Judged(tasks=("conversation",), rows=never, dropout=LATE))
    assert found["conversation"].na.reason == found["macro"].na.reason == "nothing_to_lose"
    assert found["conversation.difference"].na.reason == "nothing_to_lose"
    both = retention_scores(judged([2], [1], tasks=("transcribe", "conversation"), more=never))
    assert both["macro"].na.reason == both["worst"].na.reason == "nothing_to_lose"
    assert both["transcribe"].value == pytest.approx(1 / 2)


@pytest.mark.parametrize(("lacking", "whole"), [([4, 4], [4, 4]), ([3, 4], [4, 4])])
def test_who_writes_nothing_right_with_everything_keeps_nothing_that_could_be_told(lacking, whole):
    found = retention_scores(judged(lacking, whole))
    for name in ("transcribe", "macro", "worst", "points"):
        assert found[name].na.reason == "nothing_to_lose"
    assert found["transcribe"].na.detail == "with everything transcribe has 1, and what takes no model 1"


@pytest.mark.parametrize(("right", "kept"), [(1, None), (2, 1 / 2)])
def test_answers_that_a_guess_gives_as_often_are_no_quality(right, kept):
    """Of four questions the commonest answer is right once."""

    def answers(side, count):
        return [
            JudgedItem(
                item=f"q{n}", cluster=f"q{n}", task="answer", side=side,
                texts={
                    "reference": "red" if n == 3 else f"it is {n}",
                    "written": f"it is {n}" if n < count else "what",
                    "frequent": "red",
                },
            )
            for n in range(4)
        ]  # fmt: skip

    rows = (*answers(ENGINE, 1), *answers(WHOLE, right))
    lost = Dropout(of=("vision",), present=0)
    found = retention_scores(Judged(tasks=("answer",), rows=rows, judges=(NORMALISER,), dropout=lost))["answer"]
    assert found.value == kept
    assert (found.na is None) == (kept is not None)


def test_a_task_that_cannot_be_done_or_is_not_touched_says_nothing():
    gone = retention_scores(judged([4], [1], dropout=Dropout(of=("audio",), present=0)))
    assert gone["macro"].na.detail == "nobody can do task transcribe when audio never arrives"
    untouched = retention_scores(judged([1], [1], dropout=Dropout(of=("vision",), lost=0.2)))
    assert untouched["transcribe"].na.reason == "not_defined"
    text = Dropout(of=("text",), present=0)
    more = (*held(30, ENGINE, ()), *held(30, WHOLE, ()))
    one = retention_scores(judged([2], [1], dropout=text, tasks=("transcribe", "conversation"), more=more))
    assert one["macro"].value == pytest.approx(1 / 2)  # of the one task that has to do with text
    assert one["conversation"].na.detail == "task conversation takes audio alone: nothing of it is lost"


def test_a_judge_that_is_missing_takes_the_mean_with_it():
    """Else it would be of fewer tasks than beside it, and nobody would see."""
    more = (*held(30, ENGINE, HELD.played), *held(30, WHOLE, HELD.played))
    some = judged([1], [1], tasks=("transcribe", "conversation"), more=more)
    found = retention_scores(replace(some, judges=(JudgeUse(role="normaliser", reason="not installed"),)))
    assert (found["macro"].na.reason, found["macro"].na.detail) == ("no_judge", "not installed")
    assert found["conversation"].value == 1.0


def test_what_was_judged_once_is_no_pair():
    assert paired(judged([1, 1], [1]), "transcribe").na.detail.startswith("1 items were judged on one side only")
    assert paired(judged([1], [1], dropout=None), "transcribe").na.detail == "nothing was lost"
    assert isinstance(paired(judged([1], [1]), "transcribe"), Pair)


def test_few_turns_make_no_figure():
    few = (*held(3, ENGINE, HELD.played), *held(3, WHOLE, HELD.played))
    found = paired(Judged(tasks=("conversation",), rows=few, dropout=LATE), "conversation")
    assert (found.na.reason, found.n, found.na.needed) == ("insufficient_samples", 6, 30)


def test_who_needs_something_takes_it():
    for quality in QUALITIES.values():
        assert set(quality.needs) <= set(quality.takes)
