"""`bleu`: how many of a text's words and runs of words are in its reference (Papineni et al., 2002; Post, 2018).

The geometric mean of the precisions of runs of one to four words over the corpus, and a penalty where the corpus is
shorter than its references; from 0 to 100. Texts go in as they are: it cuts words itself (13a), and capitals count. It
counts words, not sense: a right answer in other words scores low, so it ranks systems on one set and says little by
itself.
"""

from __future__ import annotations

from typing import Any

from josie_bench.errors import UnavailableError
from josie_bench.evaluators import EXTRA, TEXT_OVERLAP, Identity, OverlapJudge, missing_library
from josie_bench.evaluators._sacrebleu import overlap_identity, overlap_judge

__all__ = ["EXTRA", "IMPORTS", "KIND", "SUMMARY", "identity", "open_judge", "unavailable"]

SUMMARY = "BLEU by sacreBLEU: shared runs of one to four words, over a corpus, 0 to 100"
KIND = TEXT_OVERLAP
IMPORTS = ("sacrebleu",)


def unavailable() -> UnavailableError | None:
    """Return why it cannot judge here, or None."""
    return missing_library(IMPORTS)


def identity() -> Identity:
    """Return what decides the figure; its settings are sacreBLEU's signature."""
    return overlap_identity("bleu", _metric())


def open_judge() -> OverlapJudge:
    """Return the judge.

    Raises:
        UnavailableError: its library is missing.
    """
    if (reason := unavailable()) is not None:
        raise reason
    return overlap_judge(_metric())


def _metric() -> Any:
    from sacrebleu.metrics.bleu import BLEU

    return BLEU(tokenize="13a", smooth_method="exp", lowercase=False, effective_order=False, force=True)
