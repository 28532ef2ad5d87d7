"""Statements of the paper to which two runs say the opposite."""

from __future__ import annotations

from collections.abc import Iterator

from josie_bench.claims import flips, ledger
from josie_bench.terms.result import Result


def notes_on_claims(a: Result, b: Result) -> Iterator[str]:
    """Yield a sentence for each reading of a statement that one run bears out and the other does not."""
    for entry, one, other in flips(ledger(a), ledger(b)):
        reading = f" ({one.reading.name})" if one.reading.name else ""
        yield f"flipped: {entry.claim.id}{reading} is {one.here} on A's scale and {other.here} on B's"
