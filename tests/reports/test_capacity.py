"""Searches for the most sessions in reports: words by hand, and charts over what was tried."""

from __future__ import annotations

from dataclasses import replace

from josie_bench.reports._capacity import (
    ANSWER_HEADS,
    LEVEL_HEADS,
    answer_rows,
    answer_table,
    capacity_charts,
    found,
    level_rows,
)
from josie_bench.reports._cells import Cell
from josie_bench.terms.capacity import Capacity, CapacityLevel, CapacityLimit
from josie_bench.terms.result import CaseResult
from josie_bench.terms.score import NotAvailable


def level(sessions, verdicts, missed):
    return CapacityLevel(
        sessions=sessions, case=f"c/sessions={sessions}", verdicts=verdicts, windows=200 * sessions, missed=missed,
        miss_ratio=missed / (200 * sessions), miss_bound=(missed + 3) / (200 * sessions), p50_ms=70.0, p95_ms=181.5,
        p99_ms=None, utilisation=0.25 * sessions,
    )  # fmt: skip


ANSWER = Capacity(
    target=0.05,
    level=0.95,
    sessions=2,
    stop_reason="2 sessions hold and 3 do not",
    levels=[level(2, ["held", "held"], 1), level(4, ["missed"], 400)],
    limits=[
        CapacityLimit(name="time", formula="", sessions=4),
        CapacityLimit(name="roofline", formula="", na=NotAvailable(reason="no_device", detail="it ran on a CPU")),
    ],
    binds="time",
)


def case(capacity=ANSWER, **changes):
    usual = {"id": "c", "sha": "", "status": "OK", "reason": None, "settings": {}, "reproduce": ""}
    return CaseResult(**(usual | changes), capacity=capacity)


def test_the_answer_stands_with_its_limits_and_why_it_ended():
    (row,) = answer_rows([case(), case(capacity=None)])
    assert len(row) == len(ANSWER_HEADS)
    limits = "time 4; roofline n/a: it ran on a CPU"
    assert row == ("c", "2 sessions", "5 %", "time", limits, "2 sessions hold and 3 do not")


def test_an_answer_that_is_none_says_so():
    cut_off = replace(ANSWER, sessions=None, binds=None)
    assert found(case(cut_off)) == "not settled"
    assert found(case(replace(ANSWER, sessions=64, binds="search"))) == "at least 64 sessions"
    assert found(case(replace(ANSWER, sessions=1))) == "1 session"
    (row,) = answer_rows([case(cut_off, status="INTERRUPTED")])
    assert row[0] == "c (INTERRUPTED)"


def test_each_number_that_was_tried_has_a_row():
    first, second = level_rows([case()])
    assert len(first) == len(LEVEL_HEADS)
    assert first == ("c", "2", "held, held", "400", "1 (0.25 %)", "1 %", "70.0 ms", "182 ms", "—", "50 %")
    assert second[2:5] == ("missed", "800", "400 (50 %)")


def test_a_number_that_was_not_measured_validly_has_its_status_and_is_struck_out():
    """Where the pace changed, how many were late is still so: an answer may rest on it."""
    levels = [
        case(None, id=f"c/sessions={count}", status=status)
        for count, status in ((2, "INVALID_HARNESS"), (4, "UNSTEADY"))
    ]
    invalid, unsteady = level_rows([case(), *levels])
    assert (invalid[1], unsteady[1]) == ("2 (INVALID_HARNESS)", "4 (UNSTEADY)")
    assert [isinstance(cell, Cell) and cell.is_struck for cell in invalid[4:]] == [True] * 4 + [False, True]
    assert [isinstance(cell, Cell) and cell.is_struck for cell in unsteady[4:]] == [False] * 2 + [True] * 2 + [
        False,
        True,
    ]
    assert invalid[8] == "—"  # there is no p99


def test_nothing_is_drawn_where_nothing_was_searched():
    assert capacity_charts([case(capacity=None)]) == []
    assert answer_table([case(capacity=None)]).rows == ()


def test_the_curves_hold_every_level_and_the_target():
    misses, response = capacity_charts([case()])
    assert "c: 2 sessions" in misses.description
    assert misses.spec["data"]["values"] == "case,sessions,ratio,bound\nc,2,0.0025,0.01\nc,4,0.5,0.50375\n"
    assert misses.spec["layer"][0]["data"]["values"] == "target\n0.05\n"
    rows = response.spec["data"]["values"].splitlines()
    assert rows == ["case,sessions,quantile,ms", "c,2,p50,70", "c,2,p95,181.5", "c,4,p50,70", "c,4,p95,181.5"]
