"""Faults in reports: words by hand."""

from __future__ import annotations

from dataclasses import replace

from josie_bench.reports._cells import Cell
from josie_bench.reports._faults import HEADS, SUM_HEADS, fault_line, fault_rows, fault_table, sum_rows, sum_table
from josie_bench.reports._standing import mark, standing
from josie_bench.reports.html import to_html
from josie_bench.reports.markdown import to_markdown
from josie_bench.terms.fault import FaultOutcome
from josie_bench.terms.result import CaseResult, Verdict
from tests.reports.sample_run import sample_run

SURVIVED = FaultOutcome(
    fault="corrupted audio (nan)", at=65, round=0, expected="recovers, loses no window", is_as_expected=True, detail="",
    has_survived=True, recovery_ms=0.0, hits=9, refused={"not finite": 9}, concealed=9, unchanged=False,
)  # fmt: skip
BROKEN = FaultOutcome(
    fault="depth_transformer raises", at=80, round=0, expected="recovers within 1 s", is_as_expected=False,
    detail="it never recovered", has_survived=False, lost=1, late=4, hits=1, restarts=1, skipped=2, invalid=3,
)  # fmt: skip
NEVER_CAME = FaultOutcome(
    fault="disconnect", at=90, round=0, expected="recovers", is_as_expected=None, detail="the case ended before"
)


def case(*faults, **changes):
    usual = {"id": "c", "sha": "", "status": "OK", "reason": None, "settings": {}, "reproduce": ""}
    return CaseResult(**(usual | changes), faults=list(faults))


def struck(*words):
    return tuple(Cell(text=text, is_struck=True) for text in words)


ALL = case(SURVIVED, BROKEN, NEVER_CAME)


def test_injected_stand_against_survived():
    (row,) = sum_rows([ALL, case()])
    assert len(row) == len(SUM_HEADS)
    assert row == ("c", "3", "2", "1", "1")
    assert fault_line([ALL, case()]) == "3 faults injected, 1 survived, 1 as expected"


def test_each_fault_has_a_row_with_what_became_of_it():
    survived, broken, never = fault_rows([ALL])
    assert len(survived) == len(HEADS)
    head = ("c", "corrupted audio (nan)", "65", "recovers, loses no window")
    assert survived == (
        *(*head, "yes", "yes", "0 ms", "0", "0", "9"),
        *("refused 9: not finite; 9 frames played as silence", "valid, others"),
    )
    assert broken[4:] == (
        *("no: it never recovered", "no", "never", "1", "4", "1"),
        *("2 frames left out; began anew 1 time", "3 invalid"),
    )
    assert never[4:] == ("n/a: the case ended before", "n/a", "—", "—", "—", "—", "—", "—")


def test_what_became_of_faults_does_not_count_where_the_case_did_not_end_well():
    late = case(SURVIVED, NEVER_CAME, status="INVALID_HARNESS")
    assert sum_rows([late]) == [("c (INVALID_HARNESS)", "2", "1", *struck("1", "1"))]
    first, second = fault_rows([late])
    assert (first[0], *first[4:10]) == ("c (INVALID_HARNESS)", *struck("yes", "yes", "0 ms", "0", "0", "9"))
    assert second[4:6] == ("n/a: the case ended before", "n/a")
    line = "5 faults injected, 1 survived, 1 as expected; 2 of them do not count (INVALID_HARNESS)"
    assert fault_line([ALL, late]) == line
    hung = case(replace(BROKEN, is_as_expected=True, detail="", ended="TIMEOUT"), status="TIMEOUT")
    assert sum_rows([hung]) == [("c (TIMEOUT)", "1", "1", "0", "1")]
    assert fault_line([hung]) == "1 fault injected, 0 survived, 1 as expected"


def test_rounds_and_a_hang_that_ended_its_case_are_told():
    hung = replace(BROKEN, ended="TIMEOUT", restarts=0, skipped=0, unchanged=True, invalid=0, round=1)
    first, second = fault_rows([case(SURVIVED, hung)])
    assert (first[2], second[2]) == ("65 (round 1)", "80 (round 2)")
    assert second[10:] == ("ended as TIMEOUT", "valid, unchanged")


def test_a_case_that_ended_as_it_was_to_passes_its_gates_and_is_no_error():
    gate = Verdict(expr="hangs: ends the case as TIMEOUT", result="pass", severity="gate", detail="")
    hung = case(replace(BROKEN, ended="TIMEOUT"), status="TIMEOUT", budgets=[gate])
    assert (standing(hung), mark(gate, hung)) == ("passes its gates", "✔ pass")
    other = replace(hung, status="OOM")
    assert (standing(other), mark(gate, other)) == ("not finished", "does not count (OOM)")


def test_nothing_is_said_where_nothing_was_injected():
    assert fault_line([case()]) is None
    assert (sum_table([case()]).rows, fault_table([case()]).rows) == ((), ())


def test_page_and_markdown_have_both_tables_and_escape_what_a_suite_says():
    run = sample_run()
    odd = replace(SURVIVED, fault="<b>lost</b> | audio")
    faulty = replace(run, result=replace(run.result, cases=[replace(run.result.cases[0], faults=[odd])]))
    page, text = to_html(faulty), to_markdown(faulty)
    for report in (page, text):
        assert "Faults injected against faults survived" in report
        assert "<b>lost" not in report
    assert "&lt;b>lost&lt;/b> \\| audio" in text
    assert "Faults injected" not in to_html(run)
    assert "Faults injected" not in to_markdown(run)
