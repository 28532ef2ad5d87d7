"""What missing modalities cost, of cases made by hand."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pytest

from josie_bench.reports import RunData
from josie_bench.reports._dropout import TITLE, dropout_table
from josie_bench.reports.html import to_html
from josie_bench.reports.markdown import to_markdown
from josie_bench.terms.result import CaseResult, MetricScore
from josie_bench.terms.score import Interval, NotAvailable

ALL = ["audio", "vision"]
RETURNING = {"of": ["vision"], "present": 6, "absent": 4, "lost": 0.0, "burst": 1.0, "late": "0.0 ms"}
LATE = RETURNING | {"of": ["audio"], "present": None, "absent": None, "late": "600.0 ms"}


def score(value: float | None, unit: str = "ms", reason: str = "not_measured") -> MetricScore:
    ci = None if value is None else Interval(level=0.95, low=value - 1.0, high=value + 1.0, method="by hand")
    na = NotAvailable(reason=reason, detail="") if value is None else None
    return MetricScore(value=value, unit=unit, direction="lower", definition="x/1", origin="a to b", n=90, ci=ci, na=na)


@pytest.fixture
def cases(sample: ModuleType) -> list[CaseResult]:
    """Return conversations without vision, with all, with vision that comes and goes, and with late audio."""

    def held(name: str, mib: float, modalities: list[str], **more: object) -> CaseResult:
        metrics = {"compute_time.p50": score(30.0), "response_latency.p50": score(40.0)}
        metrics["memory_prediction.measured"] = score(mib, "MiB")
        if "dropout" in more:
            metrics["dropout_recovery.max"] = score(300.0 if more["dropout"] is RETURNING else None)
        return sample.case_result(name, settings={"modalities": modalities, **more}, metrics=metrics)

    return [
        held("mute", 70.0, ["audio"]),
        held("whole", 87.0, ALL),
        held("gaps", 88.0, ALL, dropout=RETURNING),
        held("old", 89.0, ALL, dropout=LATE),
    ]


def texts(cases: list[CaseResult]) -> list[tuple[str, ...]]:
    return [tuple(cell.text for cell in row) for row in dropout_table(cases).rows]


def test_each_loss_has_its_response_its_memory_and_its_recovery(cases: list[CaseResult]) -> None:
    heads = ("case", "missing", "how", "response p50", "memory measured", "longest recovery")
    assert dropout_table(cases).heads == heads
    response = "40.0 [39.0, 41.0] ms"
    assert texts(cases) == [
        ("mute", "vision", "absent", response, "70.0 [69.0, 71.0] MiB", "—"),
        ("whole", "nothing", "nothing", response, "87.0 [86.0, 88.0] MiB", "—"),
        ("gaps", "vision", "returning: 6 there, 4 away", response, "88.0 [87.0, 89.0] MiB", "300 [299, 301] ms"),
        ("old", "audio", "late 600 ms", response, "89.0 [88.0, 90.0] MiB", "n/a: not measured"),
    ]


def test_numbers_of_a_case_that_went_wrong_are_struck(sample: ModuleType, cases: list[CaseResult]) -> None:
    cases[3] = replace(cases[3], status="UNSTEADY")
    assert [cell.is_struck for cell in dropout_table(cases).rows[3]] == [False] * 3 + [True] * 2 + [False]
    assert "~~89.0 [88.0, 90.0] MiB~~" in to_markdown(RunData(result=sample.result(cases)))


def test_both_reports_have_the_section_only_where_something_was_lost(
    sample: ModuleType, cases: list[CaseResult], run_data: RunData
) -> None:
    data = RunData(result=sample.result(cases))
    assert f"### {TITLE}" in to_markdown(data)
    assert f"<h2>{TITLE}</h2>" in to_html(data)
    for text in (to_markdown(run_data), to_html(run_data)):
        assert TITLE not in text
    assert dropout_table(cases[:2]).rows == ()
