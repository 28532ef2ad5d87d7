"""The skew of what was heard and seen at once, on readings that are known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from josie_bench.conformance.recordings import recording
from josie_bench.metrics.alignment import METRIC
from josie_bench.terms.judged import Judged, JudgedItem

STEPS = {"hop_ms": 300.0, "frame_ms": 50.0}


def read(*events):
    """Return a recording of events, each the readings that came."""
    rows = tuple(
        JudgedItem(item=str(index), cluster=str(index), task="alignment", values=STEPS | reading)
        for index, reading in enumerate(events)
    )
    return replace(recording([]), judged=Judged(tasks=("alignment",), rows=rows))


def test_the_skew_is_heard_minus_seen():
    events = [{"heard": 20.0, "seen": 120.0}] * 10 + [{"heard": 10.0, "seen": -190.0}] * 10
    found = METRIC.compute(read(*events, {"heard": 5.0}))
    assert (found["mean_abs"].value, found["bias"].value) == (150.0, 50.0)
    assert found["mean_abs"].n == 20
    assert found["floor"].value == pytest.approx(300 / 4 + 50**2 / (12 * 300))


def test_events_that_changed_nothing_make_no_figure():
    found = METRIC.compute(read(*[{"heard": 20.0, "seen": 120.0}] * 9, *[{"seen": 0.0}] * 5))
    assert found["floor"].value is not None
    assert {score.na.detail for name, score in found.items() if name != "floor"} == {
        "of 14 events 9 changed what the model said both by sound and by sight"
    }


def test_without_the_task_nothing_is_known():
    found = METRIC.compute(replace(recording([]), judged=Judged(tasks=("codec",))))
    assert {score.na.reason for score in found.values()} == {"not_measured"}
