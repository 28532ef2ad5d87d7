"""Metrics of blocks, of the start and of what was said, worked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from josie_bench.metrics import (
    block_start,
    block_start_ratio,
    cold_start,
    output_length,
    output_repetition,
    shortcut,
    turn_tokens,
    vision_tokens,
)
from josie_bench.terms.recording import Phase

MS = 1_000_000


def in_blocks(recording, firsts, rest, *, hops=None, content=None, **more):
    """Return blocks of three windows: a first compute time each, and `rest` twice."""
    compute = [value for first, other in zip(firsts, rest, strict=True) for value in (first, other, other)]
    count = len(firsts)
    return recording(
        [value + 10.0 for value in compute],
        compute_ms=compute,
        block=[k // 3 for k in range(3 * count)],
        hops_ms=[hop for hop in hops or [100.0] * count for _ in range(3)],
        content=[kind for kind in content or ["recorded"] * count for _ in range(3)],
        **more,
    )


def test_a_switch_costs_what_its_first_window_takes_beyond_the_rest(recording):
    trial = in_blocks(
        recording, [99.0, 15.0, 34.0] + [15.0, 34.0] * 6, [20.0, 10.0, 20.0] + [10.0, 20.0] * 6,
        hops=[200.0, 100.0, 200.0] + [100.0, 200.0] * 6,
    )  # fmt: skip
    found = block_start.METRIC.compute(trial)
    assert found["shorter.p50"].value == 5.0
    assert found["longer.p50"].value == 14.0
    assert (found["longer.p50"].n, found["shorter.p50"].n) == (7, 7)
    assert found["extra.max"].value == 14.0  # the trial's first block is left out
    assert found["extra.p95"].na.needed == 72
    assert (found["longer.p50"].interval.low, found["longer.p50"].interval.high) == (14.0, 14.0)


def test_first_windows_are_counted_late_by_the_deadline_in_an_open_loop_alone(recording):
    firsts, rest = [10.0, 10.0, 20.0, 150.0, 20.0, 20.0, 20.0, 150.0, 20.0, 20.0], [10.0] * 10
    found = block_start_ratio.METRIC.compute(in_blocks(recording, firsts, rest, deadline_ms=150.0))
    assert (found["missed"].count, found["missed"].n) == (2, 9)
    assert found["p50"].value == 2.0
    closed = block_start_ratio.METRIC.compute(in_blocks(recording, firsts, rest, is_open_loop=False))
    assert closed["missed"].na.reason == "closed_loop"


def test_a_cache_that_knows_its_input_is_found_out(recording):
    content = ["unique", "repeated", "silent"] * 7
    rest = [20.0, 5.0, 18.0] * 7
    found = shortcut.METRIC.compute(in_blocks(recording, [30.0] * 21, rest, content=content))
    # the first block of the trial is left out, so the pairs are (repeated 1, unique 2) …: six of them
    assert found["repeated"].value == pytest.approx(0.25)
    assert found["silent"].value == pytest.approx(0.9)
    assert found["repeated"].n == 6
    assert found["repeated"].interval.high == pytest.approx(0.25)


@pytest.mark.parametrize("content", [["silent"] * 8, ["recorded", "silent"] * 4])
def test_a_shortcut_is_looked_for_only_beside_blocks_that_never_repeat(recording, content):
    found = shortcut.METRIC.compute(in_blocks(recording, [30.0] * 8, [20.0] * 8, content=content))
    assert found["silent"].na.reason == "not_measured"


def test_the_start_is_the_sum_of_its_parts_without_what_is_the_benchs_own(recording):
    phases = (
        Phase(name="process", start_ns=0, end_ns=1000 * MS),
        Phase(name="media", start_ns=1000 * MS, end_ns=1700 * MS),
        Phase(name="libraries", start_ns=1700 * MS, end_ns=2000 * MS),
        Phase(name="engines", start_ns=2000 * MS, end_ns=2050 * MS),
        Phase(name="first answer", start_ns=3000 * MS, end_ns=3040 * MS),
    )
    found = cold_start.METRIC.compute(recording([40.0], phases=phases))
    assert {name: score.value for name, score in found.items()} == {
        "process": 1000.0, "libraries": 300.0, "engines": 50.0, "first_answer": 40.0, "total": 1390.0,
    }  # fmt: skip
    again = tuple(
        replace(phase, start_ns=2 * phase.start_ns, end_ns=2 * phase.end_ns, round=index)
        for index in range(1, 6)
        for phase in phases
    )
    rounds = cold_start.METRIC.compute(recording([40.0], phases=phases + again))
    assert (rounds["total"].value, rounds["total"].n) == (2780.0, 6)
    assert (rounds["total"].interval.low, rounds["total"].interval.high) == (1390.0, 2780.0)
    unfinished = cold_start.METRIC.compute(recording([40.0], phases=phases[:-1]))
    assert {score.na.reason for score in unfinished.values()} == {"not_measured"}


def test_output_length_counts_what_was_said_in_measured_windows(recording):
    found = output_length.METRIC.compute(recording([10.0] * 5, speech=[100, 0, 50, 100, 0], warm_up=1))
    assert found["speech"].value == pytest.approx(150 / 400)  # windows of 100 ms, a sample each millisecond
    assert found["spoken_windows"].value == pytest.approx(0.5)
    assert found["text"].value == 0.0


def test_vision_tokens_are_counted_where_something_was_seen(recording):
    """15, 0 and 12 after one window of warm-up: two windows saw, 13.5 on average."""
    series = replace(recording([10.0] * 4, warm_up=1), vision_tokens=np.array([99, 15, 0, 12]))
    found = vision_tokens.METRIC.compute(series)
    assert (found["mean"].value, found["max"].value, found["mean"].n) == (13.5, 15.0, 2)
    blind = vision_tokens.METRIC.compute(replace(series, vision_tokens=np.zeros(4, dtype=np.int64)))
    assert {score.na.reason for score in blind.values()} == {"not_seen"}


def test_output_repetition_is_a_share_of_what_was_said_in_measured_windows(recording):
    series = replace(
        recording([10.0] * 4, speech=[100, 0, 50, 100], warm_up=1),
        text_tokens=np.array([4, 0, 3, 1]),
        repeated_samples=np.array([100, 0, 50, 10]),
        repeated_tokens=np.array([4, 0, 1, 1]),
    )
    found = output_repetition.METRIC.compute(series)
    assert {key: (score.value, score.n) for key, score in found.items()} == {
        "speech": (60 / 150, 2),
        "text": (2 / 4, 2),
    }
    silent = output_repetition.METRIC.compute(replace(series, audio_samples=np.zeros(4, dtype=np.int64)))
    assert (silent["speech"].na.reason, silent["text"].value) == ("silent", 0.5)
    older = output_repetition.METRIC.compute(replace(series, repeated_samples=None))
    assert older["speech"].na.reason == "not_measured"


def test_turn_tokens_are_counted_by_windows_that_were_measured_and_answered(recording):
    series = replace(recording([10.0] * 5, warm_up=1), turn_tokens=np.array([3, 0, 2, 1, 0]))
    score = turn_tokens.METRIC.compute(series)["windows"]
    assert (score.value, score.count, score.n) == (pytest.approx(0.5), 2, 4)
    assert turn_tokens.METRIC.compute(replace(series, turn_tokens=None))["windows"].na.reason == "not_measured"
