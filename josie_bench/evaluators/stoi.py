"""`stoi`: how much of speech could be understood, from its envelopes against the original's (Taal et al., 2011).

It is the mean correlation of envelopes in third-octave bands over 384 ms: 1 for a copy, about 0 for noise. Both are
resampled to 10 kHz and frames in which the original is silent are left out. It falls with a shift in time, which nobody
hears.
"""

from __future__ import annotations

import warnings

from josie_bench.errors import MediaError, UnavailableError
from josie_bench.evaluators import (
    EXTRA,
    SPEECH_FIDELITY,
    FidelityJudge,
    Floats,
    Identity,
    Scores,
    installed,
    missing_library,
)
from josie_bench.evaluators._sound import JUDGED_HZ, same_length, sound_at

__all__ = ["EXTRA", "IMPORTS", "KIND", "SUMMARY", "identity", "open_judge", "unavailable"]

SUMMARY = "STOI: intelligibility of degraded speech against its original, up to 1"
KIND = SPEECH_FIDELITY
IMPORTS = ("pystoi",)
TOO_SHORT = "Not enough STFT frames"


def unavailable() -> UnavailableError | None:
    """Return why it cannot judge here, or None."""
    return missing_library(IMPORTS)


def identity() -> Identity:
    """Return what decides the score."""
    return Identity(name="stoi", libraries=installed("pystoi"), settings="classic")


def open_judge() -> FidelityJudge:
    """Return the judge; it gives `stoi`, and a `MediaError` where less than 384 ms of speech are left.

    Raises:
        UnavailableError: its library is missing.
    """
    if (reason := unavailable()) is not None:
        raise reason
    from pystoi import stoi

    def judge(reference: Floats, degraded: Floats, rate_hz: int) -> Scores:
        pair = same_length(sound_at(reference, rate_hz), sound_at(degraded, rate_hz))
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message=TOO_SHORT)  # it would answer 1e-5
            try:
                return {"stoi": float(stoi(*pair, JUDGED_HZ, extended=False))}
            except (RuntimeWarning, ValueError) as error:
                raise MediaError("STOI cannot judge less than 384 ms of speech: leave it out, and say so") from error

    return judge
