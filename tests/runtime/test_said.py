"""What is said in a window, and the stretches in which it is."""

from __future__ import annotations

import numpy as np
import pytest

from josie_bench.runtime.said import Said, stretches


@pytest.mark.parametrize(
    ("is_spoken", "runs"),
    [
        ([True, False, True, True], [(0, 1), (2, 4)]),
        ([False, False], []),
        ([True, True], [(0, 2)]),
        ([False, True, False], [(1, 2)]),
        ([], []),
    ],
)
def test_stretches_are_runs_of_true(is_spoken, runs):
    assert list(stretches(np.array(is_spoken, dtype=np.bool_))) == runs


def test_nothing_is_said_before_the_first_frame():
    said = Said(text_ids=np.zeros(2, np.int64), codes=np.zeros((1, 4, 2), np.int64), is_spoken=np.zeros(2, np.bool_))
    assert said.frame == 0
