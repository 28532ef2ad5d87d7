"""A search for the most sessions: what it looks for, the verdicts that it goes by, and what it found.

Fields of what was found are part of the published schema of `result.json`.
"""

from __future__ import annotations

from dataclasses import dataclass

from josie_bench.terms.score import NotAvailable

HELD, OPEN, MISSED, TOO_MANY = "held", "open", "missed", "too_many"
# A level is settled when its verdicts come to ±2, or after three trials. What is not shown to hold counts against it. A
# trial that memory or time did not suffice for settles its level whatever the others say: none follows it.
WEIGHTS = {HELD: 1, OPEN: -1, MISSED: -1, TOO_MANY: -3}
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


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityLevel:
    """What a number of sessions made of the deadlines, in all trials with it.

    Attributes:
        case: id of the case that was run for it.
        verdicts: of its trials, in order: `held`, `open`, `missed`, or `too_many` where memory or time did not suffice.
        windows: measured, of all sessions and trials.
        missed: of these.
        miss_bound: one-sided upper bound of the ratio.
        p50_ms, p95_ms, p99_ms: of the response; None where the windows are worth too few to know it.
        utilisation: share of the time that the windows ask for.
        reason: why the case is not `OK`.
    """

    sessions: int
    case: str
    verdicts: list[str]
    windows: int
    missed: int | None
    miss_ratio: float | None
    miss_bound: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    utilisation: float | None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityLimit:
    """How many sessions one thing alone would allow.

    Attributes:
        name: `time`, `memory` or `roofline`.
        formula: in words.
        na: why there is no number.
    """

    name: str
    formula: str
    sessions: int | None = None
    na: NotAvailable | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """The most sessions of which surely no more than a share misses its deadline.

    Attributes:
        target: of the miss ratio.
        level: confidence of its upper bound.
        sessions: 0 where not even one holds; None where the search did not come to its end, of one session nothing was
            shown, or a level that the answer rests on was measured invalidly.
        stop_reason: why it ended.
        levels: that were tried, the fewest sessions first.
        limits: beside it.
        binds: what keeps it from being larger: `memory`, `roofline` where nothing could be faster, else `time`; or
            `search` where no more were to be tried or one more was neither shown to hold nor to be too many: it may be
            larger then.
    """

    target: float
    level: float
    sessions: int | None
    stop_reason: str | None
    levels: list[CapacityLevel]
    limits: list[CapacityLimit]
    binds: str | None = None
