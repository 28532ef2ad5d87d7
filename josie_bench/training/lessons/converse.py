"""`converse`: the user is heard and answered by voice, when its turn ends; what is said is written a little before.

Pauses, back-channels and noise are not answered, and an interruption is yielded to: as the partner does whose place the
model takes.
"""

from __future__ import annotations

from josie_bench.terms.corpus import Heard, Item
from josie_bench.training.lessons import Told, Writing
from josie_bench.training.lessons._partner import from_partner

SUMMARY = "the user is answered by voice when its turn ends, and let speak when it interrupts"
CORPUS = "talks"
TYPED = None
ITEMS = 1
SEES = False


def told(_: Item, heard: Heard, write: Writing) -> Told:
    """Return a conversation from the partner's side."""
    return from_partner(heard, write)
