"""Windows on their way: those of a client without a model, whose samples tell the frame."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from josie_bench.runtime.delivery import Delivery
from josie_bench.terms.fault import Fault
from josie_bench.terms.window import Window
from tests.runtime.jitter import share_without

SAMPLES, FRAMES, FRAME_MS = 4, 3, 50.0
AUDIO = ("audio",)


def cut(index):
    numbers = np.arange(index * FRAMES, (index + 1) * FRAMES, dtype=np.float32) + 1.0
    return Window(
        index=index,
        frame_count=FRAMES,
        audio=np.repeat(numbers / 10_000.0, SAMPLES),
        text=str(index),
        is_user_speaking=index % 2 == 0,
    )


def delivery(*faults, first=0, **more):
    found = Delivery(cut, faults, seed=0, frame_ms=FRAME_MS, frame_samples=SAMPLES, **more)
    if first is not None:
        found.begin(first)
    return found


def heard(window):
    if window.audio is None:
        return None
    return [round(float(value) * 10_000.0) - 1 for value in window.audio.reshape(FRAMES, SAMPLES)[:, 0]]


def is_as_sent(window, index):
    sent = cut(index)
    return np.array_equal(window.audio, sent.audio) and (window.text, window.is_user_speaking) == (
        sent.text,
        sent.is_user_speaking,
    )


def test_without_a_fault_windows_arrive_as_they_are_sent():
    way = delivery()
    assert all(is_as_sent(way.window(index), index) for index in range(20))


def test_a_fault_begins_with_its_measured_window_and_ends_after_its_last():
    way = delivery(Fault(kind="lost", at=2, windows=2, of=AUDIO), first=None)
    assert all(way.window(index).audio is not None for index in range(10)), "warm-up has no faults"
    way.begin(10)
    assert [way.window(index).audio is None for index in range(10, 16)] == [False, False, True, True, False, False]
    assert way.hits[0] == 2 * FRAMES


@pytest.mark.parametrize("variation", [0.5, 1.0, 2.0])
def test_jitter_leaves_as_many_windows_without_a_word_as_its_law_says(variation):
    """A word is sent with each close, every 150 ms, and comes 100 ms later on average."""
    way = delivery(Fault(kind="late", at=0, windows=4000, of=("text",), by_ms=100.0, variation=variation))
    without = sum(way.window(index).text is None for index in range(4000))
    expected = share_without(100.0, variation, FRAMES * FRAME_MS)
    # neighbours are alike: the band is that of a third as many independent windows
    assert stats.binomtest(without // 3, 4000 // 3, expected).pvalue > 0.001
    assert 0.1 < expected < 0.9


def test_a_fault_that_is_spared_does_not_hold_and_changes_no_draw_of_others():
    lost, jitter = Fault(kind="lost", at=1, of=AUDIO), Fault(kind="lost", at=4, windows=20, of=AUDIO, share=0.5)
    both, one = delivery(lost, jitter), delivery(lost, jitter, spared=frozenset({0}))
    pairs = [(heard(both.window(index)), heard(one.window(index))) for index in range(24)]
    assert pairs[1] == (None, [3, 4, 5])
    assert all(ours == theirs for ours, theirs in pairs[4:])
    assert any(-1 in (ours or []) for ours, _ in pairs[4:])


def test_doubles_and_another_order_change_nothing():
    doubled = Fault(kind="duplicated", at=0, windows=5, of=("audio", "text"), by_ms=400.0)
    mixed = Fault(kind="reordered", at=6, windows=5, of=AUDIO)
    way = delivery(doubled, mixed)
    assert all(is_as_sent(way.window(index), index) for index in range(14))
    # three frames and a word of each of five windows come again, all of them by the eighth window
    assert way.receiver.refused == {"duplicate": 5 * (FRAMES + 1)}


def test_what_comes_back_begins_with_the_window_it_comes_back_in():
    way = delivery(Fault(kind="late", at=0, windows=4, of=AUDIO, by_ms=150.0))
    assert heard(way.window(0)) is None
    assert heard(way.window(1)) == [0, 1, 2]
    way.reconnect(9)
    assert is_as_sent(way.window(9), 9), "what was still on its way is lost"


def test_a_fast_clock_brings_frames_of_the_next_window_and_a_slow_one_lacks_its_last():
    # 10 % too fast: after 500 ms a frame of 50 ms more is there
    fast = delivery(Fault(kind="skewed", at=0, windows=40, ppm=100_000.0))
    assert [heard(fast.window(index)) for index in range(3)] == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    assert all(fast.window(index).audio is not None for index in range(3, 20))
    # of 20 windows' time, 3000 ms, it has sent 3300 ms: 66 frames, of which 60 were played, 2 may wait
    assert fast.receiver.skipped == 66 - 60 - 2
    slow = delivery(Fault(kind="skewed", at=0, windows=40, ppm=-100_000.0))
    assert all(slow.window(index).audio is not None for index in range(20))
    # 3000 ms / 0.9 is 3333 ms for 60 frames: 2700 ms of them, 54 frames, have come
    assert slow.receiver.concealed == 60 - 54
    assert not slow.receiver.refused
