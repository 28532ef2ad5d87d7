"""`pocketsphinx`: a recogniser of another kind than Whisper: hidden Markov models and trigrams (Huggins-Daines, 2006).

Its model lies in its own wheel. It errs about five times as often as Whisper base. It is there so that a claim about
intelligibility does not hang on one network: what only one of both hears is no fact about the sound.
"""

from __future__ import annotations

import numpy as np

from josie_bench.errors import UnavailableError
from josie_bench.evaluators import (
    EXTRA,
    RECOGNISER,
    Floats,
    Identity,
    Recogniser,
    folder_of,
    installed,
    missing_library,
    read_pinned,
)
from josie_bench.evaluators._sound import sound_at

__all__ = ["EXTRA", "IMPORTS", "KIND", "SUMMARY", "identity", "open_judge", "unavailable"]

SUMMARY = "PocketSphinx with its US English model: speech to text without a network, a second opinion"
KIND = RECOGNISER
IMPORTS = ("pocketsphinx",)
SOUND_FILES = ("feat.params", "mdef", "means", "noisedict", "sendump", "transition_matrices", "variances")
FILES = ("cmudict-en-us.dict", "en-us.lm.bin", *(f"en-us/{name}" for name in SOUND_FILES))
MODEL_SHA256 = "a68916430da823e85ad6ec98dc15ee43d6c3f0c19401e08bb97e43539cd30162"  # of FILES, one after the other
FULL_SCALE = 32_767  # it reads 16-bit samples


def unavailable() -> UnavailableError | None:
    """Return why it cannot judge here, or None."""
    return missing_library(IMPORTS)


def identity() -> Identity:
    """Return what decides the text."""
    return Identity(
        name="pocketsphinx", libraries=installed("pocketsphinx"), model_sha256=MODEL_SHA256, settings="en-us"
    )


def open_judge() -> Recogniser:
    """Return the recogniser with its model loaded.

    Each sound is decoded as a whole, so that the mean of its features is its own, not that of what was heard before.

    Raises:
        UnavailableError: its library is missing, or the model is another.
    """
    if (reason := unavailable()) is not None:
        raise reason
    import pocketsphinx

    folder = folder_of("pocketsphinx") / "model" / "en-us"
    read_pinned((folder / name for name in FILES), MODEL_SHA256)
    decoder = pocketsphinx.Decoder(loglevel="FATAL", cmn="batch")

    def transcribe(audio: Floats, rate_hz: int) -> str:
        samples = np.round(sound_at(audio, rate_hz) * FULL_SCALE).astype("<i2")
        decoder.start_utt()
        decoder.process_raw(samples.tobytes(), no_search=False, full_utt=True)
        decoder.end_utt()
        found = decoder.hyp()
        return "" if found is None else str(found.hypstr)

    return transcribe
