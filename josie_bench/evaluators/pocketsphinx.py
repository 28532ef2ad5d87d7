"""`pocketsphinx`: a recogniser of another kind than Whisper: hidden Markov models and trigrams (Huggins-Daines, 2006).

Its model lies in its own wheel. It errs about five times as often as Whisper base. It is there so that a claim about
intelligibility does not hang on one network: what only one of both hears is no fact about the sound.
"""

from __future__ import annotations

from josie_bench.errors import UnavailableError
from josie_bench.evaluators import EXTRA, RECOGNISER, Floats, Identity, Recogniser, missing_library
from josie_bench.evaluators._pocketsphinx import IMPORTS, decode, identity_of, open_decoder

__all__ = ["EXTRA", "IMPORTS", "KIND", "SUMMARY", "identity", "open_judge", "unavailable"]

SUMMARY = "PocketSphinx with its US English model: speech to text without a network, a second opinion"
KIND = RECOGNISER


def unavailable() -> UnavailableError | None:
    """Return why it cannot judge here, or None."""
    return missing_library(IMPORTS)


def identity() -> Identity:
    """Return what decides the text."""
    return identity_of("pocketsphinx")


def open_judge() -> Recogniser:
    """Return the recogniser with its model loaded.

    Raises:
        UnavailableError: its library is missing, or the model is another.
    """
    decoder = open_decoder()

    def transcribe(audio: Floats, rate_hz: int) -> str:
        decode(decoder, audio, rate_hz)
        found = decoder.hyp()
        return "" if found is None else str(found.hypstr)

    return transcribe
