"""Crops of speech to learn from: drawn by a seed, loud or soft, with phonemes where they are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from josie_bench.errors import UsageError

UNKNOWN = -1  # phoneme of a frame whose item says nothing of phonemes
QUIETEST_RMS = 0.01  # a crop below it is drawn again, a few times
TRIES = 4
LOUDNESS = (-0.6, 0.25)  # factor 10**x, x uniform
CEILING = 0.98


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A recording to learn from.

    Attributes:
        samples: int16 `[samples]`.
        share: how often a crop is taken from it, against the others' shares.
        phonemes: int `[frames]`, the phoneme at the middle of each frame, or None where nothing is known.
    """

    samples: npt.NDArray[np.int16]
    share: float
    phonemes: npt.NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True)
class Crops:
    """A batch: `audio` float32 `[batch, samples]`, and `phonemes` int64 `[batch, frames]`, some of them `UNKNOWN`."""

    audio: npt.NDArray[np.float32]
    phonemes: npt.NDArray[np.int64]


class Pool:
    """Sounds that crops are drawn from.

    Args:
        sounds: each longer than a crop; shorter ones are left out.
        frames: of a crop.
        frame_samples: of a frame.

    Raises:
        UsageError: none is long enough.
    """

    def __init__(self, sounds: Sequence[Sound], *, frames: int, frame_samples: int) -> None:
        length = frames * frame_samples
        self.frames = frames
        self.frame_samples = frame_samples
        self.sounds = [sound for sound in sounds if len(sound.samples) > length]
        if not self.sounds:
            raise UsageError(f"no sound is longer than a crop of {length} samples: write fewer frames")
        shares = np.array([sound.share for sound in self.sounds])
        self.chances = shares / shares.sum()

    def draw(self, draw: np.random.Generator, batch: int) -> Crops:
        """Return `batch` crops; each begins at the begin of a frame."""
        audio = np.empty((batch, self.frames * self.frame_samples), np.float32)
        phonemes = np.full((batch, self.frames), UNKNOWN, np.int64)
        for row, chosen in enumerate(draw.choice(len(self.sounds), batch, p=self.chances)):
            sound = self.sounds[chosen]
            first = self._loud_place(sound, draw)
            samples = self._cut(sound, first)
            peak = float(np.abs(samples).max())
            audio[row] = samples * min(10 ** draw.uniform(*LOUDNESS), CEILING / (peak + 1e-6))
            if sound.phonemes is not None:
                known = sound.phonemes[first : first + self.frames]
                phonemes[row, : len(known)] = known
        return Crops(audio, phonemes)

    def _loud_place(self, sound: Sound, draw: np.random.Generator) -> int:
        places = (len(sound.samples) - self.frames * self.frame_samples) // self.frame_samples + 1
        for _ in range(TRIES):
            first = int(draw.integers(places))
            if self._cut(sound, first).std() > QUIETEST_RMS:
                break
        return first

    def _cut(self, sound: Sound, first: int) -> npt.NDArray[np.float32]:
        begin = first * self.frame_samples
        cut = sound.samples[begin : begin + self.frames * self.frame_samples]
        return cut.astype(np.float32) * np.float32(1 / 32768)
