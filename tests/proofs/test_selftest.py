"""The suite `selftest` in this process: its truths hold, and the checks of shape and steadiness see what is there."""

from __future__ import annotations

import pytest

from josie_bench.bench.simulation import simulate
from josie_bench.suites.expand import expand
from josie_bench.suites.load import find_suite, load_suite
from tests.bench.cases import scored_case

pytestmark = pytest.mark.slow

STATUSES = {"drift": "UNSTEADY"}  # all others hold one level
SHAPES = {  # two levels, a rise throughout, slow windows at even distances
    "bimodal": ["JB-SHAPE-001"],
    "drift": ["JB-SHAPE-002"],
    "stall-open": ["JB-SHAPE-003"],
    "stall-closed": ["JB-SHAPE-003"],
}


@pytest.mark.parametrize("case", expand(load_suite(find_suite("selftest"))), ids=lambda case: case.id.split("/")[0])
def test_what_is_known_is_found(case):
    name = case.id.split("/")[0]
    result = scored_case(case, simulate(case, 16_000, 0))
    assert result.status == STATUSES.get(name, "OK")
    assert [verdict.expr for verdict in result.budgets if verdict.result != "pass"] == []
    assert [found.code for found in result.diagnosis] == SHAPES.get(name, [])
    assert result.validity is None  # no window was timed
