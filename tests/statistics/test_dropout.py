"""Losses and what follows them, by hand."""

from dataclasses import replace

import numpy as np
import pytest

from josie_bench.bench.rounds import pooled
from josie_bench.conformance.recordings import recording
from josie_bench.metrics import OF_DROPOUT, all_metrics, scores
from josie_bench.statistics.dropout import returns
from josie_bench.terms.recording import Recording


def patchy(dropped: str, compute_ms: list[float], **more: object) -> Recording:
    """Return windows of 100 ms of which those marked `x` lacked their pictures."""
    trial = recording([90.0] * len(dropped), compute_ms=compute_ms, **more)
    return replace(trial, dropped=np.array(["vision" if mark == "x" else "" for mark in dropped], dtype=np.str_))


# Two losses; after the first one the work is as usual (52 ms at most) with the third window, 200 ms later.
TWICE = "...xx....x..."
WORK = [50.0, 51.0, 52.0, 30.0, 32.0, 60.0, 58.0, 52.0, 50.0, 20.0, 50.0, 51.0, 50.0]


def test_each_loss_is_held_against_what_follows_it():
    first, second = returns(patchy(TWICE, WORK))
    assert (first.lacking_ms, first.first_ms, first.settled_ms) == (30.0, 60.0, 52.0)
    assert (second.lacking_ms, second.first_ms, second.settled_ms) == (20.0, 50.0, 50.0)
    # 58, 52, 50, 51 and 50 ms were taken by whole windows behind whole ones, and 51 and 52: the 95th percentile is 58.
    assert [loss.recovery_ms for loss in (first, second)] == [100.0, 0.0]


def test_what_never_comes_back_is_no_return():
    assert returns(patchy("..xx", [50.0] * 4)) == []
    (only,) = returns(patchy("..xx.", [50.0, 50.0, 30.0, 30.0, 99.0]))
    assert only.recovery_ms == np.inf


def test_rounds_and_the_warm_up_are_apart():
    one = patchy("x...", [10.0, 20.0, 20.0, 20.0])
    found = returns(pooled({0: one, 1: one}))
    assert [(loss.round, loss.lacking_ms) for loss in found] == [(0, 10.0), (1, 10.0)]
    warm = patchy("x...", [10.0, 20.0, 20.0, 20.0], warm_up=1)
    assert returns(warm) == []
    assert not warm.is_patchy()


def test_their_metrics_are_asked_only_where_something_was_lost():
    asked = {name for name, metric in all_metrics().items() if metric.of == OF_DROPOUT}
    assert asked == {"dropout", "dropout_recovery"}
    assert not any(key.startswith("dropout") for key in scores(recording([50.0] * 9)))
    found = scores(patchy("xx....xx....", [50.0] * 12))
    assert (found["dropout.lost"].value, found["dropout.lost"].count) == (pytest.approx(1 / 3), 4)
    assert found["dropout_recovery.max"].value == 0.0
    assert found["dropout.work.p50"].na.reason == "insufficient_samples"  # two losses bound no median


def test_work_and_return_are_medians_over_losses():
    times = [25.0, 60.0, 50.0, 50.0, 50.0] * 8
    found = scores(patchy("x...." * 8, times))
    assert found["dropout.work.p50"].value == 0.5
    assert found["dropout_recovery.first.p50"].value == 10.0
    assert found["dropout_recovery.p50"].value == 100.0
    assert found["dropout.work.p50"].n == 8


def test_an_answer_that_is_none_counts_among_all_answered():
    trial = recording([50.0] * 4)
    assert scores(trial)["output_validity.invalid"].na.reason == "not_measured"
    looked = replace(trial, is_valid=np.array([True, False, True, True]))
    found = scores(looked)["output_validity.invalid"]
    assert (found.value, found.count, found.n) == (0.25, 1, 4)
