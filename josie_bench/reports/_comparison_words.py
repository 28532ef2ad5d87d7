"""A comparison in words: the same on the console, in Markdown and on the page."""

from __future__ import annotations

from collections.abc import Sequence

from josie_bench.reports._words import ABSENT, counted, number
from josie_bench.terms.comparison import (
    AMBIGUOUS,
    CLOCK_SHIFT,
    FASTER,
    INCOMPARABLE,
    INTERLEAVED,
    INVALID,
    RELATIVE,
    SAME,
    SLOWER,
    CaseComparison,
    Comparison,
    Margin,
    MetricComparison,
)

HEADS = ("metric", "A", "B", "change of B, 90 % interval", "margin", "blocks", "q", "verdict")
ANSWERS = {
    SLOWER: "B is worse in a gated metric.",
    FASTER: "B is better in a gated metric, and worse in none.",
    SAME: "B is the same as A within the margins.",
    AMBIGUOUS: "It cannot be decided whether B is the same, better or worse.",
    CLOCK_SHIFT: "Times changed with the GPU's clock, not with the software.",
    INCOMPARABLE: "The runs were not made under the same conditions.",
    INVALID: "A side has no valid measurement of what is gated.",
}


def answer(comparison: Comparison) -> str:
    """Return the comparison in one sentence."""
    return ANSWERS[comparison.verdict]


def design_words(comparison: Comparison) -> str:
    """Return how the two sides were measured."""
    if comparison.design == INTERLEAVED:
        return "fresh processes of both sides, interleaved in blocks of random order"
    return "two stored runs"


def metric_row(metric: MetricComparison) -> tuple[str, ...]:
    """Return a metric's cells under `HEADS`."""
    return (
        metric.metric + (" (gate)" if metric.is_gated else ""),
        value_words(metric.a, metric),
        value_words(metric.b, metric),
        change_words(metric),
        margin_words(metric.margin, metric),
        str(metric.n),
        ABSENT if metric.q is None else number(metric.q),
        verdict_words(metric),
    )


def value_words(value: float | None, metric: MetricComparison) -> str:
    """Return a value with its unit; a share as per cent."""
    if value is None:
        return ABSENT
    if metric.unit == "ratio" and metric.scale != RELATIVE:
        return f"{number(value * 100)} %"
    return number(value) if metric.unit == "ratio" else f"{number(value)} {metric.unit}"


def change_words(metric: MetricComparison) -> str:
    """Return `+5.06 % [+3.91 %, +6.10 %]`."""
    if metric.change is None or metric.interval is None:
        return ABSENT
    sides = (
        "no bound" if side is None else _amount(side, metric) for side in (metric.interval.low, metric.interval.high)
    )
    return f"{_amount(metric.change, metric)} [{', '.join(sides)}]"


def margin_words(margin: Margin | None, metric: MetricComparison) -> str:
    """Return `±1 %, default`; which noise floor gave it stands in the notes."""
    if margin is None or margin.value == 0.0:
        return "none"
    scale = 100.0 if metric.scale == RELATIVE or metric.unit == "ratio" else 1.0
    unit = "%" if metric.scale == RELATIVE else "pp" if metric.unit == "ratio" else metric.unit
    return f"±{margin.value * scale:.3g} {unit}, {margin.source.partition(' of ')[0]}"


def verdict_words(metric: MetricComparison) -> str:
    """Return the verdict and, where more blocks would settle it, how many."""
    if metric.verdict != AMBIGUOUS or metric.more_blocks is None:
        return metric.verdict
    more = counted(metric.more_blocks, "more block")
    return f"{metric.verdict}: {f'it takes at least {more}' if metric.is_lower_bound else f'{more} would settle it'}"


def reason_lines(metrics: Sequence[MetricComparison]) -> list[str]:
    """Return why metrics are not decided, those that have the same reason on one line."""
    named: dict[str, list[str]] = {}
    for metric in metrics:
        if metric.verdict in (AMBIGUOUS, CLOCK_SHIFT):
            named.setdefault(metric.reason, []).append(metric.metric)
    return [f"{', '.join(names)}: {reason}" for reason, names in named.items()]


def shown_metrics(case: CaseComparison, *, is_all: bool = False) -> list[MetricComparison]:
    """Return the gated metrics, and of the others those that changed, or all."""
    return [metric for metric in case.metrics if is_all or metric.is_gated or metric.verdict in (FASTER, SLOWER)]


def case_name(case: CaseComparison) -> str:
    """Return what a case is called: its id, or both where they differ."""
    return case.a if case.a == case.b else f"{case.a} → {case.b}"


def condition_lines(case: CaseComparison) -> list[str]:
    """Return the conditions in which the sides differ."""
    words = (("must not differ", case.incomparable), ("varied", case.varied))
    return [f"{some.field}: {some.a} → {some.b} ({kind})" for kind, found in words for some in found]


def gated_words(gates: Sequence[str]) -> str:
    """Return which metrics are gated and how the family is controlled."""
    return f"gated: {', '.join(gates)}; q by Benjamini and Hochberg over all that are there"


def _amount(value: float, metric: MetricComparison) -> str:
    sign = "−" if value < 0.0 else "+"
    if metric.scale == RELATIVE:
        return f"{sign}{number(abs(value) * 100)} %"
    if metric.unit == "ratio":
        return f"{sign}{number(abs(value) * 100)} pp"
    return f"{sign}{number(abs(value))} {metric.unit}"
