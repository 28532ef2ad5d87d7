"""Steps of a model, read off the stamps of the windows they answered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from josie_bench.statistics.batches import batches_of
from tests.bench.cases import make_recording


def test_windows_that_began_at_one_instant_are_one_step_until_its_last_answer():
    trial = make_recording([10.0, 12.0, 30.0, 5.0], unanswered=1)
    started = np.array([7, 7, 9, 20, 0])
    finished = np.array([10, 12, 15, 25, 0])
    is_warm_up = np.array([False, False, False, True, False])
    found = batches_of(replace(trial, started_ns=started, finished_ns=finished, is_warm_up=is_warm_up))
    assert found.started_ns.tolist() == [7, 9]
    assert found.took_ns.tolist() == [5, 6]
    assert found.size.tolist() == [2, 1]


def test_without_an_answer_there_is_no_step():
    assert len(batches_of(make_recording([], unanswered=2)).size) == 0
