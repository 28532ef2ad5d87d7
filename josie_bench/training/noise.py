"""Noise that does not stop: what a microphone hears where nobody speaks, which synthesised speech has not."""

from __future__ import annotations

import numpy as np

from josie_bench.training.lessons import Floats

LEVEL_DBFS = (-95.0, -35.0)  # of the noise's root mean square, drawn evenly; the last bit of 16 is at -90
SLOPE = (0.0, 2.0)  # power falls by f**-slope, drawn evenly: from white to brown
LOWEST_CYCLES = 20  # in the sound, below which power no longer rises


def in_noise(audio: Floats, draw: np.random.Generator) -> Floats:
    """Return a sound in noise of one level and colour from its begin to its end, where it is silent too.

    Args:
        audio: `[samples]`, full scale at 1.
        draw: of level, colour and noise.
    """
    level, slope = 10 ** (draw.uniform(*LEVEL_DBFS) / 20), draw.uniform(*SLOPE)
    spectrum = np.fft.rfft(draw.standard_normal(len(audio)))
    spectrum *= np.maximum(np.arange(len(spectrum)), LOWEST_CYCLES) ** (-slope / 2)
    noise = np.fft.irfft(spectrum, len(audio))
    noise *= level / np.sqrt(np.square(noise).mean())
    noisy: Floats = np.clip(audio + noise, -1.0, 1.0).astype(np.float32)
    return noisy
