"""Tests of reading, writing and holding budgets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.terms.budget import Budget, parse_budget

IDENTIFIERS = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True)
STATISTICS = st.sampled_from(["p50", "p99", "p99.9", "max", "period.p1", "rfc3550", "pdv.p99", "two_or_more"])
LIMITS = st.integers(-99_999, 99_999).map(lambda n: n / 8) | st.integers(0, 999_999)


def test_budget_on_a_value() -> None:
    assert parse_budget("response_latency.p95 < 300 ms") == Budget(
        metric="response_latency",
        statistic="p95",
        bound="value",
        relation="<",
        limit=300.0,
        unit="ms",
        severity="gate",
    )


@pytest.mark.parametrize("bound", ["low", "high"])
def test_budget_on_a_bound_of_the_interval(bound: str) -> None:
    budget = parse_budget(f"deadline_miss_ratio.budget.ci.{bound} <= 0.01", "warn")
    assert (budget.key, budget.bound, budget.limit, budget.unit) == ("deadline_miss_ratio.budget", bound, 0.01, None)
    assert budget.severity == "warn"


def test_dots_belong_to_the_statistic() -> None:
    budget = parse_budget("response_latency.p99.9.ci.high<1 s")
    assert (budget.metric, budget.statistic, budget.bound) == ("response_latency", "p99.9", "high")


def test_percent_is_a_ratio() -> None:
    assert (parse_budget("a.b < 2 %").limit, parse_budget("a.b < 2 %").unit) == (0.02, None)


@given(
    metric=IDENTIFIERS,
    statistic=STATISTICS,
    bound=st.sampled_from(["", ".ci.low", ".ci.high"]),
    relation=st.sampled_from(["<", "<=", ">", ">="]),
    limit=LIMITS,
    unit=st.sampled_from(["", " ms", " MiB", " 1/min"]),
)
def test_expression_is_read_back_as_the_same_budget(
    metric: str, statistic: str, bound: str, relation: str, limit: float, unit: str
) -> None:
    text = f"{metric}.{statistic}{bound} {relation} {limit:g}{unit}"
    budget = parse_budget(text)
    assert budget.expression == text
    assert parse_budget(budget.expression) == budget


@pytest.mark.parametrize(
    ("relation", "below", "equal", "above"),
    [
        ("<", True, False, False),
        ("<=", True, True, False),
        (">", False, False, True),
        (">=", False, True, True),
    ],
)
def test_bound_holds_on_its_own_side(relation: str, below: bool, equal: bool, above: bool) -> None:
    budget = parse_budget(f"a.b {relation} 10")
    assert [budget.holds(value) for value in (9.9, 10.0, 10.1)] == [below, equal, above]


@pytest.mark.parametrize(
    "text",
    ["", "p95 < 3", "a.b", "a.b = 3", "a.b <", "a.b < ms", "A.b < 3", "a.b < 3 ms extra", "a..b < 3", "a.b < inf"],
)
def test_what_is_no_budget_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="cannot read"):
        parse_budget(text)


def test_refusal_shows_what_a_budget_looks_like() -> None:
    with pytest.raises(ValueError, match=r"response_latency\.p95\.ci\.high < 300 ms"):
        parse_budget("faster please")


def test_unknown_severity_lists_the_known() -> None:
    with pytest.raises(ValueError, match="unknown severity 'fatal': known are gate, warn, info"):
        parse_budget("a.b < 3", "fatal")
