"""Noise that does not stop: what a microphone hears where nobody speaks, which synthesised speech has not."""

from __future__ import annotations

import numpy as np

from josie_bench.training.lessons import Floats

LEVEL_DBFS = (-95.0, -35.0)  # of the noise's root mean square, drawn evenly: from a bit of 16 to a loud street
SLOPE = (0.0, 2.0)  # power falls by f**-slope, drawn evenly: from white to brown
LOWEST_CYCLES = 20  # in the sound, below which power no longer rises
STREAM = 7


def in_noise(audio: Floats, seed: int) -> Floats:
    """Return a sound in noise of one level and colour from its begin to its end, where it is silent too.

    Args:
        audio: `[samples]`, full scale at 1.
        seed: draws level, colour and noise.
    """
    draw = np.random.default_rng([STREAM, seed])
    level, slope = 10 ** (draw.uniform(*LEVEL_DBFS) / 20), draw.uniform(*SLOPE)
    spectrum = np.fft.rfft(draw.standard_normal(len(audio)))
    spectrum *= np.maximum(np.arange(len(spectrum)), LOWEST_CYCLES) ** (-slope / 2)
    noise = np.fft.irfft(spectrum, len(audio))
    noise *= level / np.sqrt(np.square(noise).mean())
    noisy: Floats = np.clip(audio + noise, -1.0, 1.0).astype(np.float32)
    return noisy
