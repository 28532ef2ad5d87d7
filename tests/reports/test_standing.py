"""What became of a case: only one that is OK can pass, and whoever could not be measured is counted."""

from types import ModuleType

import pytest

from josie_bench.reports import RunData
from josie_bench.reports._standing import STANDINGS, answer, is_invalid, mark, standing
from josie_bench.terms.result import CASE_STATUSES


@pytest.mark.parametrize(
    ("status", "results", "expected"),
    [
        ("OK", ["pass", "pass"], "passes its gates"),
        ("OK", ["pass", "fail"], "breaks a gate"),
        ("OK", ["n/a", "fail"], "breaks a gate"),
        ("OK", ["pass", "n/a"], "gate undecided"),
        ("OK", [], "no gate"),
        ("SKIPPED", ["pass"], "skipped"),
        ("INVALID_HARNESS", ["pass"], "invalid"),
        ("INVALID_CLOCK", ["fail"], "invalid"),
        ("UNSTEADY", ["pass"], "invalid"),
        ("TIMEOUT", ["pass"], "not finished"),
        ("OOM", [], "not finished"),
    ],
)
def test_a_case_stands_where_its_status_and_its_gates_put_it(
    status: str, results: list[str], expected: str, sample: ModuleType
) -> None:
    case = sample.case_result("a", status=status, budgets=[sample.verdict(result) for result in results])
    assert standing(case) == expected


def test_a_budget_that_is_no_gate_decides_nothing(sample: ModuleType) -> None:
    case = sample.case_result(
        "a", budgets=[sample.verdict("pass"), sample.verdict("fail", "warn"), sample.verdict("fail", "info")]
    )
    assert standing(case) == "passes its gates"


@pytest.mark.parametrize("status", CASE_STATUSES)
def test_no_status_but_ok_passes(status: str, sample: ModuleType) -> None:
    case = sample.case_result("a", status=status, budgets=[sample.verdict("pass")])
    assert standing(case) in STANDINGS
    assert (standing(case) == "passes its gates") == (status == "OK")
    assert is_invalid(case) == (status.startswith("INVALID") or status == "UNSTEADY")


def test_a_verdict_on_a_case_that_is_not_ok_does_not_count(sample: ModuleType) -> None:
    good, bad = sample.case_result("a"), sample.case_result("b", status="UNSTEADY")
    assert mark(sample.verdict("pass"), good) == "✔ pass"
    assert mark(sample.verdict("fail"), good) == "✘ fail"
    assert mark(sample.verdict("pass"), bad) == "does not count (UNSTEADY)"
    assert mark(sample.verdict("n/a"), bad) == "? n/a"


def test_the_answer_counts_every_case_once(run_data: RunData) -> None:
    assert answer(run_data.result.cases) == (
        "1 of 5 cases passes all its gates (realtime/onnxruntime-fp32/w300); "
        "1 breaks a gate (realtime/eager-fp32/w300); "
        "1 was measured without a gate (compute/onnxruntime-fp32/w300); "
        "1 is invalid (realtime/null-fp32/w300); "
        "1 was skipped (realtime/tensorrt-fp16/w300)."
    )


def test_the_answer_says_that_none_passes(sample: ModuleType) -> None:
    gate = [sample.verdict("n/a")]
    cases = [sample.case_result(name, status="SKIPPED", budgets=gate if name == "e" else []) for name in "abcde"]
    assert answer(cases) == "None of 5 cases passes all its gates; 5 were skipped (a, b, c and 2 more)."


def test_the_answer_of_a_single_case_is_english(sample: ModuleType) -> None:
    one = [sample.case_result("a", budgets=[sample.verdict("pass")])]
    assert answer(one) == "1 of 1 case passes all its gates (a)."
    assert answer(one * 2) == "2 of 2 cases pass all their gates (a, a)."
    broken = [sample.case_result("a", budgets=[sample.verdict("fail")])]
    assert answer(broken) == "None of 1 case passes all its gates; 1 breaks a gate (a)."


def test_where_nothing_has_a_gate_none_is_said_to_pass_none(sample: ModuleType) -> None:
    assert answer([sample.case_result("b")]) == "None of 1 case has a gate; 1 was measured without a gate (b)."


def test_a_run_without_cases_has_an_answer_too() -> None:
    assert answer([]) == "The run has no cases."
