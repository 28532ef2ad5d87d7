"""Sessions together in reports: who has a row, and the size of batches over time by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from josie_bench.reports import RunData
from josie_bench.reports._batching import HEADS, batching_charts, batching_rows, batching_table, over_time
from josie_bench.reports._cells import Cell
from josie_bench.terms.result import CaseResult, MetricScore
from tests.bench.cases import make_recording


def score(value, n=10, k=None):
    return MetricScore(value=value, unit="", direction="none", definition="", origin="", n=n, k=k)


def case(name, size, refused=0):
    metrics = {"batch_size.mean": score(size), "refusal_ratio.of_sessions": score(refused / 10, k=refused)}
    return CaseResult(id=name, sha="", status="OK", reason=None, settings={}, reproduce="", metrics=metrics)


def in_pairs(count=8):
    """Return windows of which two and two are worked on together, and the last two apart."""
    trial = make_recording([50.0] * count)
    started = np.repeat(np.arange(count // 2) * 1_000_000_000, 2)
    started[-1] += 1
    return replace(trial, started_ns=started, finished_ns=started + 5)


def test_who_was_stepped_together_or_refused_has_a_row_and_others_have_none():
    one_session = CaseResult(id="d", sha="", status="OK", reason=None, settings={}, reproduce="")
    rows = batching_rows([case("a", 1.0), case("b", 2.5), case("c", 1.0, refused=3), one_session])
    assert rows == [("b", "2.50", "0 of 10 sessions"), ("c", "1.00", "3 of 10 sessions")]
    assert all(len(row) == len(HEADS) for row in rows)
    assert batching_table([case("a", 1.0), one_session]).rows == ()


def test_what_was_not_measured_validly_is_struck_out():
    ((name, *words),) = batching_rows([replace(case("b", 2.5), status="INVALID_CLOCK")])
    assert name == "b (INVALID_CLOCK)"
    assert words == [Cell(text="2.50", is_struck=True), Cell(text="0 of 10 sessions", is_struck=True)]


def test_the_size_of_batches_is_drawn_over_time_step_by_step():
    """Steps of 2, 2, 2, 1 and 1 windows, a second apart but for the last."""
    assert list(over_time(in_pairs())) == [(0.0, 2.0), (1.0, 2.0), (2.0, 2.0), (3.0, 1.0), (3.000000001, 1.0)]
    (first, second) = over_time(in_pairs(), most=2)
    assert first == (1.0, 2.0)
    assert second == (pytest.approx(3.0), 1.0)


def test_a_line_is_drawn_for_each_case_with_batches_alone(run_data):
    cases = [case("a", 1.0), case("b", 1.6)]
    data = RunData(result=replace(run_data.result, cases=cases), recordings={"a": in_pairs(), "b": in_pairs()})
    (chart,) = batching_charts(data)
    assert chart.spec["data"]["values"].splitlines()[:3] == ["case,seconds,size", "b,0,2", "b,1,2"]
    assert "b: 1.60 windows a step" in chart.description
    assert batching_charts(RunData(result=replace(run_data.result, cases=cases[:1]), recordings=data.recordings)) == []


def test_a_trial_without_an_answer_has_no_point():
    assert list(over_time(make_recording([], unanswered=3))) == []
