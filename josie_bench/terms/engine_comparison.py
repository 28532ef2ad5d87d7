"""Cases of one run beside each other, measured in mixed rounds: what each part took, and how much quicker it was."""

from __future__ import annotations

from dataclasses import dataclass

from josie_bench.terms.score import Interval, NotAvailable


@dataclass(frozen=True, slots=True, kw_only=True)
class PartTime:
    """What a part takes of a window: the median over rounds of the median in each.

    Attributes:
        case: its id.
        part: a component, or `window` for all of it.
        n: how many rounds there are.
    """

    case: str
    part: str
    value_ms: float | None
    n: int
    ci: Interval | None = None
    na: NotAvailable | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRatio:
    """How much quicker a case is at a part than the base: base time / its time, above 1 is quicker.

    Attributes:
        value: the median over rounds of the ratio of the two medians in that round.
        n: in how many rounds both were measured.
        verdict: `quicker` or `slower` where the whole interval is above or below 1, else `undecided`.
    """

    case: str
    part: str
    value: float | None
    n: int
    verdict: str
    ci: Interval | None = None
    na: NotAvailable | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineComparison:
    """Cases of one run that differ in their engines alone, or in what works beside them, measured in mixed rounds.

    Attributes:
        base: id of the case that the others are held against.
        cases: ids of the others.
        rounds: how many each was to have.
        parts: the components in the order they run, then `window`.
        times: of the base and the others.
        ratios: of the others.
    """

    base: str
    cases: list[str]
    rounds: int
    parts: list[str]
    times: list[PartTime]
    ratios: list[PartRatio]
