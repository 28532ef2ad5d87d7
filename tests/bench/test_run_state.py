"""A run's status says whether its gates hold, were lost or could not be judged."""

from __future__ import annotations

from dataclasses import replace

import pytest

from josie_bench.bench.run_state import new_run, run_status
from josie_bench.terms.result import CaseResult, MetricScore, Verdict
from josie_bench.terms.validity import INVALID


def outcome(status="OK", result="pass", severity="gate"):
    verdict = Verdict(expr="a.p50 < 1 ms", result=result, severity=severity, detail="d")
    return CaseResult(id="c", sha="", status=status, reason=None, settings={}, reproduce="", budgets=[verdict])


@pytest.mark.parametrize(
    ("cases", "expected"),
    [
        ([outcome()], "OK"),
        ([outcome(result="fail")], "GATE_BROKEN"),
        ([outcome(result="fail", severity="warn")], "OK"),
        ([outcome(result="n/a")], "NOT_MEASURED"),
        ([outcome(result="n/a", severity="info")], "OK"),
        ([outcome(), outcome(status="SKIPPED", result="n/a")], "NOT_MEASURED"),
        ([outcome(), outcome(status="SKIPPED", result="n/a", severity="warn")], "OK"),
        ([outcome(status="INVALID_HARNESS", severity="info")], "NOT_MEASURED"),
        ([], "NOT_MEASURED"),
    ],
)
def test_run_status_follows_the_exit_codes(cases, expected):
    assert run_status(cases, is_stopped=False)[0] == expected


@pytest.mark.parametrize("status", INVALID)
def test_a_gated_case_that_is_invalid_was_not_measured_whatever_its_gate_says(status):
    valid = outcome()
    assert run_status([valid, outcome(status=status)], is_stopped=False) == (
        "NOT_MEASURED",
        "gated but not measured validly: c",
    )
    assert run_status([valid, outcome(status=status, severity="warn")], is_stopped=False)[0] == "OK"


def test_a_run_says_how_many_of_its_cases_it_has_numbers_of():
    score = MetricScore(value=1.0, unit="ms", direction="lower", definition="a/1", origin="", n=1)
    valid, skipped = outcome(severity="warn"), outcome(status="SKIPPED", severity="warn")
    unsteady = replace(outcome(status="UNSTEADY", severity="warn"), metrics={"a.p50": score})
    assert run_status([valid, valid], is_stopped=False)[1] == "all cases ran; no gate is broken"
    assert run_status([valid, unsteady, valid, skipped], is_stopped=False)[1].startswith("2 of 4 cases ran validly; ")
    assert run_status([skipped, unsteady], is_stopped=False)[1] == "no case was measured validly"
    assert run_status([skipped], is_stopped=False)[1] == "no case could be measured"


def test_a_stopped_run_is_interrupted_whatever_its_gates_say():
    assert run_status([outcome(result="fail")], is_stopped=True)[0] == "INTERRUPTED"


def test_a_run_on_a_held_gpu_says_so():
    plain, held = new_run("s", "0"), new_run("s", "0", {"power_limit_w": 300.0})
    assert held.result().run.stop_reason == f"{plain.result().run.stop_reason}; the GPU's power limit was held at 300 W"
    assert held.result().host["gpu_held"] == {"power_limit_w": 300.0}
    assert "gpu_held" not in plain.result().host
