"""A comparison of two runs: what `comparison.json` holds. Field names are part of its published schema.

A change is relative where the metric is a time or a size (0.05 is 5 % more than the first side's), and a difference in
the metric's own unit otherwise. Every interval is of 90 %, for two one-sided tests at 5 %.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from josie_bench.terms.score import Interval

COMPARISON_SCHEMA = "josie-bench/comparison"
COMPARISON_VERSION = "1.1.0"

FASTER, SLOWER, SAME, AMBIGUOUS = "FASTER", "SLOWER", "SAME", "AMBIGUOUS"
CLOCK_SHIFT, INCOMPARABLE, INVALID = "CLOCK_SHIFT", "INCOMPARABLE", "INVALID"
# Of several, the first that is there is that of the whole.
VERDICTS = (INVALID, INCOMPARABLE, SLOWER, AMBIGUOUS, CLOCK_SHIFT, FASTER, SAME)
RELATIVE, ABSOLUTE = "relative", "absolute"
SCALES = (RELATIVE, ABSOLUTE)
RELATIVE_UNITS = ("ms", "MiB")
TAILS = ("p95", "p99", "p99.9", "p99.99", "max")
TIME_MARGIN, TAIL_MARGIN, SIZE_MARGIN = 0.01, 0.02, 0.005
SHARE_MARGIN = 0.005  # half a percentage point of the windows
INTERLEAVED, STORED = "interleaved", "stored"
DESIGNS = (INTERLEAVED, STORED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """Up to which change two systems count as the same.

    Attributes:
        value: on the metric's scale; 0 where none is known.
        source: where it comes from, in words.
    """

    value: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricComparison:
    """One `metric.statistic` of one case on both sides.

    Attributes:
        direction: `lower` or `higher`: which way is better. FASTER means better and SLOWER worse, whatever it measures.
        scale: `relative` or `absolute`.
        reason: what led to the verdict, one line.
        a, b: medians over the blocks, in the metric's unit; of a miss ratio those of all windows.
        n: blocks that both sides have.
        changes: of each block, on the metric's scale.
        change: their Hodges-Lehmann centre.
        interval: the wider of the two, which decides.
        student: by paired t.
        exact: by sign-flip permutation.
        p: of no change at all, two-sided and exact.
        q: p after Benjamini and Hochberg among the gated ones; None where it is not gated.
        more_blocks: how many more would settle an AMBIGUOUS one, if spread and centre stay; None where that is unknown.
        is_lower_bound: whether it may take more than `more_blocks`, for not all that decides is known.
    """

    metric: str
    unit: str
    direction: str
    scale: str
    is_gated: bool
    verdict: str
    reason: str
    a: float | None = None
    b: float | None = None
    n: int = 0
    changes: list[float] = field(default_factory=list)
    change: float | None = None
    interval: Interval | None = None
    student: Interval | None = None
    exact: Interval | None = None
    p: float | None = None
    q: float | None = None
    margin: Margin | None = None
    more_blocks: int | None = None
    is_lower_bound: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A condition in which the two sides differ."""

    field: str
    a: str
    b: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseComparison:
    """One case on both sides.

    Attributes:
        a, b: its id on each side.
        verdict: the worst of its gated metrics, or why there is none.
        incomparable: conditions that differ though nobody said that they may.
        varied: conditions that differ as was said.
        metrics: gated ones first.
    """

    a: str
    b: str
    verdict: str
    reason: str
    incomparable: list[Difference] = field(default_factory=list)
    varied: list[Difference] = field(default_factory=list)
    metrics: list[MetricComparison] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A run that is held against another.

    Attributes:
        commit: of the checkout that measured, `+` behind it where it was changed; None outside of one.
    """

    run: str
    suite: str
    tool: str
    started: str
    host: str
    commit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two runs held against each other, case by case.

    Attributes:
        design: `interleaved` where rounds of both sides were mixed, else `stored`.
        verdict: the first of `VERDICTS` that a case has.
        gates: the keys whose change for the worse is a regression.
        notes: what a reader must know to trust the verdict, one sentence each.
    """

    schema: str
    schema_version: str
    tool: str
    created: str
    design: str
    a: Side
    b: Side
    verdict: str
    gates: list[str]
    cases: list[CaseComparison]
    notes: list[str] = field(default_factory=list)


def worst(verdicts: list[str]) -> str:
    """Return the first of `VERDICTS` among these; SAME where there is none.

    >>> worst(["SAME", "SLOWER", "FASTER"])
    'SLOWER'
    """
    return next((verdict for verdict in VERDICTS if verdict in verdicts), SAME)


def scale_of(metric: str, unit: str, *, is_positive: bool) -> str:
    """Return whether a metric's values differ by a factor, as times, sizes and shares of real time do, or by an amount.

    >>> scale_of("compute_rtf.mean", "ratio", is_positive=True)
    'relative'
    >>> scale_of("response_latency.p50", "ms", is_positive=False)
    'absolute'
    """
    is_factor = unit in RELATIVE_UNITS or metric.startswith("compute_rtf.")
    return RELATIVE if is_factor and is_positive else ABSOLUTE


def default_margin(metric: str, unit: str, scale: str) -> Margin:
    """Return the margin that holds where no noise floor is known.

    >>> default_margin("response_latency.p99", "ms", RELATIVE).value
    0.02
    >>> default_margin("tardiness.budget.max", "ms", RELATIVE).value
    0.02
    """
    if scale == RELATIVE:
        is_tail = metric.endswith(tuple(f".{tail}" for tail in TAILS))
        value = SIZE_MARGIN if unit == "MiB" else TAIL_MARGIN if is_tail else TIME_MARGIN
    elif unit == "ratio":
        value = SHARE_MARGIN
    else:
        return Margin(value=0.0, source="none is known for it")
    return Margin(value=value, source="default")
