"""The paper's checkable statements as data, each with its formula and the metric that answers it.

Every other file here holds the statements of one subject. It exposes `CLAIMS`, a tuple of `Claim`. What became of each
is never written down: `ledger` computes it from the formulas and from a run.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from josie_bench.claims._standing import judge
from josie_bench.claims._stated import published_change
from josie_bench.errors import UsageError
from josie_bench.plugins import find_member, member_names, unknown_name
from josie_bench.terms.claim import SETTLED, VERDICTS, Claim, Entry, Outcome
from josie_bench.terms.result import Result

FIRST, LAST = "abstract", ("references", "code")


def all_claims() -> tuple[Claim, ...]:
    """Return every statement in the order of the paper's sections."""
    found = [claim for name in member_names("claims") for claim in find_member("claims", name).CLAIMS]
    return tuple(sorted(found, key=lambda claim: (_place(claim.section), claim.id)))


def _place(section: str) -> tuple[int, ...]:
    """Return what orders sections.

    >>> sorted(["references", "9.1", "3", "abstract", "9"], key=_place)
    ['abstract', '3', '9', '9.1', 'references']
    """
    if section in LAST:
        return (99, LAST.index(section))
    return (0,) if section == FIRST else tuple(map(int, re.findall(r"\d+", section)))


def find_claim(name: str) -> Claim:
    """Return the statement of this id.

    Raises:
        UsageError: there is none; the message names the near one.
    """
    known = {claim.id: claim for claim in all_claims()}
    if name not in known:
        raise UsageError(unknown_name("claim", name, known))
    return known[name]


def ledger(*results: Result) -> tuple[Entry, ...]:
    """Return every statement with its verdict, as far as these runs speak to it."""
    return tuple(judge(claim, *results) for claim in all_claims())


def counts(entries: Iterable[Entry]) -> dict[str, int]:
    """Return how many statements have each verdict, in the order of `VERDICTS`; those that none has are left out."""
    found = Counter(entry.verdict for entry in entries)
    return {verdict: found[verdict] for verdict in VERDICTS if found[verdict]}


def is_only_here(entry: Entry, outcome: Outcome) -> bool:
    """Return whether what was measured holds on its own scale alone, and decides nothing about the statement."""
    return outcome.here is not None and not entry.claim.is_of_design and outcome.here != outcome.verdict


def flips(a: Iterable[Entry], b: Iterable[Entry]) -> list[tuple[Entry, Outcome, Outcome]]:
    """Return the readings to which two runs say the opposite, with what each says."""
    found = []
    for first, second in zip(a, b, strict=True):
        for one, other in zip(first.outcomes, second.outcomes, strict=True):
            if one.here in SETTLED and other.here in SETTLED and one.here != other.here:
                found.append((second, one, other))
    return found


__all__ = ["FIRST", "LAST", "all_claims", "counts", "find_claim", "flips", "is_only_here", "ledger", "published_change"]
