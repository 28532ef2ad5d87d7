"""Conversions between nanoseconds, milliseconds, samples and frames; nobody else multiplies by 1000.

Nanoseconds are `int` while measuring; milliseconds are `float` in settings and results.
"""

from __future__ import annotations

NS_PER_MS = 1_000_000
NS_PER_US = 1_000
NS_PER_S = 1_000_000_000
NS_PER_MIN = 60 * NS_PER_S
MS_PER_S = 1_000.0
BYTES_PER_MIB = 2**20


def ns_from_ms(ms: float) -> int:
    """Return `ms` as whole nanoseconds, rounded to nearest."""
    return round(ms * NS_PER_MS)


def ms_from_ns(ns: float) -> float:
    """Return `ns` as milliseconds."""
    return ns / NS_PER_MS


def us_from_ns(ns: float) -> float:
    """Return `ns` as microseconds (the unit of Chrome traces)."""
    return ns / NS_PER_US


def ms_from_us(us: float) -> float:
    """Return `us` as milliseconds (the kernel's counters are in microseconds)."""
    return us * NS_PER_US / NS_PER_MS


def ns_from_s(seconds: float) -> int:
    """Return `seconds` as whole nanoseconds, rounded to nearest."""
    return round(seconds * NS_PER_S)


def s_from_ns(ns: float) -> float:
    """Return `ns` as seconds."""
    return ns / NS_PER_S


def min_from_ns(ns: float) -> float:
    """Return `ns` as minutes."""
    return ns / NS_PER_MIN


def s_from_ms(ms: float) -> float:
    """Return `ms` as seconds."""
    return ms / MS_PER_S


def ms_from_s(seconds: float) -> float:
    """Return `seconds` as milliseconds."""
    return seconds * MS_PER_S


def samples_in(ms: float, sample_rate_hz: int) -> int:
    """Return the whole samples in `ms` at `sample_rate_hz`: ⌊W·f_s⌋.

    The paper's own window (section 6.7) holds one sample more, x_{t-k} … x_t; its buffer size does not.
    """
    return int(ms * sample_rate_hz / MS_PER_S + 1e-9)


def ms_of_samples(samples: int, sample_rate_hz: int) -> float:
    """Return how long `samples` last, in milliseconds."""
    return samples * MS_PER_S / sample_rate_hz


def whole_frames(ms: float, frame_ms: float) -> int | None:
    """Return how many frames of `frame_ms` fill `ms` exactly, or None if they do not."""
    frames = round(ms / frame_ms)
    return frames if frames > 0 and abs(frames * frame_ms - ms) < 1e-6 else None


def mib_from_bytes(count: float) -> float:
    """Return `count` bytes as MiB (2**20 bytes)."""
    return count / BYTES_PER_MIB
