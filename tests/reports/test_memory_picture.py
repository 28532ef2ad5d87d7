"""The picture of predicted and measured memory, of cases made by hand."""

from __future__ import annotations

from types import ModuleType

import pytest

from josie_bench.errors import UsageError
from josie_bench.reports._memory import COLOURS
from josie_bench.reports._memory_picture import chosen, memory_svg
from josie_bench.terms.result import CaseResult, MemoryRow

SIZES = [
    ("imported", "rss_anon", 60.0),
    ("predicted", "weights.audio_encoder", 8.0),
    ("predicted", "rings.audio_encoder", 4.0),
    ("end", "rss_anon", 75.0),
]


@pytest.fixture
def cases(sample: ModuleType) -> list[CaseResult]:
    memory = [MemoryRow(phase=phase, name=name, mib=mib) for phase, name, mib in SIZES]
    return [sample.case_result(name, memory=memory, settings={"preset": "nano"}) for name in ("one", "two")]


def test_the_picture_has_a_bar_for_each_term_in_its_colour(cases: list[CaseResult]) -> None:
    svg = memory_svg(cases)
    assert svg.startswith("<svg")
    assert "nano: two" in svg
    bars = [line for line in svg.split("<path") if 'aria-roledescription="bar"' in line]
    assert len(bars) == 2 * 3
    for term in ("weights", "rings", "measured: of no file"):
        assert sum(COLOURS[term] in bar for bar in bars) == 2


def test_cases_are_drawn_as_they_are_named(cases: list[CaseResult]) -> None:
    assert [case.id for case in chosen(cases, ["two", "one"])] == ["two", "one"]
    assert chosen(cases, []) == cases
    with pytest.raises(UsageError, match="no case 'three': it has one, two"):
        chosen(cases, ["three"])


def test_without_a_prediction_there_is_nothing_to_draw(sample: ModuleType) -> None:
    with pytest.raises(UsageError, match="name others"):
        memory_svg([sample.case_result("one", settings={"preset": "nano"})])
