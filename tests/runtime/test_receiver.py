"""What is played of the chunks that arrived: a frame's samples tell its number."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.runtime.chunks import Chunk
from josie_bench.runtime.receiver import SPARE_FRAMES, Receiver
from josie_bench.terms.window import Window

SAMPLES, FRAMES = 4, 3
SILENT = 0.0


def frame(number):
    content = np.full(SAMPLES, (number + 1) / 1000.0, dtype=np.float32)
    return Chunk(modality="audio", sequence=number, content=content, sent_ms=0.0)


def pictures(number, shape=(2, 3, 3)):
    content = (np.full(shape, number, dtype=np.uint8),) * 2
    return Chunk(modality="vision", sequence=number, content=content, sent_ms=0.0)


def word(number, content=None):
    said = f"w{number}".encode() if content is None else content
    return Chunk(modality="text", sequence=number, content=said, sent_ms=0.0)


def sent(index, **more):
    usual = {"audio": np.zeros(SAMPLES * FRAMES, dtype=np.float32)}
    return Window(index=index, frame_count=FRAMES, **(usual | more))


def played(receiver, index, numbers):
    """Return the numbers of the frames that are played in a window when these have arrived, None for silence."""
    receiver.take([frame(number) for number in numbers])
    window = receiver.window(sent(index))
    if window.audio is None:
        assert window.dropped == ("audio",)
        return None
    assert window.dropped == ()
    firsts = window.audio.reshape(FRAMES, SAMPLES)[:, 0]
    return [None if first == SILENT else round(float(first) * 1000.0) - 1 for first in firsts]


def test_what_comes_as_it_is_sent_is_played_as_it_was():
    receiver = Receiver(SAMPLES)
    assert [played(receiver, k, range(3 * k, 3 * k + 3)) for k in range(3)] == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    assert (receiver.refused, receiver.concealed, receiver.skipped) == (Counter(), 0, 0)


def test_another_order_and_doubles_change_nothing_and_doubles_are_counted():
    receiver = Receiver(SAMPLES)
    assert played(receiver, 0, [2, 0, 1, 1]) == [0, 1, 2]
    assert played(receiver, 1, [5, 0, 4, 3]) == [3, 4, 5]
    assert receiver.refused == {"duplicate": 2}


def test_a_frame_that_is_missing_among_others_is_silence_and_too_late_afterwards():
    receiver = Receiver(SAMPLES)
    assert played(receiver, 0, [0, 2]) == [0, None, 2]
    assert played(receiver, 1, [1, 3, 4, 5]) == [3, 4, 5]
    assert (receiver.refused, receiver.concealed) == ({"too late": 1}, 1)


def test_a_window_that_was_lost_leaves_the_next_one_in_its_time():
    receiver = Receiver(SAMPLES)
    assert played(receiver, 0, []) is None
    assert played(receiver, 1, [3, 4, 5]) == [3, 4, 5]
    assert receiver.concealed == 3


def test_a_last_frame_that_was_lost_leaves_no_second_gap():
    receiver = Receiver(SAMPLES)
    assert played(receiver, 0, [0, 1]) == [0, 1, None]
    assert played(receiver, 1, [3, 4, 5]) == [3, 4, 5]


def test_a_last_frame_that_is_late_is_played_and_so_is_the_rest_a_frame_later():
    receiver = Receiver(SAMPLES)
    assert played(receiver, 0, [0, 1]) == [0, 1, None]
    assert played(receiver, 1, [2, 3, 4]) == [2, 3, 4]  # the line stays a frame late: nothing more is missing
    assert played(receiver, 2, [5, 6, 7, 8]) == [5, 6, 7]  # and is early again: one waits
    assert played(receiver, 3, [9, 10, 11]) == [8, 9, 10]
    assert played(receiver, 4, [13, 14]) == [11, 13, 14]  # what was lost pays the frame back
    assert (receiver.refused, receiver.concealed, receiver.skipped) == (Counter(), 1, 0)


def test_a_stretch_that_comes_late_and_all_at_once_is_caught_up_with():
    receiver = Receiver(SAMPLES)
    assert played(receiver, 0, []) is None
    assert played(receiver, 1, []) is None
    # nine frames wait, three are played, two may wait: the four oldest are left out
    assert played(receiver, 2, range(9)) == [4, 5, 6]
    assert receiver.skipped == 4
    assert played(receiver, 3, [9, 10, 11]) == [7, 8, 9]


def test_a_client_that_is_too_fast_is_caught_up_with_frame_by_frame():
    receiver = Receiver(SAMPLES)
    heard = [played(receiver, k, range(4 * k, 4 * k + 4)) for k in range(4)]
    # one more than is played is left over each time; the third would be one too many, and so is each that follows
    assert heard == [[0, 1, 2], [3, 4, 5], [7, 8, 9], [11, 12, 13]]
    assert receiver.skipped == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (np.zeros(SAMPLES - 1, dtype=np.float32), "wrong length"),
        (np.array([0.0, np.nan, 0.0, 0.0], dtype=np.float32), "not finite"),
        (np.array([0.0, np.inf, 0.0, 0.0], dtype=np.float32), "not finite"),
        (np.array([0.0, -1.5, 0.0, 0.0], dtype=np.float32), "out of range"),
    ],
)
def test_broken_audio_is_refused_with_its_reason_and_its_frame_is_silence(content, reason):
    receiver = Receiver(SAMPLES)
    receiver.take([Chunk(modality="audio", sequence=1, content=content, sent_ms=0.0)])
    assert played(receiver, 0, [0, 2]) == [0, None, 2]
    assert receiver.refused == {reason: 1}


def test_the_newest_pictures_count_and_old_or_cut_ones_do_not():
    receiver = Receiver(SAMPLES)
    receiver.take([pictures(0)])
    assert receiver.window(sent(0, frames=pictures(0).content)).frames[0].max() == 0
    receiver.take([pictures(2), pictures(1), pictures(2), pictures(3, shape=(1, 3, 3))])
    assert receiver.window(sent(2, frames=pictures(2).content)).frames[0].max() == 2
    assert receiver.refused == {"too late": 1, "duplicate": 1, "wrong shape": 1}
    assert receiver.window(sent(3, frames=pictures(3).content)).dropped == ("audio", "vision")


def test_words_come_in_order_as_soon_as_they_can_and_once():
    receiver = Receiver(SAMPLES)
    receiver.take([word(0)])
    assert receiver.window(sent(0, text="w0")).text == "w0"
    assert receiver.window(sent(1, text="w1")).text is None
    receiver.take([word(2), word(1), word(0), word(2), word(3, b"\xff\xfe")])
    assert receiver.window(sent(2, text="w2")).text == "w1 w2"
    receiver.take([word(1)])
    assert receiver.refused == {"duplicate": 3, "not text": 1}


def test_a_session_that_begins_anew_forgets_what_waits_and_counts_from_where_it_begins():
    receiver = Receiver(SAMPLES)
    played(receiver, 0, [0, 1, 2, 3])
    receiver.restart(30, 10)
    assert played(receiver, 10, [30, 31, 32]) == [30, 31, 32]
    receiver.take([pictures(10), word(10), frame(3)])
    assert receiver.window(sent(11, text="w")).text == "w10"
    assert receiver.refused == {"duplicate": 1}, "of the session before"


def test_what_the_client_never_had_is_not_missed():
    found = Receiver(SAMPLES).window(Window(index=0, frame_count=FRAMES, guests={"touch": np.zeros(1)}))
    assert (found.audio, found.dropped, list(found.guests)) == (None, (), ["touch"])


@given(st.data())
def test_whatever_happens_to_frames_they_are_played_at_most_once_in_order_and_little_waits(data):
    receiver, heard, count = Receiver(SAMPLES), [], 12
    arrivals: list[list[int]] = [[] for _ in range(count + 4)]
    for number in range(count * FRAMES):
        for delay in data.draw(st.lists(st.integers(0, 3), max_size=2)):
            arrivals[number // FRAMES + delay].append(number)
    for index, numbers in enumerate(arrivals):
        shuffled = data.draw(st.permutations(numbers))
        heard += [number for number in played(receiver, index, shuffled) or [] if number is not None]
    assert heard == sorted(set(heard))
    came = sum(map(len, arrivals))
    waiting = came - len(heard) - receiver.skipped - sum(receiver.refused.values())
    assert 0 <= waiting <= SPARE_FRAMES + FRAMES
