"""Conversations in reports: each figure beside the baselines, and a picture whose bars are the timeline."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
import vl_convert

from josie_bench.bench.judge import metric_scores
from josie_bench.reports import RunData
from josie_bench.reports._cells import Cell
from josie_bench.reports._conversation import (
    FIGURES,
    HEADS,
    LANES,
    conversation_charts,
    conversation_rows,
    conversation_table,
)
from josie_bench.reports.html import to_html
from josie_bench.reports.markdown import to_markdown
from josie_bench.terms.judged import Judged
from tests.metrics.test_conversations import held


@pytest.fixture
def data(sample: ModuleType) -> RunData:
    """Return a run of one case of thirty conversations alike."""
    recording = held(30)
    case = sample.case_result("talk", metrics=metric_scores(recording))
    return RunData(result=sample.result([case]), judged={"talk": recording.judged})


def lanes(layer: dict[str, Any], *fields: str) -> list[tuple[str, ...]]:
    return [tuple(row[field] for field in fields) for row in csv.DictReader(io.StringIO(layer["data"]["values"]))]


def test_every_figure_stands_beside_what_takes_no_model(data: RunData) -> None:
    rows = {row[1]: row for row in conversation_rows(data.result.cases)}
    assert list(rows) == list(FIGURES)
    assert HEADS == ("case", "figure", "model", "silent", "delayed", "echo")
    assert [words.split()[0] for words in rows["turns answered in time"][2:]] == ["1.00", "0", "1.00", "0"]
    assert rows["until its last sound is heard, median"][2].startswith("150 ")
    assert rows["until its last sound is heard, median"][3] == "—"  # silence is never interrupted
    assert len(conversation_table(data.result.cases).rows) == len(FIGURES)


def test_figures_of_seeded_weights_are_named_so_where_they_stand(data: RunData) -> None:
    (case,) = data.result.cases
    named = {
        note: conversation_rows([replace(case, notes=[note])])[0][0]
        for note in ("weights are those of a.safetensors", "weights are seeded, not trained: nothing is meant")
    }
    assert list(named.values()) == ["talk", "talk (seeded weights)"]


def test_figures_of_a_case_that_was_cut_off_are_struck_out(data: RunData) -> None:
    (case,) = data.result.cases
    row = conversation_rows([replace(case, status="INTERRUPTED")])[list(FIGURES).index("turns answered in time")]
    assert row[0] == "talk (INTERRUPTED)"
    assert all(isinstance(cell, Cell) and cell.is_struck for cell in row[2:])


def test_the_picture_is_the_first_conversation(data: RunData) -> None:
    [chart] = conversation_charts(data)
    assert chart.title == "talk: conversation 0"
    assert chart.description == (
        "Who speaks when in 0: the user is heard 4 times, the model 2 times; 2 decisions to listen"
    )
    bars, ticks = chart.spec["layer"]
    assert lanes(bars, "lane", "start", "end") == [
        ("user speaks", "1", "1.5"),
        ("user speaks", "2", "3"),
        ("user speaks", "5", "5.3"),
        ("user speaks", "8", "9"),
        ("user pauses", "1.5", "2"),
        ("user says a word", "5", "5.3"),
        ("noise", "13", "13.2"),
        ("model is heard", "3.4", "8.15"),
        ("model is heard", "9.5", "12"),
        ("its sound is given", "3.3", "8.1"),
        ("its sound is given", "9.4", "11.9"),
    ]
    assert lanes(ticks, "lane", "start") == [
        ("it decides to listen", "8.1"),
        ("it decides to listen", "11.9"),
        ("its sound is given", "3.3"),
        ("its sound is given", "9.4"),
    ]
    assert vl_convert.vegalite_to_vega(chart.spec)["marks"]


def test_lanes_are_told_apart_by_colour() -> None:
    assert len(set(LANES.values())) == len(LANES)


def test_both_reports_have_the_section_only_where_somebody_talked(data: RunData, run_data: RunData) -> None:
    assert "### Who speaks when" in to_markdown(data)
    assert "<h2>Who speaks when</h2>" in to_html(data)
    assert 'id="conversation-0"' in to_html(data)
    assert "Who speaks when" not in to_markdown(run_data)
    assert "Who speaks when" not in to_html(run_data)


def test_a_case_that_judged_something_else_has_no_picture(data: RunData) -> None:
    assert conversation_charts(RunData(result=data.result, judged={"talk": Judged(tasks=("codec",))})) == []
