"""Which cases stand in which table, by what they hold."""

from __future__ import annotations

import dataclasses

import pytest

from josie_bench.metrics import all_metrics
from josie_bench.reports._case_tables import (
    BLOCK_START,
    ENERGY,
    LOOK_QUALITY,
    MEMORY,
    QUALITY_LOSS,
    START,
    TABLES,
    UNTIMED,
    VRAM,
    split,
)
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


def test_what_was_given_out_has_its_prediction_and_its_residual_beside_it(run_data):
    """Suites gate either residual: a reader finds both sides of each."""
    keys = list(MEMORY.columns.values())
    for predicted, held, residual in (
        ("memory_prediction.predicted", "memory_prediction.measured", "memory_residual.share"),
        ("memory_prediction.given_out", "memory_prediction.allocated", "memory_residual.allocated"),
    ):
        assert keys.index(predicted) < keys.index(held) < keys.index(residual)
    found = {"memory_residual.share": score(0.4), "memory_residual.allocated": score(0.0625)}
    case = dataclasses.replace(run_data.result.cases[0], metrics=found)
    data = dataclasses.replace(run_data, result=dataclasses.replace(run_data.result, cases=[case]))
    assert "0.0625" in to_markdown(data)


def test_a_table_has_the_columns_that_some_case_was_asked_for(run_data):
    first, second = run_data.result.cases[:2]
    seen = dataclasses.replace(first, metrics={"task_parity.kid": score(0.5)})
    heard = {"task_parity.wer_codec": score(reason="no_judge"), "task_parity.kid": score(reason="not_measured")}
    cases = [seen, dataclasses.replace(second, metrics=heard)]
    assert list(QUALITY_LOSS.asked(cases)) == ["word errors", "KID"]
    table = case_table(QUALITY_LOSS, cases)
    assert table.heads == ("case", "status", "word errors", "KID")
    assert [cell.text for cell in table.rows[0][2:]] == ["—", "0.500 ms"]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.title)
def test_what_seeded_weights_make_of_it_is_named_so_where_it_means_nothing(run_data, table):
    key = next(iter(table.columns.values()))
    case = dataclasses.replace(
        run_data.result.cases[0], metrics={key: score(4.0)}, notes=["weights are seeded, not trained: x"]
    )
    names = {case_table(table, [case]).rows[0][0].text, table.name(case)}
    assert names == {f"{case.id} (seeded weights)" if table in UNTIMED else case.id}
    assert table.name(dataclasses.replace(case, notes=[])) == case.id


def test_what_is_seen_has_a_table_of_its_own(run_data):
    metrics = {
        "vision_psnr.mean": score(30.0),
        "vision_psnr.flat": score(20.0),
        "kid.frames": score(0.1),
        "rfid.frames": score(reason="insufficient_samples"),
        "rfid_64.frames": score(0.2),
    }
    case = dataclasses.replace(run_data.result.cases[0], metrics=metrics)
    figures = ("PSNR", "PSNR of one colour", "KID", "rFID", "rFID, 64 features")
    assert case_table(LOOK_QUALITY, [case]).heads == ("case", "status", *figures)
    assert split([case]) == ([], [case])


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
    table = case_table(VRAM, [case])
    told = dict(zip(table.heads, table.rows[0], strict=True))
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
