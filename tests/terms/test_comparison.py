"""Verdicts: which of several is that of the whole."""

from __future__ import annotations

import pytest

from josie_bench.terms.comparison import VERDICTS, worst


@pytest.mark.parametrize(
    ("verdicts", "whole"),
    [
        (["SAME", "FASTER"], "FASTER"),
        (["FASTER", "AMBIGUOUS"], "AMBIGUOUS"),
        (["AMBIGUOUS", "SLOWER"], "SLOWER"),
        (["SLOWER", "INCOMPARABLE"], "INCOMPARABLE"),
        (["SAME", "CLOCK_SHIFT"], "CLOCK_SHIFT"),
        ([], "SAME"),
    ],
)
def test_the_worst_of_several_is_that_of_the_whole(verdicts, whole):
    assert worst(verdicts) == whole
    assert worst(list(VERDICTS)) == "INVALID"
