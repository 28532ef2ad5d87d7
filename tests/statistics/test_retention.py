"""Retention under its three readings, worked by hand."""

import pytest

from josie_bench.statistics.retention import Retention, Task, retention_of

BLEU = Task(name="bleu", full=30.0, lacking=27.0, best=100.0, worst=0.0)
WER = Task(name="wer", full=0.10, lacking=0.12, best=0.0, worst=1.0)


def test_retention_of_a_task_is_its_share_the_way_it_is_good() -> None:
    assert BLEU.retention == pytest.approx(0.9)
    assert WER.retention == pytest.approx(0.10 / 0.12)


def test_a_task_without_anything_to_keep_has_none() -> None:
    assert Task(name="bleu", full=0.0, lacking=0.0, best=100.0, worst=0.0).retention is None
    assert Task(name="wer", full=0.1, lacking=0.0, best=0.0, worst=1.0).retention is None
    assert Task(name="wer", full=0.0, lacking=0.0, best=0.0, worst=1.0).retention == 1.0
    assert Task(name="wer", full=0.0, lacking=0.2, best=0.0, worst=1.0).retention == 0.0


def test_points_run_from_the_worst_to_the_best() -> None:
    assert [BLEU.points(value) for value in (0.0, 27.0, 120.0)] == [0.0, 27.0, 100.0]
    assert [WER.points(value) for value in (0.0, 0.12, 1.0, 3.0)] == pytest.approx([100.0, 88.0, 0.0, 0.0])


def test_readings_by_hand() -> None:
    found = retention_of((BLEU, WER))
    assert found.macro == pytest.approx((0.9 + 10 / 12) / 2)
    assert found.worst == pytest.approx(10 / 12)
    assert found.points == pytest.approx((27 + 88) / (30 + 90))


def test_readings_that_disagree_leave_the_claim_ambiguous() -> None:
    assert retention_of((BLEU, WER)).verdicts() == {"macro": False, "worst": False, "points": True}
    assert retention_of((BLEU, WER)).answer() == "ambiguous"
    assert retention_of((BLEU, WER)).answer(bar=0.8) == "holds"
    assert retention_of((BLEU, WER)).answer(bar=0.99) == "fails"


def test_the_bar_itself_is_reached() -> None:
    assert Retention(macro=0.92, worst=0.92, points=0.92).answer() == "holds"


def test_no_task_tests_nothing() -> None:
    found = retention_of(())
    assert found == Retention(macro=None, worst=None, points=None)
    assert found.answer() == "untested"
    assert Retention(macro=None, worst=None, points=0.95).answer() == "holds"
