"""Tests of which rows of a recording count."""

from dataclasses import replace

import numpy as np

from josie_bench.terms.recording import MemoryReading, Recording, host_spans

ZEROS = np.zeros(4, dtype=np.int64)
NAMES = np.array(["audio"] * 4)
RECORDING = Recording(
    window_ms=300.0,
    deadline_ms=300.0,
    is_open_loop=True,
    sample_rate_hz=24_000,
    window=np.arange(4),
    hop_ns=ZEROS,
    block=ZEROS,
    content=NAMES,
    is_warm_up=np.array([True, True, False, False]),
    scheduled_ns=ZEROS,
    handed_ns=ZEROS,
    started_ns=ZEROS,
    finished_ns=ZEROS,
    is_answered=np.array([True, False, True, False]),
    audio_samples=ZEROS,
    text_tokens=ZEROS,
    vision_tokens=ZEROS,
    modalities=NAMES,
    ended_ns=0,
    spans=host_spans(window=ZEROS, component=NAMES, start_ns=ZEROS, end_ns=ZEROS),
)


def test_measured_rows_are_those_after_the_warm_up() -> None:
    assert RECORDING.measured().tolist() == [False, False, True, True]


def test_answered_rows_are_measured_and_answered() -> None:
    assert RECORDING.answered().tolist() == [False, False, True, False]


def test_memory_is_empty_where_nothing_was_read() -> None:
    assert RECORDING.memory == ()


def test_a_single_trial_begins_at_its_first_row_and_every_round_at_its_own() -> None:
    assert RECORDING.first_rows().tolist() == [0]
    assert replace(RECORDING, round=np.array([0, 0, 2, 2])).first_rows().tolist() == [0, 2]


def test_every_window_has_a_round_also_where_there_is_one_trial() -> None:
    assert RECORDING.round_of_each().tolist() == [0, 0, 0, 0]
    assert replace(RECORDING, round=np.array([0, 0, 2, 2])).round_of_each().tolist() == [0, 0, 2, 2]


def test_a_recording_without_windows_has_no_first_row() -> None:
    assert replace(RECORDING, window=ZEROS[:0]).first_rows().tolist() == []


def test_a_recording_is_cut_where_a_trial_of_it_has_several_blocks() -> None:
    assert not RECORDING.is_cut()
    two = replace(RECORDING, block=np.array([0, 0, 1, 1]))
    assert two.is_cut()
    assert not replace(two, round=np.array([0, 0, 1, 1])).is_cut()
    assert replace(two, block=np.array([0, 1, 2, 2]), round=np.array([0, 0, 1, 1])).is_cut()


def test_a_single_trial_is_its_only_round() -> None:
    assert RECORDING.by_round() == [RECORDING]


def test_a_round_has_its_own_windows_calls_readings_and_end() -> None:
    two = replace(
        RECORDING,
        round=np.array([0, 0, 0, 1]),
        round_ended_ns=(7, 9),
        ended_ns=9,
        spans=replace(RECORDING.spans, window=np.array([0, 2, 3, 3])),
        memory=tuple(MemoryReading(phase="end", name="rss", byte_count=size, round=size) for size in (0, 1)),
    )
    first, second = two.by_round()
    assert (first.window.tolist(), second.window.tolist()) == ([0, 1, 2], [3])
    assert (first.spans.window.tolist(), second.spans.window.tolist()) == ([0, 2], [3, 3])
    assert (first.ended_ns, second.ended_ns) == (7, 9)
    assert [reading.byte_count for reading in second.memory] == [1]
    assert first.by_round() == [first]


def test_the_measured_stretch_runs_from_the_first_close_to_the_last_answer() -> None:
    timed = replace(
        RECORDING, scheduled_ns=np.array([1, 2, 3, 4]), finished_ns=np.array([2, 0, 9, 0]), is_warm_up=ZEROS != 0
    )
    assert timed.measured_stretch() == (1, 9)
    assert replace(timed, is_warm_up=np.array([True, True, True, False])).measured_stretch() == (4, 4)
    assert replace(timed, is_warm_up=ZEROS == 0).measured_stretch() is None
