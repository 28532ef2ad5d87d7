"""`pesq`: how a listener would rate what a codec did to speech, against the original (ITU-T P.862.2, wideband).

It aligns both in time and compares what the ear hears of them: 4.64 for a copy, down to about 1. It was made for
telephone codecs; vocoders that draw the waveform anew are judged too harshly by it.
"""

from __future__ import annotations

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

SUMMARY = "PESQ wideband: opinion score of degraded speech against its original, 1 to 4.64"
KIND = SPEECH_FIDELITY
IMPORTS = ("pesq",)


def unavailable() -> UnavailableError | None:
    """Return why it cannot judge here, or None."""
    return missing_library(IMPORTS)


def identity() -> Identity:
    """Return what decides the score."""
    return Identity(name="pesq", libraries=installed("pesq"), settings="wb")


def open_judge() -> FidelityJudge:
    """Return the judge; it gives `pesq`, and a `MediaError` where it hears no utterance in one of both.

    Raises:
        UnavailableError: its library is missing.
    """
    if (reason := unavailable()) is not None:
        raise reason
    from pesq import PesqError, pesq

    def judge(reference: Floats, degraded: Floats, rate_hz: int) -> Scores:
        pair = same_length(sound_at(reference, rate_hz), sound_at(degraded, rate_hz))
        try:
            return {"pesq": float(pesq(JUDGED_HZ, *pair, "wb"))}
        except PesqError as error:
            said = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else str(error)
            raise MediaError(f"PESQ cannot judge this pair ({said}): leave it out, and say so") from error

    return judge
