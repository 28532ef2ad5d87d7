"""The rich recordings of the promises: that a poorer one would not do is what makes them say something."""

from __future__ import annotations

import dataclasses

import pytest

from josie_bench.conformance import BrokenPromiseError
from josie_bench.conformance.metrics import PROMISES, RICH
from josie_bench.metrics import (
    OF_BLOCKS,
    OF_DROPOUT,
    OF_FAULTS,
    OF_GPU,
    OF_ITEMS,
    OF_LACKING,
    OF_PARITY,
    OF_SESSIONS,
    OF_TURNS,
    OF_WINDOWS,
    all_metrics,
    jitter,
)
from josie_bench.terms.score import Score

GOOD = jitter.METRIC


def test_there_is_a_rich_recording_for_every_kind_of_metric():
    kinds = {
        OF_WINDOWS,
        OF_BLOCKS,
        OF_DROPOUT,
        OF_GPU,
        OF_PARITY,
        OF_ITEMS,
        OF_LACKING,
        OF_SESSIONS,
        OF_FAULTS,
        OF_TURNS,
    }
    assert set(RICH) == kinds == {metric.of for metric in all_metrics().values()}


@pytest.mark.parametrize(
    ("promise", "changes", "words"),
    [
        ("says what it is", {"title": ""}, "title or origin is empty"),
        ("says what it is", {"direction": "up"}, "direction 'up'"),
        ("says what it is", {"definition": "jitter/0"}, "jitter/1 or a later version"),
        ("says what it is", {"description": "no stop"}, "full stop"),
        ("every statistic can be budgeted", {"statistics": {"P 50": "x"}}, "no budget can name 'P 50'"),
        ("returns every declared statistic and no other", {"statistics": {"p50": "x"}}, "declares p50"),
    ],
)
def test_a_promise_that_is_broken_says_how(promise, changes, words):
    with pytest.raises(BrokenPromiseError, match=words):
        PROMISES[promise]("jitter", dataclasses.replace(GOOD, **changes))


def test_a_metric_that_changes_what_it_reads_is_found():
    def compute(recording):
        recording.finished_ns[:] += 1
        return {name: Score(value=1.0, n=1) for name in GOOD.statistics}

    with pytest.raises(BrokenPromiseError, match="changes the recording's finished_ns"):
        PROMISES["the same recording gives the same scores and stays as it is"](
            "jitter", dataclasses.replace(GOOD, compute=compute)
        )


def looks_at_the_first_window(statistic):
    """Hold a metric of this one statistic, which is when the first window was answered, against the warm-up."""

    def compute(recording):
        return {statistic: Score(value=float(recording.finished_ns[0]), n=1)}

    metric = dataclasses.replace(GOOD, statistics={statistic: "x"}, compute=compute)
    PROMISES["the warm-up changes only what is called cold"]("jitter", metric)


@pytest.mark.parametrize("statistic", ["cold", "cold_first"])
def test_statistics_that_are_called_cold_may_look_at_the_warm_up(statistic):
    looks_at_the_first_window(statistic)


def test_no_other_statistic_may_look_at_the_warm_up():
    with pytest.raises(BrokenPromiseError, match="the warm-up changes first"):
        looks_at_the_first_window("first")
