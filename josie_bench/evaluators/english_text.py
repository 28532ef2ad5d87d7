"""`english_text`: the rules by which Whisper's authors compare English text (Radford et al., 2022, appendix C).

Capitals, punctuation, fillers and what stands in brackets fall away, contractions are written out, numbers become
digits, and British spelling becomes American. It is applied to reference and hypothesis alike, so that only what was
said is compared. A word error rate without the name of its normaliser says little: "ten of clubs" heard as "10 of
clubs" is an error under one and none under another.

Of the three dots that a sentence trails off with their rules leave one, which would be a word that nobody said: dots
alone are taken away.
"""

from __future__ import annotations

from josie_bench.errors import UnavailableError
from josie_bench.evaluators import EXTRA, NORMALISER, Identity, Normaliser, installed, missing_library

__all__ = ["EXTRA", "IMPORTS", "KIND", "SUMMARY", "identity", "open_judge", "unavailable"]

SUMMARY = "English text as Whisper's authors compare it: numbers as digits, no punctuation, one spelling"
KIND = NORMALISER
IMPORTS = ("whisper_normalizer",)


def unavailable() -> UnavailableError | None:
    """Return why it cannot judge here, or None."""
    return missing_library(IMPORTS)


def identity() -> Identity:
    """Return what decides the text."""
    return Identity(name="english_text", libraries=installed("whisper-normalizer"), settings="no-lone-dots")


def open_judge() -> Normaliser:
    """Return the normaliser.

    Raises:
        UnavailableError: its library is missing.
    """
    if (reason := unavailable()) is not None:
        raise reason
    from whisper_normalizer.english import EnglishTextNormalizer

    rules = EnglishTextNormalizer()

    def normalise(text: str) -> str:
        return " ".join(word for word in str(rules(text)).split() if word.strip("."))

    return normalise
