"""A search for the most sessions: what it looks for and within which bounds, and the verdicts that it goes by."""

from __future__ import annotations

from dataclasses import dataclass

HELD, OPEN, MISSED = "held", "open", "missed"
# A level is settled when its verdicts come to ±2. What is not shown to hold counts against it; misses above the target
# beyond doubt need no second look.
WEIGHTS = {HELD: 1, OPEN: -1, MISSED: -2}
SETTLED = 2
MOST_AT_A_LEVEL = 3  # two of three decide


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is looked for: the most sessions whose deadline miss ratio is surely below a target.

    Attributes:
        target: of the miss ratio; its one-sided 95 % upper bound has to lie below.
        first: how many sessions are tried first.
        most: beyond so many nothing is tried.
        probes: so many trials at most.
        least: so many have to be found for the case to pass; None where nothing hangs on it.
    """

    target: float = 0.01
    first: int = 1
    most: int = 64
    probes: int = 24
    least: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One trial with so many sessions, and its verdict."""

    sessions: int
    verdict: str
