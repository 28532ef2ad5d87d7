"""Growth of memory, on lines, steps and peaks of known slope."""

from dataclasses import replace

import numpy as np
import pytest

from josie_bench.bench.rounds import pooled
from josie_bench.conformance.recordings import START_NS, recording
from josie_bench.metrics import all_metrics
from josie_bench.terms.recording import Recording
from josie_bench.terms.telemetry import Telemetry

GROWTH = all_metrics()["memory_growth"]


def grown(sizes_mib: list[float], step_s: float = 1.0) -> Recording:
    """Return a trial whose memory was read so often while windows of 100 ms came."""
    count = len(sizes_mib)
    trial = recording([50.0] * round(10 * step_s * count))
    told = Telemetry(
        instant_ns=START_NS + (np.arange(count) * step_s * 1e9).astype(np.int64),
        source=np.full(count, "memory"),
        name=np.full(count, "resident"),
        value=np.array(sizes_mib),
        unit=np.full(count, "MiB"),
        round=np.zeros(count, dtype=np.int64),
        interval_ms={"memory": 1000.0 * step_s},
    )
    return replace(trial, telemetry=told)


def slope(trial: Recording):
    return GROWTH.compute(trial)["slope"]


def test_a_line_has_its_slope():
    found = slope(grown([100.0 + 2.0 * second / 60.0 for second in range(180)]))
    assert found.value == pytest.approx(2.0, rel=1e-6)
    assert found.interval.low == pytest.approx(2.0, rel=1e-6)
    assert found.n == 180


def test_noise_around_a_line_is_in_the_interval():
    noise = np.random.default_rng(0).normal(0.0, 0.3, 600)
    found = slope(grown((50.0 + np.arange(600) / 60.0 * 0.5 + noise).tolist()))
    assert found.interval.low < 0.5 < found.interval.high
    assert found.interval.low > 0.3


def test_what_is_freed_again_and_a_level_that_is_reached_once_are_no_leak():
    peak = [100.0] * 300
    peak[120:150] = [400.0] * 30
    assert slope(grown(peak)).value == 0.0
    assert slope(grown([100.0] * 20 + [130.0] * 280)).value == 0.0


def test_a_short_trial_and_one_that_nobody_watched_have_none():
    assert slope(grown([100.0] * 50)).na.reason == "too_short"
    assert slope(grown([100.0] * 10, step_s=10.0)).na.reason == "too_short"
    assert slope(recording([50.0] * 900)).na.reason == "not_measured"


def test_of_several_rounds_it_is_the_median():
    rounds = {
        index: grown([100.0 + rate * second / 60.0 for second in range(90)])
        for index, rate in enumerate((1.0, 2.0, 9.0))
    }
    assert slope(pooled(rounds)).value == pytest.approx(2.0)
