"""Joules and watts of trials whose draw is known, worked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from josie_bench.bench.rounds import pooled
from josie_bench.conformance.recordings import START_NS, recording
from josie_bench.metrics import all_metrics
from josie_bench.terms.recording import IDLE, Phase
from josie_bench.terms.telemetry import Telemetry

S = 1_000_000_000
WINDOWS = 701  # closes at 0 … 70 s, each answered in 50 ms: a stretch of 70.05 s


def drawn(trial, watts, idle_w=20.0, **more):
    """Return a trial beside which a GPU drew so much, and so much less before its begin."""
    at = np.arange(START_NS - 12 * S // 2, START_NS + 80 * S, S // 20)
    power = np.where(at < START_NS, idle_w, watts)
    energy = np.concatenate(([0.0], np.cumsum(power[:-1]) / 20.0))
    series = {"power_instant": power, "energy_total": energy, "power_limit": np.full(len(at), 450.0)} | more
    count = len(at) * len(series)
    return replace(
        trial,
        telemetry=Telemetry(
            instant_ns=np.tile(at, len(series)),
            source=np.full(count, "gpu0"),
            name=np.repeat(list(series), len(at)),
            value=np.concatenate([np.broadcast_to(values, len(at)) for values in series.values()]),
            unit=np.full(count, "?"),
            round=np.zeros(count, dtype=np.int64),
            interval_ms={"gpu0": 50.0},
        ),
    )


def trial(**changes):
    idle = Phase(name=IDLE, start_ns=START_NS - 6 * S, end_ns=START_NS - S)
    return recording([50.0] * WINDOWS, phases=(idle,), **changes)


def of(name, found):
    return all_metrics()[name].compute(found)


def test_joules_are_power_over_the_measured_time_for_each_window_second_and_answer():
    """100 W over 70.05 s are 7005 J: of 701 windows, of their hops' 70.1 s, of the windows on time."""
    found = of("energy", drawn(trial(), 100.0))
    assert found["gpu.per_window"].value == pytest.approx(7005 / 701)
    assert found["gpu.per_audio_second"].value == pytest.approx(7005 / 70.1)
    assert found["gpu.per_on_time_window"].value == pytest.approx(7005 / 701)
    assert found["gpu.per_window"].n == 701


def test_only_windows_on_time_share_the_energy_of_those_on_time():
    """Every tenth is answered after 400 ms where 150 are the deadline; the last, too, so it ends at 70.4 s."""
    base = trial()
    took_ms = np.where(np.arange(WINDOWS) % 10, 50, 400)
    late = replace(base, finished_ns=base.scheduled_ns + took_ms * S // 1000)
    found = of("energy", drawn(late, 100.0))
    assert found["gpu.per_on_time_window"].n == 630
    assert found["gpu.per_on_time_window"].value == pytest.approx(100.0 * 70.4 / 630)
    all_late = replace(late, finished_ns=late.scheduled_ns + S)
    assert of("energy", drawn(all_late, 100.0))["gpu.per_on_time_window"].na.detail == "no window was on time"


def test_what_is_drawn_in_idleness_is_taken_off_where_somebody_looked():
    """100 − 20 W over 70.05 s."""
    watched = drawn(trial(), 100.0)
    assert of("energy", watched)["gpu.per_window.net"].value == pytest.approx(80 * 70.05 / 701)
    unseen = of("energy", replace(watched, phases=()))
    assert unseen["gpu.per_window"].value is not None
    assert "idle: 10 s" in unseen["gpu.per_window.net"].na.detail
    hasty = replace(watched, phases=(Phase(name=IDLE, start_ns=START_NS - 2 * S, end_ns=START_NS),))
    assert of("energy", hasty)["gpu.per_window.net"].na.reason == "too_short"


def test_a_closed_loop_has_no_windows_on_time_but_energy_all_the_same():
    found = of("energy", drawn(trial(is_open_loop=False), 100.0))
    assert found["gpu.per_on_time_window"].na.reason == "closed_loop"
    assert found["gpu.per_window"].value is not None


def test_less_than_a_minute_and_two_estimators_apart_give_reasons_and_no_number():
    short = of("energy", drawn(recording([50.0] * 500), 100.0))
    assert {score.na.reason for name, score in short.items() if name == "gpu.per_window"} == {"too_short"}
    apart = of("energy", drawn(trial(), 100.0, power_instant=np.array([130.0])))
    assert apart["gpu.per_window"].na.reason == "unreliable"
    assert of("power", drawn(trial(), 100.0, power_instant=np.array([130.0])))["gpu.mean"].na.reason == "unreliable"


def test_without_anything_that_counts_each_draw_has_its_reason():
    found = of("energy", recording([50.0] * WINDOWS))
    assert {score.na.reason for score in found.values()} == {"not_measured"}
    other = of("energy", drawn(trial(), 100.0))
    assert other["cpu.per_window"].na.detail == "no such meter was read"


def test_of_several_rounds_it_is_the_median():
    rounds = {index: drawn(trial(), watts) for index, watts in enumerate((100.0, 300.0, 110.0))}
    found = of("energy", pooled(rounds))["gpu.per_window"]
    assert (found.value, found.n) == (pytest.approx(110 * 70.05 / 701), 3)
    assert of("power", pooled(rounds))["gpu.mean"].value == pytest.approx(110.0)


def test_power_has_its_mean_its_peak_its_cap_and_what_idleness_takes():
    noisy = 100.0 + np.random.default_rng(0).normal(0.0, 10.0, 1_720)
    found = of("power", drawn(trial(), noisy))
    assert found["gpu.mean"].value == pytest.approx(100.0, abs=1.0)
    assert found["gpu.p99"].value == pytest.approx(123.3, abs=5.0)
    assert found["gpu.p99"].interval is not None
    assert found["gpu.cap"].value == 450.0
    assert found["gpu.idle"].value == pytest.approx(20.0)


def test_a_gpu_that_does_not_tell_its_cap_has_none_and_no_infinity():
    told = drawn(trial(), 100.0)
    kept = told.telemetry.name != "power_limit"
    columns = ("instant_ns", "source", "name", "value", "unit", "round")
    short = replace(told.telemetry, **{name: getattr(told.telemetry, name)[kept] for name in columns})
    assert of("power", replace(told, telemetry=short))["gpu.cap"].na.reason == "not_supported"
