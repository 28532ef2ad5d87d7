"""How texts are compared, and which split a text or a speaker belongs to."""

from __future__ import annotations

import hashlib
import unicodedata

TEST_SHARE = 0.1
VALID_SHARE = 0.1


def normalised(text: str) -> str:
    """Return a text as two transcripts of one utterance agree on it: case, accents of notation and marks are gone.

    >>> normalised("  The RED square’s edge… ")
    'the red square s edge'
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(letter if letter.isalnum() else " " for letter in _composed(folded)).split())


def split_of(key: str, *, valid: float = VALID_SHARE, test: float = TEST_SHARE) -> str:
    """Return the split that a key falls into, the same on every machine and in every corpus.

    Args:
        key: a normalised text, or what else must not be in two splits.
        valid: the share of keys that validate.
        test: the share of keys that test.
    """
    place = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) / 2**64
    if place < test:
        return "test"
    return "valid" if place < test + valid else "train"


def _composed(text: str) -> str:
    """Return a text in which a letter and its accent are one letter, so that neither is taken for a mark."""
    return unicodedata.normalize("NFC", text)
