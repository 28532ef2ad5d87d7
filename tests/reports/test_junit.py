"""junit.xml: shaped as build servers read it, and green only for what passed."""

from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.reports import RunData
from josie_bench.reports.junit import write


def parsed(data: RunData, folder: Path) -> ET.Element:
    [path] = write(data, folder)
    return ET.parse(path).getroot()


@pytest.fixture
def suite(run_data: RunData, tmp_path: Path) -> ET.Element:
    root = parsed(run_data, tmp_path)
    assert root.tag == "testsuites"
    [suite] = root
    return suite


def budgets_of(suite: ET.Element, case: str) -> list[ET.Element]:
    return [test for test in suite.iter("testcase") if test.get("classname") == case]


def test_the_suite_counts_its_tests(suite: ET.Element) -> None:
    # two budgets of two cases each, one of two more, and the case without budgets
    assert suite.attrib == {
        "name": "realtime",
        "tests": "7",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
        "timestamp": "2026-11-23T07:15:00",
    }
    assert len(list(suite)) == 7


def test_a_broken_gate_is_a_failure(suite: ET.Element, sample: ModuleType) -> None:
    gate, info = budgets_of(suite, sample.BROKEN)
    [failure] = gate
    assert (failure.tag, failure.get("message")) == ("failure", "fail (gate): it was fail")
    assert gate.get("name") == sample.MISS_GATE
    assert [part.tag for part in info] == ["system-out"]


def test_a_broken_warning_is_said_and_not_failed(suite: ET.Element, sample: ModuleType) -> None:
    gate, warning = budgets_of(suite, sample.OK)
    assert [part.tag for part in gate] == ["system-out"]
    [output] = warning
    assert (output.tag, output.text) == ("system-out", "fail (warn): it was fail")


def test_a_skipped_case_is_skipped_with_its_reason(suite: ET.Element, sample: ModuleType) -> None:
    [[skipped]] = budgets_of(suite, sample.SKIPPED)
    assert (skipped.tag, skipped.get("message")) == ("skipped", "TensorRT is not installed: pip install tensorrt")


def test_a_passed_gate_of_an_invalid_case_is_an_error(suite: ET.Element, sample: ModuleType) -> None:
    [[error]] = budgets_of(suite, sample.INVALID)
    assert (error.tag, error.get("type")) == ("error", "INVALID_HARNESS")


def test_a_case_without_budgets_is_still_there(suite: ET.Element, sample: ModuleType) -> None:
    [test] = budgets_of(suite, sample.CLOSED)
    assert test.get("name") == "is measured"
    assert not list(test)


def test_an_undecided_gate_is_an_error_not_a_pass(sample: ModuleType, tmp_path: Path) -> None:
    case = sample.case_result("a", budgets=[sample.verdict("n/a")])
    root = parsed(RunData(result=sample.result([case])), tmp_path)
    assert [(error.get("type"), error.get("message")) for error in root.iter("error")] == [
        ("n/a", "n/a (gate): it was n/a")
    ]


@pytest.mark.parametrize("status", ["ERROR", "TIMEOUT", "OOM", "INTERRUPTED", "UNSTEADY", "INVALID_CLOCK"])
def test_a_case_that_did_not_end_well_is_an_error_even_without_budgets(
    status: str, sample: ModuleType, tmp_path: Path
) -> None:
    root = parsed(RunData(result=sample.result([sample.case_result("a", status=status)])), tmp_path)
    assert [error.get("message") for error in root.iter("error")] == [f"{status}: {status}"]
    assert root.get("errors") == "1"


@given(st.text())
def test_any_reason_gives_a_file_that_can_be_parsed(
    sample: ModuleType, tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    folder = tmp_path_factory.mktemp("junit")
    case = sample.case_result("a\x1b[1m", status="ERROR", reason=f"\x00{text}\ufffe")
    root = parsed(RunData(result=sample.result([case])), folder)
    assert root.find("testsuite/testcase/error") is not None
