"""What is said again, worked by hand: `tiny` has frames of 50 ms, so 200 of them are the last 10 s."""

from __future__ import annotations

import numpy as np
import pytest

from josie_bench.bench.repetition import Repetition
from josie_bench.model.presets import TINY
from josie_bench.runtime.answer import Answer

PAD, SILENCE = TINY.text.pad_id, TINY.text.silence_id
LEVELS = TINY.audio.codebooks


def answer(codes, text=None, silent=None):
    count = len(codes)
    rest = np.arange(count * (LEVELS - 1)).reshape(LEVELS - 1, count)  # never twice the same: they do not count
    return Answer(
        audio=np.zeros(count * TINY.audio.frame_samples, dtype=np.float32),
        text_ids=np.array([PAD] * count if text is None else text),
        codes=np.concatenate([np.array(codes)[None], rest])[None],
        is_silent=np.zeros(count, dtype=np.bool_) if silent is None else np.array(silent),
        vision_tokens=0,
        spans=(),
    )


def test_a_frame_is_repeated_whose_last_four_codes_have_come_before():
    """1 2 3 4 5 | 1 2 3 4 9 | 2 3 4 9: after 4 of the second and after 9 of the third, four have come again."""
    said = Repetition(TINY)
    assert [said.of(answer(codes))[1] for codes in ([1, 2, 3, 4, 5], [1, 2, 3, 4, 9], [2, 3, 4, 9])] == [0, 1, 1]


def test_a_loop_is_repeated_from_its_second_round_on_and_a_held_code_from_the_fifth():
    said = Repetition(TINY)
    # of three rounds of five codes, the first four n-grams of the first round and that across its end are new
    assert said.of(answer([1, 2, 3, 4, 5] * 3))[1] == 15 - 8
    assert Repetition(TINY).of(answer([7] * 6))[1] == 2


def test_text_is_told_by_itself_and_padding_does_not_part_it():
    said = Repetition(TINY)
    words = [11, PAD, 12, SILENCE, 13, 14]
    assert said.of(answer(range(6), text=words)) == (0, 0)
    assert said.of(answer(range(10, 16), text=words)) == (1, 0)


def test_silent_frames_say_nothing_again():
    said = Repetition(TINY)
    assert said.of(answer([1, 2, 3, 4] * 2, silent=[False] * 4 + [True] * 4)) == (0, 0)


@pytest.mark.parametrize(("gap", "repeated"), [(196, 1), (197, 0)])
def test_what_lies_more_than_ten_seconds_back_is_forgotten(gap, repeated):
    """The second `4` is `gap + 4` frames behind the first, and 200 are 10 s."""
    said = Repetition(TINY)
    said.of(answer([1, 2, 3, 4]))
    said.of(answer([0] * gap, silent=[True] * gap))
    assert said.of(answer([1, 2, 3, 4]))[1] == repeated
