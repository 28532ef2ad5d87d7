"""Power from counters of energy, on series whose truth is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.statistics.energy import counted_w, integrated_w, mean_power_w
from josie_bench.terms.score import NotAvailable
from josie_bench.terms.telemetry import AbsentSource, Telemetry

S = 1_000_000_000
MINUTE = (0, 60 * S)


def read(seconds=60.0, every=0.05, watts=lambda at: 100.0 + 0.0 * at, **sources):
    """Return telemetry of sources that draw so much, each as (name, factor, …) pairs of what it tells.

    A name that ends in `_total` tells the energy of `watts` times its factor, any other its power.
    """
    at = np.arange(0.0, seconds + every / 2, every)
    power = watts(at)
    energy = np.concatenate(([0.0], np.cumsum((power[1:] + power[:-1]) / 2 * every)))
    columns = [
        (source.replace("__", "."), name, factor * (energy if name.endswith("_total") else power))
        for source, told in sources.items()
        for name, factor in told.items()
    ]
    return Telemetry(
        instant_ns=np.tile((at * S).round().astype(np.int64), len(columns)),
        source=np.repeat([column[0] for column in columns], len(at)),
        name=np.repeat([column[1] for column in columns], len(at)),
        value=np.concatenate([column[2] for column in columns]),
        unit=np.full(len(at) * len(columns), "?"),
        round=np.zeros(len(at) * len(columns), dtype=np.int64),
        interval_ms={column[0]: 1000.0 * every for column in columns},
    )


def without(told, rows, *absent):
    """Return telemetry without some of its rows, and what is absent instead."""
    kept = {name: getattr(told, name)[~rows] for name in ("instant_ns", "source", "name", "value", "unit", "round")}
    return Telemetry(**kept, interval_ms=told.interval_ms, absent=absent)


def why_not(told, draw="gpu", stretch=MINUTE):
    found = mean_power_w(told, draw, stretch)
    assert isinstance(found, NotAvailable)
    return found.reason


def test_the_counter_s_rise_over_its_time_is_the_mean_power():
    """From 1 s to 3 s it rose by 30 J: what lies before and behind the stretch does not count."""
    instants = np.array([0, 1, 2, 3, 4]) * S
    assert counted_w(instants, np.array([0.0, 500.0, 501.0, 530.0, 9000.0]), (S, 3 * S)) == 15.0


def test_power_is_added_up_by_trapezoids():
    """10 W to 30 W over 1 s, then 30 W to 30 W over 3 s: 20 + 90 J in 4 s."""
    instants = np.array([0, 1, 4]) * S
    assert integrated_w(instants, np.array([10.0, 30.0, 30.0]), (0, 4 * S)) == pytest.approx(27.5)


@pytest.mark.parametrize("mean", [counted_w, integrated_w])
def test_readings_that_leave_out_more_than_a_twentieth_tell_nothing(mean):
    instants = np.arange(0, 96) * S
    values = np.ones(96)
    assert mean(instants, values, (0, 100 * S)) is not None
    assert mean(instants[:95], values[:95], (0, 100 * S)) is None
    assert mean(instants[:1], values[:1], (0, 100 * S)) is None
    assert mean(instants[:0], values[:0], (0, 100 * S)) is None


def test_a_counter_that_fell_tells_nothing():
    assert counted_w(np.array([0, 1, 2]) * S, np.array([5.0, 1.0, 9.0]), (0, 2 * S)) is None


def test_a_gpu_whose_power_adds_up_to_its_counter_is_believed():
    """A sine of 300 ± 100 W over whole periods draws 300 W."""
    told = read(watts=lambda at: 300 + 100 * np.sin(2 * np.pi * at), gpu0={"energy_total": 1, "power_instant": 1})
    assert mean_power_w(told, "gpu", MINUTE) == pytest.approx(300.0, rel=1e-6)


@pytest.mark.parametrize(("factor", "is_believed"), [(0.96, True), (1.04, True), (0.94, False), (1.06, False)])
def test_five_percent_apart_is_the_border(factor, is_believed):
    told = read(gpu0={"energy_total": 1.0, "power_instant": factor})
    found = mean_power_w(told, "gpu", MINUTE)
    assert (found == pytest.approx(100.0)) if is_believed else (found.reason == "unreliable")


def test_the_detail_of_what_is_not_believed_has_both_numbers():
    found = mean_power_w(read(gpu0={"energy_total": 1.0, "power_instant": 1.5}), "gpu", MINUTE)
    assert "counted 100 W" in found.detail and "adds up to 150 W" in found.detail


def test_the_power_of_the_instant_is_preferred_and_the_averaged_one_will_do():
    assert mean_power_w(read(gpu0={"energy_total": 1, "power": 1}), "gpu", MINUTE) == pytest.approx(100.0)
    both = read(gpu0={"energy_total": 1, "power_instant": 1, "power": 2})
    assert mean_power_w(both, "gpu", MINUTE) == pytest.approx(100.0)
    assert why_not(read(gpu0={"energy_total": 1})) == "unreliable"


def test_a_counter_that_stands_still_beside_power_is_not_believed():
    assert why_not(read(gpu0={"energy_total": 0.0, "power_instant": 1.0})) == "unreliable"


def test_gpus_of_the_trial_add_up_and_others_do_not_count():
    each = {"energy_total": 1, "power": 1}
    told = read(
        gpu0=each | {"own_processes": 0.01}, gpu1=each | {"own_processes": 0.01}, gpu2=each | {"own_processes": 0}
    )
    assert mean_power_w(told, "gpu", MINUTE) == pytest.approx(200.0)


def test_less_than_a_minute_is_too_short():
    told = read(gpu0={"energy_total": 1, "power": 1})
    assert why_not(told, stretch=(0, 60 * S - 1)) == "too_short"
    assert mean_power_w(told, "gpu", (0, 10 * S), least_s=5.0) == pytest.approx(100.0)


def test_what_is_absent_says_why():
    nobody = AbsentSource(name="gpu", reason="no_driver", detail="no driver")
    rapl = AbsentSource(name="meter.rapl", reason="not_permitted", detail="chmod")
    told = without(read(cpu={"x": 1}), np.zeros(1201, dtype=np.bool_), nobody, rapl)
    assert [why_not(told, draw) for draw in ("gpu", "cpu", "meter")] == ["no_driver", "not_permitted", "not_measured"]
    assert why_not(None) == "not_measured"


def test_a_gpu_without_a_counter_is_named():
    no_counter = AbsentSource(name="gpu0.energy_total", reason="not_supported", detail="NVML does not tell it")
    told = read(gpu0={"energy_total": 1, "power": 1})
    assert why_not(without(told, told.name == "energy_total", no_counter)) == "not_supported"


def test_readings_that_stopped_are_no_energy():
    told = read(gpu0={"energy_total": 1, "power": 1})
    late = told.instant_ns > 40 * S
    assert why_not(without(told, late)) == "not_measured"
    assert why_not(without(told, late & (told.name == "power"))) == "unreliable"


def test_the_processor_and_one_external_meter_are_told_apart():
    told = read(meter__rapl={"energy_total": 0.4}, meter__plug={"energy_total": 2.5})
    assert mean_power_w(told, "cpu", MINUTE) == pytest.approx(40.0)
    assert mean_power_w(told, "meter", MINUTE) == pytest.approx(250.0)


def test_two_external_meters_are_not_added_up():
    told = read(meter__plug={"energy_total": 1.0}, meter__board={"energy_total": 1.0})
    assert why_not(told, "meter") == "ambiguous"


@given(
    level=st.floats(1.0, 700.0), swing=st.floats(0.0, 0.9), period_s=st.floats(0.5, 30.0), every=st.floats(0.02, 0.05)
)
def test_both_ways_agree_on_any_smooth_load_read_at_20_hz(level, swing, period_s, every):
    """The truth is the integral of level · (1 + swing · sin(ωt)), which is known."""
    omega = 2 * math.pi / period_s
    at = np.arange(0.0, 60.0 + every / 2, every)
    instants = (at * S).round().astype(np.int64)
    power = level * (1 + swing * np.sin(omega * at))
    energy = level * (at + swing * (1 - np.cos(omega * at)) / omega)
    stretch = (0, int(instants[-1]))
    truth = energy[-1] / at[-1]
    assert counted_w(instants, energy, stretch) == pytest.approx(truth, rel=1e-6)
    assert integrated_w(instants, power, stretch) == pytest.approx(truth, rel=0.01)
