"""Which cases stand in which table, by what they hold."""

from __future__ import annotations

import dataclasses

import pytest

from josie_bench.metrics import all_metrics
from josie_bench.reports._case_tables import BLOCK_START, ENERGY, START, TABLES, VRAM, split
from josie_bench.reports._page import case_table, page_words
from josie_bench.reports.markdown import to_markdown
from josie_bench.terms.result import MetricScore
from josie_bench.terms.score import NotAvailable


def score(value=None, reason=None):
    na = None if reason is None else NotAvailable(reason=reason, detail="because")
    return MetricScore(value=value, unit="ms", direction="lower", definition="d/1", origin="o", n=1, na=na)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.title)
def test_every_column_is_a_statistic_of_a_metric(table):
    metrics = all_metrics()
    for key in table.columns.values():
        metric, _, statistic = key.partition(".")
        assert statistic in metrics[metric].statistics


def test_cases_without_metrics_count_as_timed(run_data):
    timed, compared = split(run_data.result.cases)
    assert len(timed) == len(run_data.result.cases)
    assert compared == []


@pytest.mark.parametrize(
    ("found", "stands_there"),
    [
        ({}, False),
        ({"block_start.extra.p50": score(reason="not_measured")}, False),
        ({"block_start.extra.p50": score(reason="insufficient_samples")}, True),
        ({"block_start.extra.p50": score(4.0)}, True),
    ],
)
def test_a_case_stands_where_it_was_asked(run_data, found, stands_there):
    case = dataclasses.replace(run_data.result.cases[0], metrics=found)
    assert BLOCK_START.cases([case]) == [case] * stands_there


@pytest.mark.parametrize(
    ("reason", "stands_there"),
    [("no_driver", False), ("not_supported", False), ("not_permitted", True), ("too_short", True)],
)
def test_energy_that_the_machine_cannot_tell_makes_no_row_and_any_other_reason_does(run_data, reason, stands_there):
    case = dataclasses.replace(run_data.result.cases[0], metrics={"energy.cpu.per_window": score(reason=reason)})
    assert ENERGY.cases([case]) == [case] * stands_there


def test_a_hidden_process_stands_in_the_table_with_its_reason(run_data):
    metrics = {"process_vram.peak": score(reason="not_supported"), "process_vram.device_growth": score(490.0)}
    case = dataclasses.replace(run_data.result.cases[0], metrics=metrics)
    (row,) = case_table(VRAM, [case]).rows
    told = dict(zip(("case", "status", *VRAM.columns), row, strict=True))
    assert (told["peak"].text, told["peak"].is_missing) == ("n/a: not supported", True)
    assert told["device grew"].text == "490 ms"


def test_the_start_is_told_on_the_page_and_not_where_there_is_little_room(run_data):
    first, *rest = run_data.result.cases
    metrics = first.metrics | {key: score(12.5) for key in START.columns.values()}
    result = dataclasses.replace(run_data.result, cases=[dataclasses.replace(first, metrics=metrics), *rest])
    data = dataclasses.replace(run_data, result=result)
    tables = {kind.title: table for kind, table in page_words(data)["tables"]}
    assert [cell.text for cell in tables["Cold start"].rows[0][2:]] == ["12.5 ms"] * 5
    assert "### Cold start" not in to_markdown(data)
