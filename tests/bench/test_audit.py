"""Timed answers held against the same windows answered again."""

from __future__ import annotations

import dataclasses
import time

import numpy as np
import pytest

from josie_bench.bench.audit import Timed, audit, digest, last_row, limit_ns
from josie_bench.runtime.answer import Answer

S = 1_000_000_000


def answer(value=0, silent=False):
    return Answer(
        audio=np.full(4, float(value), dtype=np.float32),
        text_ids=np.array([value, 7]),
        codes=np.zeros((1, 2, 2), dtype=np.int64),
        is_silent=np.array([silent, silent]),
        vision_tokens=0,
        spans=(("audio_encoder", 1, 2),),
    )


def rows(measured, warm_up=2, compute_ns=1000):
    count = warm_up + measured
    return [
        Timed(index=i, is_measured=i >= warm_up, compute_ns=compute_ns, answer=digest(answer(i))) for i in range(count)
    ]


def run(timed, step, **changes):
    settings = {"share": 1.0, "most_ns": 10 * S, "seed": 0}
    return audit(timed, step, lambda index: index, **(settings | changes))


@pytest.mark.parametrize("part", ["audio", "text_ids", "codes", "is_silent"])
def test_a_change_of_any_part_of_an_answer_changes_its_digest(part):
    changed = np.array(getattr(answer(), part), copy=True)
    changed.reshape(-1)[-1] = 1 - changed.reshape(-1)[-1]
    assert digest(dataclasses.replace(answer(), **{part: changed})) != digest(answer())


def test_when_an_answer_came_is_no_part_of_its_digest():
    assert digest(dataclasses.replace(answer(), spans=())) == digest(answer())
    assert digest(answer()) == digest(answer())


def test_equal_answers_pass_and_all_asked_for_are_checked():
    found = run(rows(20), answer)
    assert (found.checked, found.mismatched, found.reason) == (20, (), None)


def test_one_other_answer_is_named():
    found = run(rows(20), lambda index: answer(99 if index == 11 else index))
    assert found.mismatched == (11,)


def test_answers_of_the_warm_up_are_given_again_but_not_checked():
    seen = []

    def step(index):
        seen.append(index)
        return answer(-1 if index < 2 else index)

    found = run(rows(10), step)
    assert seen == list(range(12))
    assert (found.checked, found.mismatched) == (10, ())


def test_a_share_ends_at_a_random_window_that_leaves_at_least_eight():
    ends = {last_row(rows(200), 0.01, 10 * S, seed)[0] for seed in range(200)}
    assert min(ends) >= 2 + 8 - 1
    assert max(ends) <= 201
    assert len(ends) > 50
    assert last_row(rows(200), 0.01, 10 * S, 5) == last_row(rows(200), 0.01, 10 * S, 5)


def test_a_larger_share_leaves_as_many():
    assert all(last_row(rows(200), 0.5, 10 * S, seed)[0] >= 2 + 100 - 1 for seed in range(50))


def test_fewer_than_eight_measured_windows_are_all_checked():
    assert run(rows(3), answer, share=0.01).checked == 3


def test_what_can_be_reached_in_time_is_checked_and_the_rest_is_told():
    found = run(rows(20, compute_ns=S), answer, most_ns=6 * S + 1)
    assert found.checked == 4  # six windows in six seconds, two of them warm-up
    assert "of the 20 windows asked for" in found.reason


def test_a_warm_up_that_takes_too_long_is_a_reason_and_no_pass():
    found = run(rows(20, compute_ns=S), answer, most_ns=2 * S)
    assert (found.checked, found.mismatched) == (0, ())
    assert "first measured window" in found.reason


def test_a_trial_without_measured_windows_has_nothing_to_check():
    assert run(rows(0), answer).reason == "no window was measured"


def test_an_audit_that_takes_longer_than_twice_its_time_ends_where_it_is():
    def slow(index):
        time.sleep(0.01)
        return answer(index)

    found = run(rows(20, compute_ns=1), slow, most_ns=20_000_000)
    assert 0 < found.checked < 20
    assert "twice" in found.reason


@pytest.mark.parametrize(
    ("trial_s", "left_s", "limit_s"), [(1000, 900, 20), (20, 900, 4), (1, 900, 2), (1000, 10, 5), (10, -3, 0)]
)
def test_an_audit_may_take_a_fifth_of_the_trial_within_bounds_and_half_of_the_time_left(trial_s, left_s, limit_s):
    assert limit_ns(trial_s * S, left_s * S) == limit_s * S
