"""`pocketsphinx_words`: when each word of a text begins in a sound that says it (PocketSphinx's forced alignment).

It finds the text in any sound that is long enough, also in one that says something else: that a word is there must be
known from elsewhere. Its steps are 10 ms. A text with a word that its dictionary of 135,000 lacks, as any number in
digits, is not aligned.
"""

from __future__ import annotations

from josie_bench.errors import UnavailableError
from josie_bench.evaluators import EXTRA, WORD_ALIGNER, Floats, Identity, WordAligner, missing_library
from josie_bench.evaluators._pocketsphinx import IMPORTS, decode, identity_of, open_decoder

__all__ = ["EXTRA", "IMPORTS", "KIND", "SUMMARY", "identity", "open_judge", "unavailable"]

SUMMARY = "PocketSphinx with its US English model: when each word that is said begins"
KIND = WORD_ALIGNER
FRAME_MS = 10.0
NO_WORDS = ("<", "[")  # what silence and noise begin with in its dictionary


def unavailable() -> UnavailableError | None:
    """Return why it cannot judge here, or None."""
    return missing_library(IMPORTS)


def identity() -> Identity:
    """Return what decides the times."""
    return identity_of("pocketsphinx_words")


def open_judge() -> WordAligner:
    """Return the aligner with its model loaded.

    Raises:
        UnavailableError: its library is missing, or the model is another.
    """
    decoder = open_decoder(lm=None)

    def align(audio: Floats, rate_hz: int, text: str) -> tuple[float, ...] | None:
        words = text.split()
        if not words or any(decoder.lookup_word(word) is None for word in words):
            return None
        decoder.set_align_text(" ".join(words))
        decode(decoder, audio, rate_hz)
        if decoder.hyp() is None:  # the sound is over before the text is
            return None
        found = [(part.word.partition("(")[0], part.start_frame) for part in decoder.seg()]  # an(2): said otherwise
        told = [(word, frame) for word, frame in found if not word.startswith(NO_WORDS)]
        return tuple(frame * FRAME_MS for _, frame in told) if [word for word, _ in told] == words else None

    return align
