"""`answer`: a clip is seen, the user asks about it, and is told by voice what was asked and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from josie_bench.terms.corpus import Heard, Item
from josie_bench.training.lessons import Told, Writing
from josie_bench.training.lessons._partner import from_partner

SUMMARY = "what is seen is told by voice when the user asks about it"
CORPUS = "questions"
TYPED = None
ITEMS = 1
SEES = True


def told(_: Item, heard: Heard, write: Writing) -> Told:
    """Return a question and its answer from the partner's side; crops begin where what is seen begins."""
    found = from_partner(heard, write)
    starts = np.zeros_like(found.starts)
    starts[0] = True
    return replace(found, starts=starts)
