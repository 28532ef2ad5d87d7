"""Windows on a bad line, with a step that tells what reached it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from josie_bench.runtime.lossy import LossyStep, arrived
from josie_bench.terms.dropout import Dropout
from josie_bench.terms.window import Window

SHAPE = np.zeros((2, 2, 3), dtype=np.uint8)


@dataclass
class Asked:
    """Keeps the windows of its session."""

    sizes: str = "sizes"
    windows: list = field(default_factory=list)

    def reset(self):
        self.windows.clear()

    def __call__(self, window):
        self.windows.append(window)
        return len(self.windows)


def window(index):
    """Return a window in which all is told by its index."""
    return Window(
        index=index,
        frame_count=6,
        audio=np.full(4, index, dtype=np.float32),
        frames=(SHAPE + index,),
        text=str(index),
        guests={"touch": np.array([index])},
    )


def reached(dropout, count, late_windows=0, sessions=1):
    step = Asked()
    lossy = LossyStep(step, dropout, seed=3, late_windows=late_windows)
    for _ in range(sessions):
        lossy.reset()
        answers = [lossy(window(index)) for index in range(count)]
    assert (answers, lossy.sizes) == (list(range(1, count + 1)), "sizes")
    return step.windows


def test_what_is_lost_is_not_in_the_window_and_all_else_is():
    first, second = reached(Dropout(of=("audio", "touch"), present=1), 2)
    assert (first.audio[0], first.guests["touch"][0], first.dropped) == (0.0, 0, ())
    assert (second.audio, dict(second.guests), second.dropped) == (None, {}, ("audio", "touch"))
    assert (second.text, second.frames[0][0, 0, 0], second.index, second.frame_count) == ("1", 1, 1, 6)


def test_what_is_late_comes_windows_later_and_not_before():
    found = reached(Dropout(of=("vision", "text"), late_ms=600.0), 4, late_windows=2)
    assert [each.text for each in found] == [None, None, "0", "1"]
    assert [len(each.frames) for each in found] == [0, 0, 1, 1]
    assert found[3].frames[0][0, 0, 0] == 1
    assert [float(each.audio[0]) for each in found] == [0.0, 1.0, 2.0, 3.0]
    assert [each.dropped for each in found] == [("vision", "text")] * 2 + [()] * 2


def test_what_is_late_may_be_lost_on_the_way_too():
    dropout = Dropout(of=("text",), present=2, absent=1, late_ms=300.0)
    assert [each.text for each in reached(dropout, 6, late_windows=1)] == [None, "0", None, "2", "3", None]


def test_each_session_begins_anew_and_loses_others_at_random():
    by_turns = Dropout(of=("text",), present=1, absent=1)
    assert [each.text for each in reached(by_turns, 4, sessions=3)] == ["0", None, "2", None]
    random = Dropout(of=("text",), lost=0.3)
    first, second = ([each.text for each in reached(random, 40, sessions=count)] for count in (1, 2))
    assert first != second
    assert [text is None for text in second] == [random.loses(index, 3, 1) for index in range(40)]


def test_a_window_of_nothing_but_what_is_lost_is_empty():
    found = arrived(window(5), None, ("audio", "vision", "text", "touch"))
    assert found.modalities() == ()
