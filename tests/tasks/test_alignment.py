"""A tone and a change of colour at one instant, before talkers whose reactions are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from josie_bench.corpora import open_corpus
from josie_bench.runtime.answer import Answer
from josie_bench.tasks import Desk, Side
from josie_bench.tasks.alignment import Cue, can_use, reactions, rows
from josie_bench.terms.conversation import Conversation
from josie_bench.terms.judged import ENGINE
from tests.runtime.conversing import make_step

SHAPES = open_corpus("shapes", Path("corpora"))
BLACK = np.zeros((4, 4, 3), dtype=np.uint8)


class Alert:
    """Says 1 in each frame that is not silent, and in all of a window whose last picture is white, `late` windows on.

    Args:
        late: windows.
        is_deaf: whether it says nothing of sound.
    """

    def __init__(self, *, late: int = 0, is_deaf: bool = False) -> None:
        self._late, self._is_deaf = late, is_deaf
        self.reset()

    def reset(self) -> None:
        self._seen = [False] * self._late

    def __call__(self, window):
        self._seen.append(bool((window.frames[-1] == 255).all()))
        is_loud = (window.audio.reshape(window.frame_count, -1) != 0.0).any(axis=1) & (not self._is_deaf)
        return Answer(
            audio=window.audio,
            text_ids=(is_loud | self._seen[window.index]).astype(np.int64),
            codes=np.zeros((1, 2, window.frame_count), dtype=np.int64),
            is_silent=np.zeros(window.frame_count, dtype=np.bool_),
            vision_tokens=0,
            spans=(),
        )


def cue_at(at_ms, hop_ms=300.0):
    """Return a cue before a model of 1,000 samples a second and 50 ms a frame."""
    return Cue(at_ms=at_ms, picture=BLACK, hop_ms=hop_ms, frame_ms=50.0, rate_hz=1_000)


def react(talker, at_ms, hop_ms=300.0):
    return reactions(cue_at(at_ms, hop_ms), talker, talker.reset)


@pytest.mark.parametrize(
    ("at_ms", "hop_ms", "late", "heard", "seen"),
    [
        (1_410.0, 300.0, 0, -10.0, -210.0),  # heard in the frame from 1400, seen in the window from 1200 ms
        (1_500.0, 300.0, 0, 0.0, -300.0),  # the last picture of the window that ends then
        (1_501.0, 300.0, 0, -1.0, -1.0),
        (1_410.0, 300.0, 2, -10.0, 390.0),
        (1_410.0, 100.0, 0, -10.0, -10.0),
    ],
)
def test_a_reaction_is_the_start_of_the_first_frame_that_is_another(at_ms, hop_ms, late, heard, seen):
    assert react(Alert(late=late), at_ms, hop_ms) == {
        "hop_ms": hop_ms,
        "frame_ms": 50.0,
        "heard": heard,
        "seen": seen,
    }


def test_what_is_not_noticed_in_time_is_left_out():
    assert set(react(Alert(is_deaf=True), 1_410.0)) == {"hop_ms", "frame_ms", "seen"}
    assert set(react(Alert(late=12), 1_410.0)) == {"hop_ms", "frame_ms", "heard"}


def test_sessions_differ_in_the_cue_alone():
    cue = cue_at(1_410.0)
    for index in range(4):  # all windows before the cue
        windows = [cue.window(index, is_heard=heard, is_seen=seen) for heard in (0, 1) for seen in (0, 1)]
        assert not any(window.audio.any() or np.any(window.frames) for window in windows)
    at = cue.window(4, is_heard=True, is_seen=True)
    assert np.flatnonzero(at.audio)[0] == 210
    assert [bool(frame.any()) for frame in at.frames] == [False, True]


def test_what_has_no_picture_is_no_item():
    mini = open_corpus("mini", Path())
    assert [item.id for item in mini.items if can_use(item, mini)] == ["cockatoo"]


def test_a_models_tokens_depend_on_what_it_hears():
    step, _ = make_step(rules=Conversation(turn_taking="model"))
    desk = Desk(sizes=step.sizes, hop_ms=300.0, corpus=SHAPES, sides={ENGINE: Side(executables={}, step=step)})
    item = SHAPES.of("test")[0]
    assert can_use(item, SHAPES)
    (row,) = rows(item, desk)
    assert (row.task, row.side, row.item) == ("alignment", ENGINE, item.id)
    assert -step.sizes.frame_ms < row.values["heard"] <= 2_000.0  # not before the frame in which it begins
