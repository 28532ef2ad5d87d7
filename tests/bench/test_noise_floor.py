"""Noise floors: taken from runs of one build, and which one holds for a comparison."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from josie_bench.bench.comparability import conditions_digest
from josie_bench.bench.noise_floor import floor_for, floors_of_days, is_of, noise_floor
from josie_bench.statistics.same_build import chance_effects
from tests.bench.comparing import EIGHT, MEMORY, P50, P99, case_of, floor_of, result_of

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


def runs_of(spread, count=24, scale=100.0):
    return (scale * np.exp(np.random.default_rng(5).normal(0.0, spread, count))).tolist()


def test_a_floor_is_the_larger_of_the_default_and_what_chance_does():
    case = case_of({P50: runs_of(0.05), P99: runs_of(0.0001), MEMORY: runs_of(0.02), "jitter.spread": runs_of(0.1)})
    found = noise_floor(result_of(case), case, now=NOW)
    assert (found.runs, found.case, found.conditions) == (24, case.id, conditions_digest(case))
    assert [floor.metric for floor in found.metrics] == [P50, P99, MEMORY]  # no direction, no verdict, no floor
    noisy, quiet, _ = found.metrics
    chance = np.sort(chance_effects(np.array(runs_of(0.05)), is_ratio=True))[189]  # rank 190 of 200
    assert noisy.floor == pytest.approx(np.expm1(chance))
    assert noisy.margin == noisy.floor > 0.01
    assert noisy.spread == pytest.approx(np.std(np.log(runs_of(0.05)), ddof=1))
    assert noisy.level == pytest.approx(np.median(np.log(runs_of(0.05))))
    assert (quiet.margin, quiet.floor < 0.001) == (0.02, True)


def test_too_few_whole_runs_give_none():
    few = case_of({P50: runs_of(0.05, 23)})
    assert noise_floor(result_of(few), few, now=NOW) is None


@pytest.mark.parametrize("clock", ["virtual", "real"])
def test_what_was_drawn_in_virtual_time_has_no_noise(clock):
    case = case_of({P50: runs_of(0.05)}, settings={"backend": "simulated", "simulated": {"clock": clock}})
    found = noise_floor(result_of(case), case, now=NOW)
    assert (found is None) is (clock == "virtual")
    kept = floor_of(conditions_digest(case))  # of an earlier version
    fit, _ = floor_for(result_of(case), case, result_of(case), case, floors=[kept], now=NOW)
    days = floors_of_days([kept], result_of(case), case, case)
    assert (fit, days) == ((None, ()) if clock == "virtual" else (kept, (kept,)))


def test_a_floor_says_of_which_kind_it_is():
    case = case_of({P50: runs_of(0.05)}, settings={"backend": "onnxruntime"})
    found = noise_floor(result_of(case), case, now=NOW)
    assert (found.scenario, found.backend) == ("realtime", "onnxruntime")
    eager = case_of({P50: EIGHT}, settings={"window": "200 ms"})
    assert floor_for(result_of(eager), eager, result_of(eager), eager, floors=[found], now=NOW)[0] is None


def test_without_a_floor_a_process_that_was_pinned_says_on_how_many_cores_to_take_one():
    there = result_of(CASE, host={"fingerprint": "e" * 64, "cpu_cores": 8, "cpu_affinity": 2})
    _, why = floor_for(there, CASE, there, CASE, floors=[floor_of(conditions_digest(CASE))], now=NOW)
    assert why == (
        "no noise floor of such a case is known on this host: josie-bench calibrate measures it, "
        "on 2 of its 8 cores as here (taskset -c)"
    )


def test_a_metric_that_some_runs_lack_has_no_floor():
    case = case_of({P50: runs_of(0.05, 26), P99: runs_of(0.05, 25)})
    assert [floor.metric for floor in noise_floor(result_of(case), case, now=NOW).metrics] == [P50]


def test_floors_of_all_days_are_those_of_the_case_on_this_host():
    own, foreign = floor_of(conditions_digest(CASE)), floor_of("another")
    elsewhere = floor_of(conditions_digest(CASE), host="e" * 64)
    assert floors_of_days([own, foreign, elsewhere], result_of(CASE), CASE, CASE) == (own,)
