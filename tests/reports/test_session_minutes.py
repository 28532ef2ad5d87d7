"""Minutes of sessions in reports: who has a row, and what is told of each who was sent away."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from josie_bench.reports import RunData
from josie_bench.reports._cells import Cell
from josie_bench.reports._session_minutes import (
    EVICTED_HEADS,
    HEADS,
    eviction_rows,
    eviction_table,
    minute_rows,
    minute_table,
)
from josie_bench.reports.html import to_html
from josie_bench.reports.markdown import to_markdown
from josie_bench.terms.result import CaseResult, MetricScore
from tests.bench.cases import make_recording


def score(value, n=2, k=None):
    return MetricScore(value=value, unit="", direction="none", definition="", origin="", n=n, k=k)


def case(name, gone):
    minutes = {"held": 1.5, "missed": 0.25, "lost": 0.5 * gone}
    metrics = {f"session_minutes.{key}": score(value, n=450) for key, value in minutes.items()}
    metrics["eviction_ratio.of_sessions"] = score(gone / 2, k=gone)
    return CaseResult(id=name, sha="", status="OK", reason=None, settings={}, reproduce="", metrics=metrics)


def sent_away():
    """Return windows of two sessions in turn, 300 ms apart, of which the second loses its last two."""
    gone = np.isin(np.arange(8), (5, 7))
    trial = make_recording([20.0] * 8)
    return replace(trial, session=np.arange(8) % 2, is_evicted=gone, is_answered=~gone)


def struck(*words):
    return tuple(Cell(text=text, is_struck=True) for text in words)


def test_each_case_of_several_sessions_says_how_long_they_were_held():
    one_session = CaseResult(id="c", sha="", status="OK", reason=None, settings={}, reproduce="")
    late = replace(case("late", 0), status="INVALID_HARNESS")
    assert minute_rows([case("a", 0), late, one_session]) == [
        ("a", "2", "1.50", "0.250"),
        ("late (INVALID_HARNESS)", "2", *struck("1.50", "0.250")),
    ]
    assert minute_table([case("a", 0)]).heads == HEADS
    assert minute_table([one_session]).rows == ()


def test_what_was_lost_stands_there_where_anybody_had_to_go():
    assert minute_rows([case("a", 0), case("b", 1)]) == [
        ("a", "2", "1.50", "0.250", "0", "0 of 2 sessions"),
        ("b", "2", "1.50", "0.250", "0.500", "1 of 2 sessions"),
    ]


def test_what_was_not_measured_validly_is_struck_out_in_both_reports(run_data):
    late = replace(case("late", 1), status="INVALID_HARNESS")
    assert minute_rows([late]) == [
        ("late (INVALID_HARNESS)", "2", *struck("1.50", "0.250", "0.500", "1 of 2 sessions"))
    ]
    data = RunData(result=replace(run_data.result, cases=[late]), recordings={"late": sent_away()})
    assert eviction_rows(data) == [("late (INVALID_HARNESS)", "1", *struck("1.5 s", "1.2 s", "0.6 s"))]
    assert "| ~~1.50~~ | ~~0.250~~ |" in to_markdown(data)
    assert "<s>1.50</s>" in to_html(data)


def test_a_number_that_there_is_not_is_no_zero():
    bare = replace(case("a", 0), status="ERROR")
    bare.metrics.pop("session_minutes.missed")
    bare.metrics["session_minutes.held"] = replace(bare.metrics["session_minutes.held"], value=None)
    assert minute_rows([bare]) == [("a (ERROR)", "2", "—", "—")]


def test_each_who_had_to_go_has_a_row_in_its_round(run_data):
    cases = [case("a", 1), case("b", 0)]
    data = RunData(result=replace(run_data.result, cases=cases), recordings={"a": sent_away()})
    assert eviction_rows(data) == [("a", "1", "1.5 s", "1.2 s", "0.6 s")]
    twice = replace(sent_away(), round=np.arange(8) // 6)
    data = replace(data, recordings={"a": twice})
    assert [row[0] for row in eviction_rows(data)] == ["a (round 1)", "a (round 2)"]
    assert all(len(row) == len(EVICTED_HEADS) for row in eviction_rows(data))
    assert len(eviction_table(data).rows) == 2


def test_reports_tell_both_where_there_is_something_to_tell(run_data):
    told = RunData(result=replace(run_data.result, cases=[case("a", 1)]), recordings={"a": sent_away()})
    held = RunData(result=replace(run_data.result, cases=[case("a", 0)]), recordings={})
    for text in (to_markdown(told), to_html(told)):
        assert "Sessions sent away" in text
        assert "1.2 s" in text
        assert "<s>1.2 s" not in text
    for text in (to_markdown(held), to_html(held)):
        assert "Minutes of sessions" in text
        assert "Sessions sent away" not in text
    for text in (to_markdown(run_data), to_html(run_data)):
        assert "Minutes of sessions" not in text
