"""Rows of windows as the series of a recording."""

from __future__ import annotations

from itertools import islice

import numpy as np

from josie_bench.backends import GpuSpan
from josie_bench.bench.rows import Row, row_of, series_of
from josie_bench.model.presets import TINY
from josie_bench.runtime.answer import Answer
from josie_bench.runtime.pacer import Tick
from josie_bench.terms.window import Window
from tests.runtime.timetables import make_timetable


def ticks(windows, **sessions):
    arrivals = islice(make_timetable(**sessions).arrivals(), windows)
    closes = [(arrival, arrival.close_ns) for arrival in arrivals]
    return [Tick(arrival=arrival, scheduled_ns=close, handed_ns=close + 7) for arrival, close in closes]


def test_windows_are_in_order_of_arrival_whenever_they_were_answered_or_dropped():
    first, second, third = ticks(3, count=2)
    rows = [
        Row(tick=third, is_warm_up=False, is_answered=True, started_ns=30, finished_ns=40, answer="c"),
        Row(tick=first, is_warm_up=True, is_answered=True, started_ns=10, finished_ns=20, answer="a"),
        Row(tick=second, is_warm_up=False, is_shed=True),
    ]
    found = series_of(rows, has_sessions=True)
    assert found["window"].tolist() == [0, 1, 2]
    assert found["session"].tolist() == [0, 1, 0]
    assert found["is_shed"].tolist() == [False, True, False]
    assert found["is_answered"].tolist() == [True, False, True]
    assert found["is_warm_up"].tolist() == [True, False, False]
    assert found["finished_ns"].tolist() == [20, 0, 40]
    assert found["answers"].tolist() == ["a", "", "c"]
    assert found["is_valid"].all()
    assert (found["handed_ns"] - found["scheduled_ns"]).tolist() == [7, 7, 7]


def test_one_session_has_no_number_and_sheds_nothing():
    found = series_of([Row(tick=ticks(1)[0], is_warm_up=False)], has_sessions=False)
    assert not {"session", "is_shed", "is_evicted"} & set(found)


def test_calls_are_of_the_window_they_ran_for():
    calls = np.array([[1, 2], [3, 5]], dtype=np.int64)
    rows = [
        Row(tick=tick, is_warm_up=False, is_answered=True, calls=("a", "b"), edges=(calls + shift).tobytes())
        for shift, tick in zip((100, 0), reversed(ticks(2)), strict=True)
    ]
    spans = series_of(rows, has_sessions=False)["spans"]
    assert spans.window.tolist() == [0, 0, 1, 1]
    assert spans.component.tolist() == ["a", "b", "a", "b"]
    assert spans.start_ns.tolist() == [1, 3, 101, 103]
    assert spans.end_ns.tolist() == [2, 5, 102, 105]


def test_what_a_gpu_was_at_work_for_stands_behind_the_host_s_calls():
    first, second = ticks(2)
    host, gpu = np.array([[1, 9]], dtype=np.int64), np.array([[2, 3, 1], [4, 6, 1]], dtype=np.int64)
    rows = [
        Row(tick=second, is_warm_up=False, calls=("a",), edges=host.tobytes()),
        Row(
            tick=first,
            is_warm_up=False,
            calls=("a",),
            edges=host.tobytes(),
            gpu_calls=("copies", "a"),
            gpu_edges=gpu.tobytes(),
        ),
    ]
    spans = series_of(rows, has_sessions=False)["spans"]
    assert spans.window.tolist() == [0, 1, 0, 0]
    assert spans.component.tolist() == ["a", "a", "copies", "a"]
    assert spans.is_on_gpu.tolist() == [False, False, True, True]
    assert spans.end_ns.tolist() == [9, 9, 3, 6]
    assert spans.error_ns.tolist() == [0, 0, 1, 1]


def test_a_row_of_an_answer_counts_what_was_said_and_keeps_what_both_clocks_say():
    text, audio = TINY.text, TINY.audio
    answer = Answer(
        audio=np.zeros(4 * audio.frame_samples, dtype=np.float32),
        text_ids=np.array([5, text.silence_id, text.pad_id, text.end_id]),
        codes=np.zeros((1, audio.codebooks, 4), dtype=np.int64),
        is_silent=np.array([False, True, True, False]),
        vision_tokens=3,
        spans=(("a", 1, 2), ("b", 2, 5)),
    )
    window = Window(index=0, frame_count=4, audio=np.zeros(4 * audio.frame_samples, dtype=np.float32))
    gpu = [GpuSpan("b", 3, 4, 1)]
    row = row_of(ticks(1)[0], window, answer, gpu, TINY, work=(10, 20), repeated=(1, 2), hit=(1, 2))
    assert (row.text_tokens, row.turn_tokens, row.vision_tokens) == (2, 1, 3)
    assert row.audio_samples == 2 * audio.frame_samples
    assert (row.repeated_tokens, row.repeated_samples) == (1, 2 * audio.frame_samples)
    assert (row.started_ns, row.finished_ns, row.major_faults, row.preemptions) == (10, 20, 1, 2)
    assert (row.modalities, row.is_answered, row.is_valid) == ("audio", True, True)
    assert (row.calls, row.gpu_calls) == (("a", "b"), ("b",))
    assert np.frombuffer(row.gpu_edges, dtype=np.int64).tolist() == [3, 4, 1]
