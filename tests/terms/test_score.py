"""Tests of a score: it has a number or a reason, never both or neither."""

import pytest

from josie_bench.terms.score import NotAvailable, Score, missing

REASON = NotAvailable(reason="silent", detail="the model did not speak")


def test_missing_score_has_a_reason_and_no_number() -> None:
    score = missing("insufficient_samples", "ask for more", n=5, needed=72)
    assert (score.value, score.n, score.count, score.interval) == (None, 5, None, None)
    assert score.na == NotAvailable(reason="insufficient_samples", detail="ask for more", needed=72)


def test_missing_score_needs_no_sample() -> None:
    assert missing("silent", "the model did not speak") == Score(value=None, n=0, na=REASON)


@pytest.mark.parametrize(("value", "na"), [(None, None), (1.0, REASON), (0.0, REASON)])
def test_number_and_reason_exclude_each_other(value: float | None, na: NotAvailable | None) -> None:
    with pytest.raises(AssertionError, match="a value or a reason"):
        Score(value=value, n=1, na=na)


def test_zero_is_a_number_and_not_missing() -> None:
    assert Score(value=0.0, n=3).na is None
