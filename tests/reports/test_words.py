"""Numbers in words: three figures, intervals rounded outward, and a reason where there is no number."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.reports._words import (
    basis_words,
    counted,
    few_words,
    listed,
    missed_words,
    missing_words,
    number,
    ratio_words,
    sample_words,
    score_words,
    share_words,
    with_interval,
)
from josie_bench.terms.result import CaseResult, MetricScore
from josie_bench.terms.score import Interval, NotAvailable


def interval(low: float | None, high: float | None) -> Interval:
    return Interval(level=0.95, low=low, high=high, method="exact")


def score(value: float | None, **changes: object) -> MetricScore:
    fields: dict[str, Any] = {"unit": "ms", "direction": "lower", "definition": "x/1", "origin": "", "n": 300} | changes
    return MetricScore(value=value, **fields)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (84.123, "84.1"),
        (9.996, "10.00"),
        (0.0, "0"),
        (-84.123, "-84.1"),
        (241.7, "242"),
        (9600.4, "9,600"),
        (1234567.0, "1,234,567"),
        (0.00034567, "0.000346"),
        (1.5e-20, "1.50e-20"),
        (4e22, "4.00e+22"),
    ],
)
def test_a_number_has_about_three_figures(value: float, words: str) -> None:
    assert number(value) == words


def test_a_value_stands_before_its_interval_and_its_unit() -> None:
    assert with_interval(84.1, interval(82.0, 86.9), "ms") == "84.1 [82.0, 86.9] ms"


def test_an_interval_is_rounded_outward() -> None:
    assert with_interval(84.1, interval(82.09, 86.91), "ms") == "84.1 [82.0, 87.0] ms"


def test_a_side_without_a_bound_says_so() -> None:
    assert with_interval(84.1, interval(82.0, None), "ms") == "84.1 [82.0, no bound] ms"
    assert with_interval(0.0, interval(0.0, 0.16843), "ratio") == "0 [0, 0.169]"
    assert with_interval(0.0, interval(None, None), "ms") == "0 [no bound, no bound] ms"
    assert with_interval(84.1, interval(None, 86.9), "ms") == "84.1 [no bound, 86.9] ms"


def test_a_ratio_has_no_unit_and_a_count_no_places() -> None:
    assert with_interval(0.5, None, "ratio") == "0.500"
    assert with_interval(2.0, None, "windows") == "2 windows"


@given(st.floats(1e-6, 1e9), st.floats(0, 1), st.floats(0, 1))
def test_an_interval_in_words_never_is_narrower_than_the_interval(value: float, below: float, above: float) -> None:
    low, high = value - below * value, value + above * value
    words = with_interval(value, interval(low, high)).replace(",", "")
    shown_low, shown_high = (float(part) for part in words[words.index("[") + 1 : -1].split())
    assert shown_low <= low
    assert shown_high >= high


def test_a_missing_number_says_how_many_more_samples_bring_it() -> None:
    na = NotAvailable(reason="insufficient_samples", detail="too few", needed=36_887)
    assert missing_words(na, 9600) == "n/a: insufficient samples, 27,287 more needed (9,600 of 36,887)"


def test_a_number_that_no_sample_brings_says_only_why() -> None:
    assert missing_words(NotAvailable(reason="closed_loop", detail=""), 400) == "n/a: closed loop"
    assert missing_words(None, 0) == "n/a"


def test_a_score_is_its_number_or_its_reason() -> None:
    assert score_words(score(84.1, ci=interval(82.0, 86.9))) == "84.1 [82.0, 86.9] ms"
    assert score_words(score(None, na=NotAvailable(reason="silent", detail=""))) == "n/a: silent"
    assert score_words(None) == "—"


def test_a_ratio_is_told_in_percent_with_its_counts_and_upper_bound() -> None:
    assert ratio_words(score(2 / 300, k=2, ci=interval(0.0008, 0.02389))) == "0.667 % (2 of 300), at most 2.39 %"
    worth = score(2 / 300, k=2, n_eff=100.0, ci=interval(0.0008, 0.02389))
    assert ratio_words(worth) == "0.667 % (2 of 300, worth 100), at most 2.39 %"


def test_no_miss_is_not_told_without_what_it_proves() -> None:
    # 1 - 0.025^(1/300) = 0.012221, so 1.23 % rounded up
    assert ratio_words(score(0.0, k=0, ci=interval(0.0, 0.012221))) == "0 % (0 of 300), at most 1.23 %"


def test_a_share_keeps_its_bound_without_its_counts() -> None:
    assert share_words(score(0.0, n=10, k=0, ci=interval(0.0, 0.30850))) == "0 %, at most 30.9 %"
    assert share_words(score(0.25, k=75)) == "25.0 %"
    assert share_words(score(None, na=NotAvailable(reason="closed_loop", detail=""))) == "n/a: closed loop"


def test_a_ratio_without_an_interval_or_a_value_is_told_plainly() -> None:
    assert ratio_words(score(0.25)) == "25.0 %"
    assert ratio_words(score(0.25, k=75, ci=interval(0.1, None))) == "25.0 % (75 of 300)"
    assert ratio_words(score(None, na=NotAvailable(reason="closed_loop", detail=""))) == "n/a: closed loop"


def test_an_interval_of_too_few_windows_to_show_dependence_is_marked() -> None:
    few = score(84.1, n=29, n_eff=29.0, ci=interval(82.0, 86.9))
    assert score_words(few) == "84.1 [82.0, 86.9] ms †"
    assert score_words(replace(few, n=30)) == "84.1 [82.0, 86.9] ms"
    assert score_words(replace(few, n_eff=None)) == "84.1 [82.0, 86.9] ms"  # rounds, which are independent
    assert score_words(replace(few, n_eff=1.5)) == "84.1 [82.0, 86.9] ms"  # known to have much in common
    assert score_words(replace(few, ci=None)) == "84.1 ms"
    assert share_words(score(0.0, n=10, n_eff=10.0, k=0, ci=interval(0.0, 0.3085))) == "0 %, at most 30.9 % †"


def test_what_a_mark_means_is_told_where_one_stands() -> None:
    few = CaseResult(id="a", sha="", status="OK", reason=None, settings={}, reproduce="", metrics={
        "compute_time.p50": score(84.1, n=29, n_eff=29.0, ci=interval(82.0, 86.9)),
    })  # fmt: skip
    assert few_words([few]).startswith("† fewer than 30 samples")
    assert few_words([few], ("compute_rtf.mean",)) == ""
    assert few_words([replace(few, metrics={"compute_time.p50": score(84.1)})]) == ""


def test_what_a_number_rests_on_stands_below_it() -> None:
    assert basis_words(score(84.1, n=9600, n_eff=6130.4)) == "of 9,600, worth 6,130"
    assert basis_words(score(0.01, k=3)) == "3 of 300"
    assert [basis_words(score(84.1, n=1)), basis_words(score(None)), basis_words(None)] == ["", "", ""]


def test_long_lists_are_cut_and_counted() -> None:
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b, c"
    assert listed(["a", "b", "c", "d"]) == "a, b, c and 1 more"


def test_one_case_two_cases() -> None:
    assert (counted(1, "case"), counted(0, "case"), counted(9600, "window")) == ("1 case", "0 cases", "9,600 windows")


def test_missed_windows_are_told_of_cases_that_are_ok_only() -> None:
    def case(status: str, **metrics: MetricScore) -> CaseResult:
        named = {name.replace("__", "."): value for name, value in metrics.items()}
        return CaseResult(id="a", sha="", status=status, reason=None, settings={}, reproduce="", metrics=named)

    miss = score(0.01, k=3, ci=interval(0.002, 0.0289))
    words = "3 of 300 windows missed the deadline: 1.00 %, at most 2.89 %"
    assert missed_words(case("OK", deadline_miss_ratio__budget=miss)) == words
    assert missed_words(case("UNSTEADY", deadline_miss_ratio__budget=miss)) is None
    assert missed_words(case("OK")) is None


def test_a_sample_says_what_it_is_worth_and_how_many_processes_it_comes_from() -> None:
    assert sample_words(score(1.0, n=9600)) == "9,600"
    assert sample_words(score(1.0, n=9600, n_eff=9600.0, clusters=1)) == "9,600"
    assert sample_words(score(1.0, n=9600, n_eff=6130.4, clusters=24)) == "9,600, worth 6,130 in 24 runs"
    assert sample_words(score(0.01, n=300, k=3, n_eff=100.0, clusters=1)) == "3 of 300, worth 100"
