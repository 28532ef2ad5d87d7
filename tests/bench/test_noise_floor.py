"""Noise floors: which one holds for a comparison."""

from __future__ import annotations

from datetime import UTC, datetime

from josie_bench.bench.comparability import conditions_digest
from josie_bench.bench.noise_floor import floor_for, is_of
from tests.bench.comparing import EIGHT, P50, case_of, floor_of, result_of

NOW = datetime(2026, 1, 15, tzinfo=UTC)
CASE = case_of({P50: EIGHT})


def test_a_floor_of_either_case_is_its_own():
    floor = floor_of(conditions_digest(CASE))
    other = case_of({P50: EIGHT}, settings={"backend": "onnxruntime"})
    assert is_of(floor, CASE, other)
    assert is_of(floor, other, CASE)
    assert not is_of(floor, other, other)
    found, why = floor_for(result_of(CASE), CASE, result_of(other), other, floors=[floor], now=NOW)
    assert (found, why) == (floor, None)


def test_two_hosts_or_two_versions_share_none():
    floor = floor_of(conditions_digest(CASE))
    there = result_of(CASE, host={"fingerprint": "e" * 64})
    found, why = floor_for(result_of(CASE), CASE, there, CASE, floors=[floor], now=NOW)
    assert (found, why) == (None, "the sides are of different hosts: no noise floor holds for both")
    newer = result_of(CASE, tool="0.2.0")
    found, why = floor_for(result_of(CASE), CASE, newer, CASE, floors=[floor], now=NOW)
    assert found is None
    assert "different versions" in why
