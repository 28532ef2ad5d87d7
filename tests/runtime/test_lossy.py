"""Windows on a bad line, with a step that tells what reached it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from josie_bench.runtime.lossy import LossyStep, arrived, in_noise
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


@pytest.mark.parametrize("snr_db", [-5.0, 0.0, 20.0])
def test_noise_is_as_loud_as_is_said_beside_what_sounds(snr_db):
    """Half of the sound is silent, which takes nothing from its level and has the same noise."""
    sound = np.concatenate([np.zeros(50_000), np.tile([0.1, -0.1], 25_000)]).astype(np.float32)
    noise = in_noise(sound, snr_db, seed=0).astype(np.float64) - sound
    for half in (noise[:50_000], noise[50_000:]):
        assert 10.0 * np.log10(0.01 / np.mean(half**2)) == pytest.approx(snr_db, abs=0.1)
    assert abs(np.corrcoef(noise[:-1], noise[1:])[0, 1]) < 0.02


def test_the_same_sound_is_always_in_the_same_noise_and_another_in_another():
    one, two = np.full(100, 0.1, dtype=np.float32), np.full(100, 0.2, dtype=np.float32)
    assert (in_noise(one, 10.0, seed=1) == in_noise(one, 10.0, seed=1)).all()
    assert (in_noise(one, 10.0, seed=1) != in_noise(one, 10.0, seed=2)).any()
    assert not np.allclose(in_noise(one, 10.0, seed=1) - one, (in_noise(two, 10.0, seed=1) - two) / 2.0)
    assert in_noise(one, 10.0, seed=1).dtype == np.float32


def test_digital_silence_stays_silent():
    silence = np.zeros(10, dtype=np.float32)
    assert (in_noise(silence, 10.0, seed=1) == silence).all()
