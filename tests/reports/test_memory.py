"""Memory in reports: the bars are the numbers."""

import csv
import io
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
import vl_convert

from josie_bench.reports import RunData
from josie_bench.reports._memory import COLOURS, MEASURED, memory_chart
from josie_bench.terms.memory_model import SUMMANDS
from josie_bench.terms.result import CaseResult, MemoryRow

SIZES = [
    ("imported", "rss", 100.0),
    ("imported", "rss_anon", 60.0),
    ("imported", "rss_file", 40.0),
    ("predicted", "weights.audio_encoder", 8.0),
    ("predicted", "rings.audio_encoder", 1.0),
    ("predicted", "activations.audio_encoder", 2.0),
    ("predicted", "arena.audio_encoder", 5.0),
    ("predicted", "weights.audio_decoder", 4.0),
    ("predicted", "objects.audio_decoder", 0.5),
    ("loaded.audio_encoder", "rss", 112.0),
    ("loaded.audio_decoder", "rss", 117.0),
    ("end", "rss_anon", 75.0),
    ("end", "rss_file", 44.0),
]


@pytest.fixture
def case(sample: ModuleType) -> CaseResult:
    memory = [MemoryRow(phase=phase, name=name, mib=mib) for phase, name, mib in SIZES]
    found: CaseResult = sample.case_result("one", memory=memory)
    return found


def rows(layer: dict[str, Any]) -> list[tuple[str, float]]:
    return [(row["term"], float(row["mib"])) for row in csv.DictReader(io.StringIO(layer["data"]["values"]))]


def test_bars_are_predicted_terms_and_measured_growth(case: CaseResult) -> None:
    [chart] = memory_chart([case])
    predicted, measured, _ = chart.spec["layer"]
    assert rows(predicted) == [("weights", 12.0), ("rings", 1.0), ("activations", 2.0), ("objects", 0.5)]
    assert rows(measured) == [("measured: of no file", 15.0), ("measured: of files", 4.0)]
    assert chart.description == "Memory beyond the libraries. one: 15.5 MiB predicted, 19.0 measured"
    assert vl_convert.vegalite_to_vega(chart.spec)["marks"]


def test_bars_of_a_case_that_went_wrong_say_so(case: CaseResult) -> None:
    [chart] = memory_chart([replace(case, status="OOM")])
    assert all("OOM: one" in layer["data"]["values"] for layer in chart.spec["layer"])
    assert chart.description == "Memory beyond the libraries. OOM: one: 15.5 MiB predicted, 19.0 measured"


def test_every_term_has_a_colour_of_its_own() -> None:
    assert set(COLOURS) == {*SUMMANDS, *MEASURED.values()}
    assert len(set(COLOURS.values())) == len(COLOURS)


def test_without_a_prediction_nothing_is_drawn(run_data: RunData) -> None:
    assert memory_chart(run_data.result.cases) == []


def test_a_term_of_a_later_version_is_drawn_behind_those_that_are_known(case: CaseResult) -> None:
    later = MemoryRow(phase="predicted", name="novelty", mib=3.0)
    [chart] = memory_chart([replace(case, memory=[later, *case.memory])])
    assert ("novelty", 3.0) in rows(chart.spec["layer"][0])
    assert chart.spec["layer"][0]["encoding"]["color"]["scale"]["domain"][-1] == "novelty"
