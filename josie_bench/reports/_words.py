"""How numbers, intervals and missing values are put into words, the same in every report for people."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from josie_bench.terms.result import CaseResult, MetricScore
from josie_bench.terms.score import Interval, NotAvailable

ABSENT = "—"
NO_BOUND = "no bound"
BARE_UNITS = ("ratio", "")
LONGEST = 12  # figures of a number before it is written with an exponent


def number(value: float) -> str:
    """Return `value` with about three figures.

    >>> number(84.123), number(9600), number(0.00034567)
    ('84.1', '9,600', '0.000346')
    """
    return _rounded(value, _decimals(value), ROUND_HALF_EVEN)


def with_interval(value: float, interval: Interval | None, unit: str = "") -> str:
    """Return `84.1 [82.0, 86.9] ms`; the bounds are rounded outward, so that the interval never looks narrower."""
    suffix = "" if unit in BARE_UNITS else f" {unit}"
    is_whole = interval is None and value.is_integer()  # a count, such as a backlog of 2 windows
    bounds = () if interval is None else (interval.high, interval.low)
    decimals = 0 if is_whole else _decimals(next((number for number in (value, *bounds) if number), 0.0))
    text = _rounded(value, decimals, ROUND_HALF_EVEN)
    if interval is None:
        return text + suffix
    low = NO_BOUND if interval.low is None else _rounded(interval.low, decimals, ROUND_FLOOR)
    high = NO_BOUND if interval.high is None else _rounded(interval.high, decimals, ROUND_CEILING)
    return f"{text} [{low}, {high}]{suffix}"


def score_words(score: MetricScore | None) -> str:
    """Return a score's number with its interval, or why there is none."""
    if score is None:
        return ABSENT
    if score.value is None:
        return missing_words(score.na, score.n)
    return with_interval(score.value, score.ci, score.unit)


def missing_words(na: NotAvailable | None, n: int) -> str:
    """Return why a number is missing and, where more samples would bring it, how many.

    >>> missing_words(NotAvailable(reason="insufficient_samples", detail="", needed=368), 64)
    'n/a: insufficient samples, 304 more needed (64 of 368)'
    """
    if na is None:
        return "n/a"
    words = f"n/a: {na.reason.replace('_', ' ')}"
    if na.needed is None or na.needed <= n:
        return words
    return f"{words}, {na.needed - n:,} more needed ({n:,} of {na.needed:,})"


def ratio_words(score: MetricScore | None) -> str:
    """Return a ratio in percent, what it was counted from, and the upper bound of its interval.

    A bound is rounded up: `0.667 % (2 of 300), at most 2.4 %`.
    """
    if score is None or score.value is None:
        return score_words(score)
    counts = "" if score.k is None else f" ({score.k:,} of {score.n:,})"
    return f"{number(score.value * 100)} %{counts}{_bound_words(score.ci)}"


def share_words(score: MetricScore) -> str:
    """Return a ratio in percent and the upper bound of its interval: `0.667 %, at most 2.4 %`."""
    return score_words(score) if score.value is None else f"{number(score.value * 100)} %{_bound_words(score.ci)}"


def _bound_words(interval: Interval | None) -> str:
    if interval is None or interval.high is None:
        return ""
    high = Decimal(repr(interval.high)) * 100
    return f", at most {_rounded(high, _decimals(float(high)), ROUND_CEILING)} %"


def sample_words(score: MetricScore) -> str:
    """Return what a score rests on: `9,600, worth 6,130 in 8 runs`, where that is not the same number of one run."""
    words = f"{score.n:,}" if score.k is None else f"{score.k:,} of {score.n:,}"
    if score.n_eff is not None and round(score.n_eff) < score.n:
        words += f", worth {round(score.n_eff):,}"
    return f"{words} in {score.clusters} runs" if score.clusters is not None and score.clusters > 1 else words


def listed(names: list[str], most: int = 3) -> str:
    """Return the first names and how many more there are.

    >>> listed(["a", "b", "c", "d", "e"])
    'a, b, c and 2 more'
    """
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")


def counted(count: int, noun: str) -> str:
    """Return `1 case`, `2 cases`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def missed_words(case: CaseResult) -> str | None:
    """Return how many windows missed the case's own deadline and what that shows, or None where it is not known."""
    score = case.metrics.get("deadline_miss_ratio.budget")
    if case.status != "OK" or score is None or score.value is None or score.k is None:
        return None
    return f"{score.k:,} of {score.n:,} windows missed the deadline: {share_words(score)}"


def _decimals(value: float) -> int:
    """Return how many places after the point give three figures, at least none."""
    if not value:
        return 0
    return max(0, 2 - Decimal(repr(value)).adjusted())


def _rounded(value: float | Decimal, decimals: int, rounding: str) -> str:
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    if decimals > LONGEST or exact.adjusted() > LONGEST:
        return str(exact.quantize(Decimal(1).scaleb(exact.adjusted() - 2), rounding=rounding)).lower()
    text = f"{exact.quantize(Decimal(1).scaleb(-decimals), rounding=rounding):,}"
    return "0" if exact == 0 else text
