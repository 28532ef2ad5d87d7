"""Sound as the judges take it."""

import numpy as np
import pytest

from josie_bench.errors import MediaError
from josie_bench.evaluators._sound import sound_at


def test_sound_at_the_judges_rate_is_left_alone_but_clipped() -> None:
    assert sound_at(np.array([0.25, -2.0, 1.5], dtype=np.float32), 16_000).tolist() == [0.25, -1.0, 1.0]


def test_a_tone_keeps_its_pitch_and_level_at_another_rate() -> None:
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(24_000) / 24_000).astype(np.float32)
    wanted = 0.5 * np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000)
    got = sound_at(tone, 24_000)
    assert got.dtype == np.float32 and got.shape == (16_000,)
    assert np.abs(got - wanted)[200:-200].max() < 2e-3


@pytest.mark.parametrize(
    ("audio", "says"),
    [
        (np.zeros((2, 8)), r"shape \[2, 8\]"),
        (np.zeros(0), "not empty"),
        (np.array([0.0, np.nan]), "no finite numbers"),
    ],
)
def test_what_is_no_sound_is_refused(audio: np.ndarray, says: str) -> None:
    with pytest.raises(MediaError, match=says):
        sound_at(audio.astype(np.float32), 16_000)
