"""Noise floors: which may be used, and until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from josie_bench.terms.noise_floor import (
    NOISE_SCHEMA,
    NOISE_VERSION,
    MetricFloor,
    NoiseFloor,
    fitting,
    levels_by_day,
    pinning_words,
)

P50 = MetricFloor(metric="response_latency.p50", scale="relative", margin=0.02, floor=0.02, spread=0.01, level=4.6)
FLOOR = NoiseFloor(
    schema=NOISE_SCHEMA,
    schema_version=NOISE_VERSION,
    host="h",
    tool="0.1.0",
    suite="s",
    case="c",
    conditions="own",
    created="2026-01-01T00:00:00+00:00",
    runs=24,
    comparisons=20,
    metrics=[P50],
    scenario="realtime",
    backend="eager",
)


@pytest.mark.parametrize("created", ["yesterday", "2026-01-01T00:00:00", "9999-12-31T00:00:00+00:00", ""])
def test_it_has_an_instant_from_which_its_end_can_be_told(created):
    with pytest.raises(ValueError, match="is no instant of ISO 8601"):
        replace(FLOOR, created=created)


def fit(*floors, day=15, tool="0.1.0", host="h"):
    now, kinds = datetime(2026, 1, day, tzinfo=UTC), [("realtime", "eager"), ("realtime", "onnxruntime")]
    return fitting(floors, host=host, tool=tool, conditions=["own"], kinds=kinds, now=now)


def test_it_knows_its_metrics():
    assert FLOOR.of("response_latency.p50") is P50
    assert FLOOR.of("response_latency.p99") is None


def test_it_holds_for_thirty_days():
    assert fit(FLOOR, day=30)[0] is FLOOR
    found, why = fit(FLOOR, day=31)
    assert (found, why) == (
        None, "the noise floor of 2026-01-01 expired on 2026-01-31: run josie-bench calibrate again",
    )  # fmt: skip


def test_another_host_s_is_none_and_another_version_s_is_told():
    assert fit(FLOOR, host="x") == (
        None, "no noise floor of such a case is known on this host: josie-bench calibrate measures it",
    )  # fmt: skip
    assert "was made by josie-bench 0.1.0" in fit(FLOOR, tool="0.2.0")[1]


def test_the_case_s_own_is_preferred_and_then_the_newest():
    newer = replace(FLOOR, created="2026-01-02T00:00:00+00:00")
    other = replace(FLOOR, created="2026-01-03T00:00:00+00:00", conditions="other")
    assert fit(FLOOR, newer, other)[0] is newer
    assert fit(other)[0] is other


def test_another_case_s_must_be_of_one_scenario_and_backend():
    other = replace(FLOOR, conditions="other", backend="onnxruntime")
    assert fit(other)[0] is other
    for more in ({"backend": "simulated"}, {"scenario": "compute"}, {"scenario": None, "backend": None}):
        assert fit(replace(other, **more))[0] is None
        assert fit(replace(FLOOR, **more))[0] is not None  # of the very case


def test_each_day_has_one_level_the_last_of_that_day():
    def on(created, level):
        return replace(FLOOR, created=created, metrics=[replace(P50, level=level)])

    floors = [
        on("2026-01-02T00:00:00+00:00", 2.0),
        on("2026-01-01T09:00:00+00:00", 1.5),
        on("2026-01-01T08:00:00+00:00", 1.0),
    ]
    assert levels_by_day(floors, "response_latency.p50", "relative") == [1.5, 2.0]
    assert levels_by_day(floors, "response_latency.p50", "absolute") == []
    assert levels_by_day(floors, "response_latency.p99", "relative") == []


def test_only_who_runs_on_some_of_the_cores_is_told_on_how_many():
    assert pinning_words({"cpu_cores": 8, "cpu_affinity": 2}) == ", on 2 of its 8 cores as here (taskset -c)"
    assert pinning_words({"cpu_cores": 8, "cpu_affinity": 8}) == ""
    assert pinning_words({"cpu_cores": 8, "cpu_affinity": None}) == pinning_words({}) == ""
