"""A step at the end of a bad line: what it is given loses modalities on the way, gets them late, or in noise.

Any session that is held in windows can be held so, whatever its windows are of.
"""

from __future__ import annotations

import zlib
from collections import deque
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from josie_bench.model.sizes import ModelSizes
from josie_bench.runtime.answer import Answer
from josie_bench.runtime.step import Step
from josie_bench.terms.dropout import Dropout
from josie_bench.terms.window import Window

NOISE_STREAM = 4  # of the case's seed
FIELDS: dict[str, tuple[str, Any]] = {"audio": ("audio", None), "vision": ("frames", ()), "text": ("text", None)}


class LossyStep:
    """A step whose windows come as a case's dropout says; each session loses other windows at random.

    Args:
        step: that answers them.
        dropout: what is lost, and how.
        seed: of the case.
        late_windows: how many windows later than they happened they arrive.
    """

    def __init__(self, step: Step, dropout: Dropout, *, seed: int, late_windows: int = 0) -> None:
        self._step = step
        self._dropout = dropout
        self._seed = seed
        self._sent: deque[Window] = deque(maxlen=late_windows + 1)
        self._session = -1

    @property
    def sizes(self) -> ModelSizes:
        """Of the model."""
        return self._step.sizes

    def reset(self) -> None:
        """Return to the start of the next session."""
        self._step.reset()
        self._sent.clear()
        self._session += 1

    def __call__(self, window: Window) -> Answer:
        """Return the answer to what is left of one window.

        Raises:
            ValueError: the window's audio is not a whole number of frames.
        """
        self._sent.append(window)
        is_here = len(self._sent) == self._sent.maxlen
        is_lost = not is_here or self._dropout.loses(window.index, self._seed, self._session)
        return self._step(arrived(window, None if is_lost else self._sent[0], self._dropout.of))


def arrived(window: Window, source: Window | None, modalities: tuple[str, ...]) -> Window:
    """Return a window with some modalities as they were in another, or without them.

    Args:
        window: whose time it is.
        source: that those modalities come from; None where they do not.
        modalities: that are lost or late.
    """
    changed = {
        field: nothing if source is None else getattr(source, field)
        for name, (field, nothing) in FIELDS.items()
        if name in modalities
    }
    guests = {name: share for name, share in window.guests.items() if name not in modalities}
    if source is not None:
        guests |= {name: share for name, share in source.guests.items() if name in modalities}
    return replace(window, **changed, guests=guests, dropped=modalities if source is None else ())


def in_noise(audio: NDArray[np.float32], snr_db: float, seed: int) -> NDArray[np.float32]:
    """Return a sound in white noise, all of it, where it is silent too; the same sound is always in the same noise.

    Args:
        audio: `[samples]`.
        snr_db: 10·log₁₀ of the mean power of the samples that are not digital silence over that of the noise.
        seed: of the case.
    """
    sounding = audio[audio != 0.0].astype(np.float64)
    if not len(sounding):
        return audio
    level = np.sqrt(np.square(sounding).mean() / 10.0 ** (snr_db / 10.0))
    noise = np.random.default_rng([seed, NOISE_STREAM, zlib.crc32(audio.tobytes())]).standard_normal(len(audio))
    noisy: NDArray[np.float32] = (audio + level * noise).astype(np.float32)
    return noisy
