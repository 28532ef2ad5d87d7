"""Memory place by place: every row worked by hand, and the places of a case add up to it."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pytest

from josie_bench.reports import RunData
from josie_bench.reports._cells import Cell
from josie_bench.reports._memory_places import place_rows, places, unexplained_rows
from josie_bench.reports._words import ABSENT
from josie_bench.reports.html import to_html
from josie_bench.reports.markdown import to_markdown
from josie_bench.terms.result import CaseResult, MemoryRow

SIZES = [
    ("start", "rss", 40.0), ("start", "heap_used", 10.0),
    ("imported", "rss", 100.0), ("imported", "heap_used", 60.0),
    ("predicted", "weights.decoder", 8.0),
    ("warm.decoder", "predicted.activations", 2.0), ("warm.decoder", "predicted.arena", 5.0),
    ("loaded.decoder", "predicted.weights", 4.0),
    ("loaded.encoder", "predicted.weights", 8.0), ("loaded.encoder", "predicted.code", 10.0),
    ("loaded.encoder", "predicted.rings", 0.01),
    ("loaded.encoder", "rss", 119.0), ("loaded.encoder", "heap_used", 70.0),
    ("loaded.decoder", "rss", 123.0), ("loaded.decoder", "heap_used", 73.5),
    ("loaded", "rss", 124.0), ("loaded", "heap_used", 73.75),
    ("warm", "rss", 130.0), ("warm", "heap_used", 82.0), ("warm", "predicted.audio_buffer", 0.25),
    ("warm.encoder", "rss", 1.0), ("warm.encoder", "heap_used", 0.5),
    ("warm.decoder", "rss", 2.5), ("warm.decoder", "heap_used", 7.0),
    ("end", "rss", 130.5), ("end", "heap_used", 82.0),
]  # fmt: skip


@pytest.fixture
def case(sample: ModuleType) -> CaseResult:
    memory = [MemoryRow(phase=phase, name=name, mib=mib) for phase, name, mib in SIZES]
    found: CaseResult = sample.case_result("one", memory=memory)
    return found


def test_each_place_has_what_was_predicted_and_measured_there(case: CaseResult) -> None:
    """Code is given out by nobody, an arena's rest is not resident; components come as they were loaded."""
    assert [row[1:] for row in place_rows([case])] == [
        ("imports", ABSENT, "50.00", ABSENT, ABSENT, "60.00", ABSENT, ABSENT),
        ("encoder is loaded", "8.01", "10.00", "1.99", "18.01", "19.00", "0.99", "weights 8.00, code 10.00"),
        ("decoder is loaded", "4.00", "3.50", "-0.50", "4.00", "4.00", "0.00", "weights 4.00"),
        ("the rest of loading", "0.00", "0.25", "0.25", "0.00", "1.00", "1.00", ABSENT),
        ("encoder warms up", "0.00", "0.50", "0.50", "0.00", "1.00", "1.00", ABSENT),
        ("decoder warms up", "7.00", "7.00", "0.00", "2.00", "2.50", "0.50", "activations 2.00, arena 5.00"),
        ("the rest of warm-up", "0.25", "0.75", "0.50", "0.25", "2.50", "2.25", "audio_buffer 0.25"),
        ("the run", "0.00", "0.00", "0.00", "0.00", "0.50", "0.50", ABSENT),
    ]


def test_places_add_up_to_the_case(case: CaseResult) -> None:
    found = places(case)[1:]
    for size, grown in (("rss", 30.5), ("heap_used", 22.0)):
        assert sum(place.grown[size] for place in found) == pytest.approx(grown)


def test_where_unexplained_bytes_are_is_told_the_largest_first(case: CaseResult) -> None:
    assert unexplained_rows([case]) == [
        (
            "one",
            "2.74",
            "encoder is loaded 1.99, decoder is loaded -0.50, encoder warms up 0.50, the rest of warm-up 0.50",
        )
    ]


def test_where_the_allocator_does_not_tell_resident_memory_is_told_alone(case: CaseResult) -> None:
    told = replace(case, memory=[row for row in case.memory if row.name != "heap_used"])
    assert [row[3] for row in place_rows([told])] == [ABSENT] * 8
    assert unexplained_rows([told]) == [("one", ABSENT, ABSENT)]


def test_what_was_measured_of_a_case_that_went_wrong_is_struck_out(case: CaseResult) -> None:
    """What was predicted follows from shapes, and where it appeared is no number."""
    broken = replace(case, status="UNSTEADY")
    row = place_rows([broken])[1]
    assert row[:3] == ("one (UNSTEADY)", "encoder is loaded", "8.01")
    assert row[3:5] == (Cell(text="10.00", is_struck=True), Cell(text="1.99", is_struck=True))
    assert row[5:] == (
        "18.01",
        Cell(text="19.00", is_struck=True),
        Cell(text="0.99", is_struck=True),
        "weights 8.00, code 10.00",
    )
    assert place_rows([broken])[0][4] == ABSENT
    name, sum_, where = unexplained_rows([broken])[0]
    assert (name, sum_) == ("one (UNSTEADY)", Cell(text="2.74", is_struck=True))
    assert isinstance(where, Cell) and where.is_struck


def test_without_predictions_by_place_there_is_no_row(case: CaseResult, run_data: RunData) -> None:
    earlier = replace(case, memory=[row for row in case.memory if not row.name.startswith("predicted.")])
    assert place_rows([earlier, *run_data.result.cases]) == []
    assert "place by place" not in to_markdown(run_data)


def test_reports_have_both_tables(case: CaseResult, run_data: RunData) -> None:
    data = replace(run_data, result=replace(run_data.result, cases=[*run_data.result.cases, case]))
    for text in (to_html(data), to_markdown(data)):
        assert "Where unexplained bytes are" in text
        assert "decoder warms up" in text and "activations 2.00, arena 5.00" in text


def test_both_reports_strike_what_a_case_that_went_wrong_measured(case: CaseResult, run_data: RunData) -> None:
    data = replace(run_data, result=replace(run_data.result, cases=[replace(case, status="UNSTEADY")]))
    assert "| one (UNSTEADY) | encoder is loaded | 8.01 | ~~10.00~~ |" in to_markdown(data)
    assert "<s>2.74</s>" in to_html(data)
