"""Sound as the judges take it: mono, finite, within full scale, at their sample rate."""

from __future__ import annotations

import math

import numpy as np
from scipy.signal import resample_poly

from josie_bench.errors import MediaError
from josie_bench.evaluators import Floats

JUDGED_HZ = 16_000


def sound_at(audio: Floats, rate_hz: int, wanted_hz: int = JUDGED_HZ) -> Floats:
    """Return sound at a judge's sample rate, clipped to [-1, 1].

    Args:
        audio: `[samples]`.
        rate_hz: of `audio`.
        wanted_hz: the judge's.

    Raises:
        MediaError: it is not mono, holds nothing, or what is no finite number.
    """
    if audio.ndim != 1 or not len(audio):
        raise MediaError(f"sound of shape {list(audio.shape)} cannot be judged: give one channel, [samples], not empty")
    if not np.isfinite(audio).all():
        raise MediaError("sound that holds samples that are no finite numbers cannot be judged: see `output_validity`")
    mono = audio.astype(np.float32, copy=False)
    if rate_hz != wanted_hz:
        shared = math.gcd(rate_hz, wanted_hz)
        mono = resample_poly(mono, wanted_hz // shared, rate_hz // shared)
    judged: Floats = np.clip(mono, -1.0, 1.0).astype(np.float32)
    return judged


def same_length(reference: Floats, degraded: Floats) -> tuple[Floats, Floats]:
    """Return both cut to the length of the shorter, as codecs give whole frames.

    Raises:
        MediaError: they differ by more than a tenth, which is no codec's doing, or one of both is silent throughout.
    """
    if not reference.any() or not degraded.any():
        raise MediaError("a pair of which one is silent throughout cannot be judged: leave it out, and say so")
    shorter, longer = sorted((len(reference), len(degraded)))
    if shorter < longer * 0.9:
        raise MediaError(f"sounds of {len(reference)} and {len(degraded)} samples are no pair: give one and its copy")
    return reference[:shorter], degraded[:shorter]
