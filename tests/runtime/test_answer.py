"""Answers that can be heard and read, and such that cannot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from josie_bench.model.presets import TINY
from josie_bench.runtime.answer import Answer, is_valid


def test_an_answer_is_valid_if_it_can_be_heard_and_read():
    frames, audio = 2, TINY.audio
    good = Answer(
        audio=np.zeros(frames * audio.frame_samples, dtype=np.float32),
        text_ids=np.array([0, TINY.text.vocabulary - 1]),
        codes=np.full((1, audio.codebooks, frames), audio.card),
        is_silent=np.ones(frames, dtype=np.bool_),
        vision_tokens=0,
        spans=(),
    )
    assert is_valid(good, TINY)
    for spoilt in (
        {"audio": np.array([0.0, np.nan], dtype=np.float32)},
        {"audio": np.array([np.inf], dtype=np.float32)},
        {"text_ids": np.array([TINY.text.vocabulary])},
        {"text_ids": np.array([-1])},
        {"codes": good.codes + 1},
        {"is_drawn_from_numbers": False},
    ):
        assert not is_valid(replace(good, **spoilt), TINY), spoilt
