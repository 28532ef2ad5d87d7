"""What is left when modalities are missing, as a map and a table, of cases made by hand."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from types import ModuleType

import pytest
import vl_convert

from josie_bench.reports import RunData
from josie_bench.reports._cells import Cell
from josie_bench.reports._retention import (
    TITLE,
    retention_charts,
    retention_heads,
    retention_rows,
    retention_table,
)
from josie_bench.reports.html import to_html
from josie_bench.reports.markdown import to_markdown
from josie_bench.terms.result import CaseResult, MetricScore
from josie_bench.terms.score import Interval, NotAvailable

ALL = ["audio", "vision", "text"]
NEVER = {"present": 0, "absent": None, "lost": 0.0, "burst": 1.0, "late": "0.0 ms"}
BURSTY = NEVER | {"present": None, "lost": 0.2, "burst": 3.0}
LATE = NEVER | {"present": None, "late": "600.0 ms"}


def score(value: float | None, unit: str = "ratio") -> MetricScore:
    ci = None if value is None else Interval(level=0.95, low=value - 0.1, high=value + 0.1, method="by hand")
    na = NotAvailable(reason="not_defined", detail="nobody can") if value is None else None
    return MetricScore(
        value=value, unit=unit, direction="higher", definition="x/1", origin="a to b", n=20, ci=ci, na=na
    )


@pytest.fixture
def cases(sample: ModuleType) -> list[CaseResult]:
    """Return four losses, of which one allows no number, and steps with two of the same and with everything."""

    def judged(name: str, of: list[str], how: dict[str, object], left: float | None) -> CaseResult:
        settings = {"tasks": ["transcribe"], "modalities": ALL, "dropout": {"of": of} | how, "name": name}
        metrics = {f"retention.{key}": score(left) for key in ("macro", "worst", "points", "transcribe")}
        return sample.case_result(name, settings=settings, metrics=metrics)

    def timed(name: str, compute_ms: float, modalities: list[str], **more: object) -> CaseResult:
        none = replace(score(None), na=NotAvailable(reason="closed_loop", detail="no queueing"))
        metrics = {"compute_time.p50": score(compute_ms, "ms"), "host_memory.peak": score(300.0, "MiB")}
        metrics["response_latency.p95"] = none
        return sample.case_result(name, settings={"modalities": modalities, **more}, metrics=metrics)

    return [
        judged("a", ["text"], NEVER, 0.61),
        judged("b", ["text", "vision"], NEVER, 1.25),
        judged("c", ["audio"], BURSTY, 0.95),
        judged("d", ["audio"], LATE, None),
        timed("step", 40.0, ALL),
        timed("mute", 30.0, ["audio"]),
        timed("gaps", 35.0, ALL, dropout={"of": ["audio"]} | BURSTY),
    ]


def test_the_columns_are_the_readings_the_tasks_and_what_was_timed(cases: list[CaseResult]) -> None:
    readings = ("case", "missing", "how", "mean over tasks", "worst task", "points", "transcribe")
    assert retention_heads(cases) == (*readings, "compute p50", "peak memory")
    assert retention_heads(cases[:4]) == readings


def test_each_loss_stands_beside_the_steps_that_lost_the_same(cases: list[CaseResult]) -> None:
    rows = {row[0]: row for row in retention_rows(cases)}
    assert list(rows) == ["a", "b", "c", "d", "step"]
    assert rows["a"][1:4] == ("text", "absent", "0.610 [0.510, 0.710]")
    assert rows["a"][7:] == ("—", "—")
    assert rows["b"][1:3] == ("vision, text", "absent")
    assert rows["b"][7].startswith("30.0 ")  # of the case that has neither
    assert (rows["c"][2], rows["c"][7].split()[0]) == ("bursty: 20 % lost, 3 in a row", "35.0")
    assert rows["d"][3] == "n/a: not defined"
    assert (rows["step"][1], rows["step"][3], rows["step"][7].split()[0]) == ("nothing", "—", "40.0")
    assert all(len(row) == len(retention_heads(cases)) for row in rows.values())


def test_steps_that_went_wrong_give_their_status_and_seeded_weights_are_named(cases: list[CaseResult]) -> None:
    cases[5] = replace(cases[5], status="UNSTEADY")
    cases[0] = replace(cases[0], notes=["weights are seeded, not trained: nothing is meant"])
    cases[2] = replace(cases[2], status="INTERRUPTED")
    rows = retention_rows(cases)
    assert rows[1][7:] == ("UNSTEADY", "UNSTEADY")
    name, left = rows[2][0], rows[2][3]
    assert name == "c (INTERRUPTED)"
    assert isinstance(left, Cell) and left.is_struck and left.text.startswith("0.950 ")
    assert rows[0][0] == "a (seeded weights)"


def test_the_map_has_a_place_for_each_loss(cases: list[CaseResult]) -> None:
    (chart,) = retention_charts(cases)
    assert chart.description == (
        "text absent: 0.61; vision and text absent: 1.25; audio bursty: 20 % lost, 3 in a row: 0.95; "
        "audio late 600 ms: n/a"
    )
    rows = list(csv.DictReader(io.StringIO(chart.spec["data"]["values"])))
    assert [(row["lost"], row["words"], row["shade"]) for row in rows] == [
        ("text", "0.61", "0.61"),
        ("vision|text", "1.25", "1"),
        ("audio", "0.95", "0.95"),
        ("audio", "n/a", ""),
    ]
    assert chart.spec["layer"][0]["encoding"]["x"]["sort"] == ["text", "audio", "vision|text"]
    assert vl_convert.vegalite_to_vega(chart.spec)["marks"]


def test_the_map_has_the_status_of_a_case_that_went_wrong_and_no_number(cases: list[CaseResult]) -> None:
    cases[2] = replace(cases[2], status="INTERRUPTED")
    (chart,) = retention_charts(cases)
    assert "audio bursty: 20 % lost, 3 in a row: INTERRUPTED;" in chart.description
    rows = list(csv.DictReader(io.StringIO(chart.spec["data"]["values"])))
    assert list(rows[2].values()) == ["audio", "bursty: 20 % lost, 3 in a row", "", "INTERRUPTED", "INTERRUPTED", ""]


def test_other_engines_have_a_map_of_their_own(cases: list[CaseResult]) -> None:
    cases[3] = replace(cases[3], settings=cases[3].settings | {"backend": "eager"})
    first, second = retention_charts(cases)
    assert (first.id, second.id) == ("retention-0", "retention-1")
    assert second.title == "d and those that lose something else"


def test_both_reports_have_the_section_only_where_something_was_lost(
    sample: ModuleType, cases: list[CaseResult], run_data: RunData
) -> None:
    data = RunData(result=sample.result(cases))
    assert f"### {TITLE}" in to_markdown(data)
    page = to_html(data)
    assert f"<h2>{TITLE}</h2>" in page
    assert 'id="retention-0"' in page
    for text in (to_markdown(run_data), to_html(run_data)):
        assert TITLE not in text
    assert retention_table(cases[4:]).rows == ()
