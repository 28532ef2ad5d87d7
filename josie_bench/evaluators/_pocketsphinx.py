"""What PocketSphinx's judges share: its US English model, which lies in its wheel, and sound as it reads it."""

from __future__ import annotations

from typing import Any

import numpy as np

from josie_bench.evaluators import Floats, Identity, folder_of, installed, missing_library, read_pinned
from josie_bench.evaluators._sound import sound_at

IMPORTS = ("pocketsphinx",)
SOUND_FILES = ("feat.params", "mdef", "means", "noisedict", "sendump", "transition_matrices", "variances")
FILES = ("cmudict-en-us.dict", "en-us.lm.bin", *(f"en-us/{name}" for name in SOUND_FILES))
MODEL_SHA256 = "a68916430da823e85ad6ec98dc15ee43d6c3f0c19401e08bb97e43539cd30162"  # of FILES, one after the other
FULL_SCALE = 32_767  # it reads 16-bit samples


def identity_of(name: str) -> Identity:
    """Return what decides what a judge of this name says."""
    return Identity(
        name=name, libraries=installed("pocketsphinx"), model_sha256=MODEL_SHA256, settings="en-us,own-features"
    )


def open_decoder(**settings: Any) -> Any:
    """Return a decoder with the model loaded.

    Args:
        settings: of the library's, beside those that every judge has.

    Raises:
        UnavailableError: the library is missing, or the model is another.
    """
    if (reason := missing_library(IMPORTS)) is not None:
        raise reason
    import pocketsphinx

    folder = folder_of("pocketsphinx") / "model" / "en-us"
    read_pinned((folder / name for name in FILES), MODEL_SHA256)
    return pocketsphinx.Decoder(loglevel="FATAL", cmn="batch", **settings)


def decode(decoder: Any, audio: Floats, rate_hz: int) -> None:
    """Let a decoder read a sound `[samples]` as a whole, and by itself alone.

    Its features begin anew: else the same sound would be read a little otherwise behind another one.

    Raises:
        MediaError: it cannot be judged.
    """
    samples = np.round(sound_at(audio, rate_hz) * FULL_SCALE).astype("<i2")
    decoder.reinit_feat()
    decoder.start_utt()
    decoder.process_raw(samples.tobytes(), no_search=False, full_utt=True)
    decoder.end_utt()
