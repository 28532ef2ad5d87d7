"""`chrf`: how many of a text's runs of letters are in its reference, and the other way round (chrF2; Popović, 2015).

The F-score of runs of one to six letters, recall counting twice as much as precision (β = 2); from 0 to 100. It is
kinder than BLEU to a word in another form, and steadier on short answers.
"""

from __future__ import annotations

from typing import Any

from josie_bench.errors import UnavailableError
from josie_bench.evaluators import EXTRA, TEXT_OVERLAP, Identity, OverlapJudge, missing_library
from josie_bench.evaluators._sacrebleu import overlap_identity, overlap_judge

__all__ = ["EXTRA", "IMPORTS", "KIND", "SUMMARY", "identity", "open_judge", "unavailable"]

SUMMARY = "chrF2 by sacreBLEU: shared runs of one to six letters, over a corpus, 0 to 100"
KIND = TEXT_OVERLAP
IMPORTS = ("sacrebleu",)


def unavailable() -> UnavailableError | None:
    """Return why it cannot judge here, or None."""
    return missing_library(IMPORTS)


def identity() -> Identity:
    """Return what decides the figure; its settings are sacreBLEU's signature."""
    return overlap_identity("chrf", _metric())


def open_judge() -> OverlapJudge:
    """Return the judge.

    Raises:
        UnavailableError: its library is missing.
    """
    if (reason := unavailable()) is not None:
        raise reason
    return overlap_judge(_metric())


def _metric() -> Any:
    from sacrebleu.metrics.chrf import CHRF

    return CHRF(char_order=6, word_order=0, beta=2)
