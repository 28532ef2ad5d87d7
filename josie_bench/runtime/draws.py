"""The noise that draws are made with: temperature, seed, and which tokens may not be drawn.

Drawing is Gumbel-max with the noise as the depth transformer's input, so forbidding a token is noise of −∞ and needs
nothing of the engine.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from josie_bench.model.sizes import ModelSizes

Floats = NDArray[np.float32]


class Draws:
    """Noise, frame by frame.

    Args:
        temperature: 0 draws the likeliest token; above, Gumbel noise from `seed` is scaled by it.
        allowed: special tokens that may be drawn; others, and ids that mean nothing, never are.
    """

    def __init__(self, sizes: ModelSizes, allowed: tuple[int, ...], *, temperature: float, seed: int) -> None:
        self._temperature = temperature
        self._random = np.random.default_rng(seed)
        self._text = np.zeros(sizes.text.vocabulary, dtype=np.float32)
        self._text[sizes.text.first_special :] = -np.inf
        self._text[list(allowed)] = 0.0
        self._audio = np.zeros((sizes.audio.codebooks, sizes.audio.card), dtype=np.float32)

    def frames(self, count: int) -> list[tuple[Floats, Floats]]:
        """Return noise for the text `[vocabulary]` and the audio codes `[codebooks, card]` of each next frame."""
        return [(self._noise(self._text), self._noise(self._audio)) for _ in range(count)]

    def _noise(self, least: Floats) -> Floats:
        if not self._temperature:
            return least
        return (least + self._temperature * self._random.gumbel(size=least.shape)).astype(np.float32)
