"""How numbers, intervals and missing values are put into words, the same in every report for people."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from josie_bench.statistics.effective_size import FEWEST_TO_TELL
from josie_bench.terms.result import SEEDED, CaseResult, MetricScore
from josie_bench.terms.score import Interval, NotAvailable

ABSENT = "—"
NO_BOUND = "no bound"
BARE_UNITS = ("ratio", "")
LONGEST = 12  # figures of a number before it is written with an exponent
FEW = "†"
FEW_WORDS = (
    f"{FEW} fewer than {FEWEST_TO_TELL} samples cannot show whether they depend on each other. They are taken as "
    "independent; if they are not, the interval is too narrow."
)


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
    return with_interval(score.value, score.ci, score.unit) + few_mark(score.n, score.n_eff, score.ci)


def few_words(cases: Iterable[CaseResult], keys: Collection[str] | None = None) -> str:
    """Return what the mark means, or nothing where none of the cases' numbers, or of those with these keys, has it."""
    shown = (score for case in cases for key, score in case.metrics.items() if keys is None or key in keys)
    return FEW_WORDS if any(few_mark(score.n, score.n_eff, score.ci) for score in shown) else ""


def missing_words(na: NotAvailable | None, n: int) -> str:
    """Return why a number is missing and, where more samples would bring it, how many; else how many never ended.

    >>> missing_words(NotAvailable(reason="insufficient_samples", detail="", needed=368), 64)
    'n/a: insufficient samples, 304 more needed (64 of 368)'
    >>> missing_words(NotAvailable(reason="censored", detail="48 of 320 never ended within the trial"), 320)
    'n/a: censored, 48 of 320 never ended within the trial'
    """
    if na is None:
        return "n/a"
    words = f"n/a: {na.reason.replace('_', ' ')}"
    if na.reason == "censored":
        return f"{words}, {na.detail}"
    if na.needed is None or na.needed <= n:
        return words
    return f"{words}, {na.needed - n:,} more needed ({n:,} of {na.needed:,})"


def ratio_words(score: MetricScore | None) -> str:
    """Return a ratio in percent, what it rests on, and the upper bound of its interval.

    A bound is rounded up: `0.667 % (2 of 300), at most 2.4 %`.
    """
    if score is None or score.value is None:
        return score_words(score)
    counts = "" if score.k is None else f" ({sample_words(score)})"
    return f"{number(score.value * 100)} %{counts}{_bound_words(score)}"


def share_words(score: MetricScore | None) -> str:
    """Return a ratio in percent and the upper bound of its interval: `0.667 %, at most 2.4 %`."""
    if score is None or score.value is None:
        return score_words(score)
    return f"{number(score.value * 100)} %{_bound_words(score)}"


def _bound_words(score: MetricScore) -> str:
    if score.ci is None or score.ci.high is None:
        return ""
    high = Decimal(repr(score.ci.high)) * 100
    words = f", at most {_rounded(high, _decimals(float(high)), ROUND_CEILING)} %"
    return words + few_mark(score.n, score.n_eff, score.ci)


def sample_words(score: MetricScore) -> str:
    """Return what a score rests on: `9,600, worth 6,130 in 8 runs`, where that is not the same number of one run."""
    words = worth_words(score.n, score.n_eff)
    words = words if score.k is None else f"{score.k:,} of {words}"
    return f"{words} in {score.clusters} runs" if score.clusters is not None and score.clusters > 1 else words


def worth_words(n: int, n_eff: float | None) -> str:
    """Return how many samples there are and, where that is fewer, how many independent ones they are worth."""
    return f"{n:,}" if n_eff is None or round(n_eff) >= n else f"{n:,}, worth {round(n_eff):,}"


def few_mark(n: int, n_eff: float | None, interval: Interval | None) -> str:
    """Return the mark of an interval of samples that are too few to show how they depend on each other."""
    return f" {FEW}" if interval is not None and n_eff == n < FEWEST_TO_TELL else ""


def basis_words(score: MetricScore | None) -> str:
    """Return what stands below a number: `of 9,600, worth 6,130`; nothing below one that is no statistic of many."""
    if score is None or score.value is None or score.n < 2:
        return ""
    return sample_words(score) if score.k is not None else f"of {sample_words(score)}"


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


def case_words(case: CaseResult) -> str:
    """Return a case by its id, and that what it says is nobody's where weights are seeded."""
    return f"{case.id} (seeded weights)" if any(SEEDED in note for note in case.notes) else case.id


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
