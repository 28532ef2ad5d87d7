"""A score: one statistic's number with all that says how far to trust it."""

from __future__ import annotations

from dataclasses import dataclass

# What the clusters of a sample are; those of several sessions are conversations on one model, in one process.
RUNS, SESSIONS, RATERS, OF_ITEMS = "runs", "sessions", "raters", "speakers or dialogues"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A confidence interval; a missing side has no finite bound at this sample size.

    Attributes:
        level: nominal confidence, e.g. 0.95.
        low, high: bounds in the score's unit; None where the sample is too small to bound that side.
        method: how it was computed and what it assumes, e.g. `order statistic on n_eff, within one run`.
    """

    level: float
    low: float | None
    high: float | None
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAvailable:
    """Why a number is missing, and what would bring it.

    Attributes:
        reason: one word group from a fixed list, e.g. `insufficient_samples`, `closed_loop`, `not_measured`.
        detail: a sentence for people.
        needed: how many samples the statistic needs, at the dependence seen so far, where that is the reason.
    """

    reason: str
    detail: str
    needed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A statistic's value with its sample size and interval, or the reason why there is none.

    Attributes:
        value: in the metric's unit; None exactly when `na` is set.
        n: how many samples it rests on.
        count: for a ratio, how many of the `n` counted.
        interval: None where the statistic is exact or has no interval.
        na: set exactly when `value` is None.
        n_eff: how many independent samples the `n` are worth; None where nobody asked.
        clusters: from how many runs or others that are alike within themselves the sample comes; None where nobody
            asked.
        clusters_are: what they are; runs are processes of their own.
        point: what the sample itself has where it depends too much on itself to be bounded. It is told to nobody, but
            one run of several is a block of a comparison by it, and whether it is must not hang on how the run went.
    """

    value: float | None
    n: int
    count: int | None = None
    interval: Interval | None = None
    na: NotAvailable | None = None
    n_eff: float | None = None
    clusters: int | None = None
    clusters_are: str = RUNS
    point: float | None = None

    @property
    def block(self) -> float | None:
        """What a run that gave this counts by beside other runs; None where it gave no number."""
        return self.point if self.value is None else self.value

    def __post_init__(self) -> None:
        assert (self.value is None) == (self.na is not None), "a score has a value or a reason, never both or neither"


def missing(reason: str, detail: str, *, n: int = 0, needed: int | None = None) -> Score:
    """Return a score without a number, and why."""
    return Score(value=None, n=n, na=NotAvailable(reason=reason, detail=detail, needed=needed))
