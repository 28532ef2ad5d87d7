"""Noise: its seed, its scale, and what it forbids."""

from __future__ import annotations

import numpy as np

from josie_bench.model.presets import TINY
from josie_bench.runtime.draws import Draws

SILENCE, PAD, END = TINY.text.silence_id, TINY.text.pad_id, TINY.text.end_id


def text_noise(count=1, **settings):
    draws = Draws(TINY, (SILENCE, PAD), **({"temperature": 0.0, "seed": 0} | settings))
    return np.stack([text for text, _ in draws.frames(count)])


def test_greedy_draws_have_no_noise_but_forbid_special_tokens():
    noise = text_noise()[0]
    free = np.isfinite(noise)
    assert (noise[free] == 0).all()
    forbidden = set(np.flatnonzero(~free))
    assert forbidden == set(range(TINY.text.first_special, TINY.text.vocabulary)) - {SILENCE, PAD}
    assert END in forbidden


def test_noise_is_seeded_and_scaled_by_the_temperature():
    one = text_noise(temperature=1.0, seed=1)
    assert np.array_equal(one, text_noise(temperature=1.0, seed=1))
    assert not np.array_equal(one, text_noise(temperature=1.0, seed=2))
    free = np.isfinite(one)
    np.testing.assert_allclose(text_noise(temperature=2.0, seed=1)[free], 2 * one[free], rtol=1e-6)


def test_frames_drawn_together_have_the_noise_of_frames_drawn_one_by_one():
    apart = Draws(TINY, (SILENCE, PAD), temperature=1.0, seed=3)
    singly = [apart.frames(1)[0] for _ in range(4)]
    together = Draws(TINY, (SILENCE, PAD), temperature=1.0, seed=3).frames(4)
    for (text, audio), (other_text, other_audio) in zip(singly, together, strict=True):
        assert np.array_equal(text, other_text)
        assert np.array_equal(audio, other_audio)


def test_gumbel_noise_draws_in_proportion():
    """Scores log 3 and log 1 are drawn 3 : 1; 20,000 draws are within 3 standard errors (0.9 %)."""
    draws = Draws(TINY, (SILENCE, PAD), temperature=1.0, seed=4)
    scores = np.log([3.0, 1.0])
    noise = np.stack([text[:2] for text, _ in draws.frames(20_000)])
    share = float(((scores + noise).argmax(-1) == 0).mean())
    assert abs(share - 0.75) < 0.0092
