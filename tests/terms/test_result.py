"""The nouns of result.json: frozen, with empty parts that are not shared, and versions that follow a rule."""

import dataclasses
import re
from typing import Any

import pytest

from josie_bench.terms import result
from josie_bench.terms.result import CASE_STATUSES, RUN_STATUSES, SCHEMA, SCHEMA_VERSION, CaseResult, MetricScore

VALUES = [
    value for value in vars(result).values() if dataclasses.is_dataclass(value) and value.__module__ == result.__name__
]


def case(**changes: object) -> CaseResult:
    fields: dict[str, Any] = {"id": "a", "sha": "0", "status": "OK", "reason": None, "settings": {}, "reproduce": ""}
    return CaseResult(**(fields | changes))


def test_the_schema_has_a_name_and_a_semantic_version() -> None:
    assert SCHEMA == "josie-bench/result"
    assert re.fullmatch(r"\d+\.\d+\.\d+", SCHEMA_VERSION)


def test_statuses_are_told_apart_and_ok_comes_first() -> None:
    for statuses in (CASE_STATUSES, RUN_STATUSES):
        assert statuses[0] == "OK"
        assert len(set(statuses)) == len(statuses)
        assert all(re.fullmatch(r"[A-Z_]+", status) for status in statuses)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.__name__)
def test_every_noun_is_frozen_and_takes_names_only(value: type) -> None:
    assert value.__dataclass_params__.frozen  # type: ignore[attr-defined]  # set by the decorator
    assert all(field.kw_only for field in dataclasses.fields(value))
    assert "__slots__" in vars(value)


def test_a_case_begins_without_numbers_and_shares_none_with_another() -> None:
    one, other = case(), case()
    assert (one.metrics, one.budgets, one.waterfall, one.engines, one.memory, one.notes) == ({}, [], [], [], [], [])
    assert (one.windows_measured, one.windows_warm_up) == (0, 0)
    one.notes.append("mine")
    assert other.notes == []


def test_a_score_is_without_count_interval_and_reason_unless_given() -> None:
    score = MetricScore(value=1.0, unit="ms", direction="lower", definition="x/1", origin="", n=3)
    assert (score.k, score.ci, score.na) == (None, None, None)


def test_a_case_cannot_be_changed_only_replaced() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        case().status = "ERROR"  # type: ignore[misc]  # what is forbidden
    assert dataclasses.replace(case(), status="ERROR").status == "ERROR"
