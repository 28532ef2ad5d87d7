"""A statement of the paper that can be checked: what it says, how it may be read, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from josie_bench.terms.result import Result

QUALITY = "quality"
KINDS = {
    "arith": "follows from other numbers of the paper, or from sizes",
    "system": "can be measured without trained weights",
    QUALITY: "needs trained weights and data",
    "human": "needs people who judge",
    "undefined": "has no one meaning",
}
CONFIRMED, REFUTED, REFUTED_ARITHMETIC = "confirmed", "refuted", "refuted_arithmetic"
AMBIGUOUS, NOT_TESTABLE, PENDING = "ambiguous", "not_testable", "pending"
VERDICTS = {
    CONFIRMED: "a computation or a run at its scale bears it out",
    REFUTED: "a run at its scale, or what is published elsewhere, says otherwise",
    REFUTED_ARITHMETIC: "it does not follow from the numbers it is said to follow from",
    AMBIGUOUS: "it may be read in several ways, and they do not come to the same",
    NOT_TESTABLE: "nothing that could be run would answer it",
    PENDING: "something that is named would answer it and is not there yet",
}
SETTLED = (CONFIRMED, REFUTED, REFUTED_ARITHMETIC)

SAME, BELOW, ABOVE, AT_MOST, AT_LEAST = "=", "<", ">", "≤", "≥"
RELATIONS = (SAME, BELOW, ABOVE, AT_MOST, AT_LEAST)
ROUNDING = 1e-9  # of the binary numbers that decimal ones become


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number as the paper prints it.

    Attributes:
        slack: how far another number may lie from it and still be printed so: half a unit of the last digit.
    """

    value: float
    unit: str
    slack: float


def printed(digits: str, unit: str) -> Figure:
    """Return the number that `digits` write, with half a unit of the last one as its slack.

    >>> printed("5.6", "GB")
    Figure(value=5.6, unit='GB', slack=0.05)
    """
    decimals = len(digits.partition(".")[2])
    return Figure(value=float(digits), unit=unit, slack=0.5 * 10.0**-decimals)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """On what something was measured.

    Attributes:
        backend: with its precision.
        is_papers: whether the model has the paper's size and ran on a GPU with as much memory as the paper names.
    """

    preset: str
    backend: str
    host: str
    is_papers: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a case of a run says to a statement.

    Attributes:
        case: its id; several are joined where the number is of all of them.
        statistic: `metric.statistic`, or what was counted.
        low, high: bounds of its interval; None where it has no such bound.
        is_exact: whether it is a count or a single reading, which needs no interval to be held against a number.
        is_trained: whether no component that was called has seeded weights; quality of any other says nothing.
    """

    case: str
    statistic: str
    value: float
    unit: str
    scale: Scale
    n: int
    low: float | None = None
    high: float | None = None
    is_exact: bool = False
    is_trained: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One way to understand a statement, and what decides it.

    Attributes:
        name: tells it from others of the same statement.
        formula: in words and signs; empty where nothing is computed.
        compute: gives the number that the formula comes to.
        unit: of that number, where it is not the statement's.
        relation: how that number, or a measured one, must stand to the published one; None: it is only shown.
        is_limit: the formula gives the least or the most that can be, so it can refute and not confirm.
        is_universal: all that is measured must bear it out; else one is enough, for it says that something can be done.
        is_of_quality: it is answered by quality, so that seeded weights say nothing, whatever the statement's kind.
        figure: the published number, where it is not the statement's.
        measure: gives what a run says.
        waits_for: what would decide it.
        untestable: why nothing could.
        refuted_by: what is published elsewhere and says otherwise.
    """

    name: str = ""
    formula: str = ""
    compute: Callable[[], float] | None = None
    unit: str = ""
    relation: str | None = SAME
    is_limit: bool = False
    is_universal: bool = False
    is_of_quality: bool = False
    figure: Figure | None = None
    measure: Callable[[Result], Sequence[Measured]] | None = None
    waits_for: str = ""
    untestable: str = ""
    refuted_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A statement of the paper.

    Attributes:
        section: where it stands.
        statement: what it says, in short.
        published: its value as it is printed.
        kind: one of `KINDS`.
        readings: at least one.
        figure: the published number; None where there is none to hold another against.
        metrics: keys of `result.json` that answer it.
        is_of_design: it is about how the model works, not about its size, so that any size can answer it.
        note: what a reader should know.
    """

    id: str
    section: str
    statement: str
    published: str
    kind: str
    readings: tuple[Reading, ...]
    figure: Figure | None = None
    metrics: tuple[str, ...] = ()
    is_of_design: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a reading.

    Attributes:
        recomputed: what its formula comes to.
        measured: what a run says, what decides it first.
        reason: of the verdict, where that is words and not a number.
        here: the verdict that `measured` gives on the scale it was measured on; None where it gives none.
    """

    reading: Reading
    verdict: str
    reason: str = ""
    recomputed: float | None = None
    measured: tuple[Measured, ...] = ()
    here: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A statement with its verdict; `outcomes` has one for each reading."""

    claim: Claim
    verdict: str
    outcomes: tuple[Outcome, ...] = field(default=())

    @property
    def is_measured(self) -> bool:
        """Whether a run speaks to it."""
        return any(outcome.measured for outcome in self.outcomes)


def stands(relation: str, low: float, high: float, figure: Figure) -> bool | None:
    """Return whether a number between `low` and `high` stands to a published one as it must; None: undecided.

    >>> stands(SAME, 9.93, 9.93, printed("10", "%")), stands(BELOW, 280.0, 310.0, printed("300", "ms"))
    (True, None)
    """
    slack = figure.slack + ROUNDING * abs(figure.value)
    most, least = figure.value + slack, figure.value - slack
    holds, fails = {
        SAME: (least <= low and high <= most, high < least or low > most),
        BELOW: (high < figure.value, low >= figure.value),
        ABOVE: (low > figure.value, high <= figure.value),
        AT_MOST: (high <= most, low > most),
        AT_LEAST: (low >= least, high < least),
    }[relation]
    return True if holds else False if fails else None
