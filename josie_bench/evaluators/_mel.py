"""The mel spectrogram that DNSMOS P.808 reads, as librosa 0.11 computes it, without librosa and what it pulls in.

Frames are centred, with zeros beyond both ends, under a periodic Hann window; the filters are triangles on Slaney's mel
scale, each of the same area; decibels are below the loudest value. Held against librosa's own values in the tests.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.signal import get_window

Floats = NDArray[np.float32]

FFT, HOP, BANDS, RATE_HZ = 321, 160, 120, 16_000
FLOOR, REACH_DB = 1e-10, 80.0
LINEAR_HZ, BREAK_HZ = 200.0 / 3.0, 1_000.0  # of Slaney's scale: one mel below the break, and where it turns logarithmic
LOG_STEP = np.log(6.4) / 27.0


def mel_decibels(audio: Floats) -> Floats:
    """Return float32 `[frames, bands]`: decibels below the loudest, plus 40, over 40.

    Args:
        audio: float32 `[samples]` at 16 kHz.
    """
    padded = np.pad(audio, FFT // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, FFT)[::HOP]
    window = get_window("hann", FFT, fftbins=True).astype(np.float32)
    power = np.abs(np.fft.rfft(frames * window, axis=1).astype(np.complex64)) ** 2
    mel = power @ _filters().T
    decibels = 10.0 * np.log10(np.maximum(mel, FLOOR)) - 10.0 * np.log10(max(float(mel.max()), FLOOR))
    scaled: Floats = ((np.maximum(decibels, decibels.max() - REACH_DB) + 40.0) / 40.0).astype(np.float32)
    return scaled


@cache
def _filters() -> Floats:
    """Return float32 `[bands, bins]`."""
    bins = np.fft.rfftfreq(FFT, 1.0 / RATE_HZ)
    edges = _hz(np.linspace(_mel(0.0), _mel(RATE_HZ / 2.0), BANDS + 2))
    rising = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    filters: Floats = (triangles * (2.0 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32)
    return filters


def _mel(hz: float) -> float:
    linear = hz / LINEAR_HZ
    return linear if hz < BREAK_HZ else BREAK_HZ / LINEAR_HZ + float(np.log(hz / BREAK_HZ) / LOG_STEP)


def _hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    above = BREAK_HZ * np.exp(LOG_STEP * (mel - BREAK_HZ / LINEAR_HZ))
    found: NDArray[np.float64] = np.where(mel < BREAK_HZ / LINEAR_HZ, LINEAR_HZ * mel, above)
    return found
