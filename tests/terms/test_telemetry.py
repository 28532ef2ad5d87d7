"""Series of telemetry, and for how long a source was silent."""

from __future__ import annotations

import numpy as np
import pytest

from josie_bench.terms.telemetry import AbsentSource, Telemetry, gpu_absence, joined, of_round, with_head

MS = 1_000_000
GPU = AbsentSource(name="gpu", reason="no_driver", detail="no driver")


def table(rows, interval_ms=100.0, absent=()):
    """Return telemetry of (instant in ms, source, name, value)."""
    return Telemetry(
        instant_ns=np.array([round(row[0] * MS) for row in rows], dtype=np.int64),
        source=np.array([row[1] for row in rows], dtype=np.str_),
        name=np.array([row[2] for row in rows], dtype=np.str_),
        value=np.array([row[3] for row in rows], dtype=np.float64),
        unit=np.array(["s"] * len(rows), dtype=np.str_),
        round=np.zeros(len(rows), dtype=np.int64),
        interval_ms={row[1]: interval_ms for row in rows},
        absent=tuple(absent),
    )


def every(ms, start, end, source="cpu"):
    return [(at, source, "busy_total", at / 1000) for at in range(start, end + 1, ms)]


def test_a_series_is_what_was_read_of_one_name():
    told = table([(0, "cpu", "busy_total", 1.0), (0, "memory", "available", 5.0), (100, "cpu", "busy_total", 1.1)])
    instants, values = told.series("cpu", "busy_total")
    assert (instants.tolist(), values.tolist()) == ([0, 100 * MS], [1.0, 1.1])
    assert told.names() == [("cpu", "busy_total"), ("memory", "available")]
    assert told.sources() == ["cpu", "memory"]
    assert told.series("cpu", "steal_total")[0].size == 0


def test_the_rate_of_a_counter_is_its_rise_a_second_and_a_new_beginning_has_none():
    told = table([(0, "cpu", "a_total", 1.0), (100, "cpu", "a_total", 1.2), (300, "cpu", "a_total", 0.1)])
    instants, rates = told.rate("cpu", "a_total")
    assert instants.tolist() == [100 * MS]
    assert rates.tolist() == pytest.approx([2.0])
    assert told.rate("cpu", "nothing")[1].size == 0


def test_readings_at_their_interval_have_no_gap():
    assert table(every(100, 0, 1000)).gap_share("cpu", "busy_total", 0, 1000 * MS) == 0.0


def test_a_source_that_stops_is_silent_from_its_last_reading_on():
    assert table(every(100, 0, 600)).gap_share("cpu", "busy_total", 0, 1000 * MS) == pytest.approx(0.4)


def test_a_source_that_begins_late_was_silent_before():
    assert table(every(100, 500, 1000)).gap_share("cpu", "busy_total", 0, 1000 * MS) == pytest.approx(0.5)


def test_a_hole_counts_and_three_missed_readings_do_not():
    told = table(every(100, 0, 200) + every(100, 600, 1000))
    assert told.gap_share("cpu", "busy_total", 0, 1000 * MS) == pytest.approx(0.4)
    told = table(every(100, 0, 200) + every(100, 500, 1000))
    assert told.gap_share("cpu", "busy_total", 0, 1000 * MS) == 0.0


def test_a_source_that_was_never_read_inside_was_silent_throughout():
    assert table(every(100, 5000, 6000)).gap_share("cpu", "busy_total", 0, 1000 * MS) == 1.0
    assert table(every(100, 0, 10)).gap_share("cpu", "busy_total", 5, 5) == 0.0


def test_a_name_that_stops_is_silent_though_the_source_is_not():
    told = table([*every(100, 0, 1000), *[(at, "cpu", "steal_total", 0.0) for at in range(0, 601, 100)]])
    assert told.gap_share("cpu", "busy_total", 0, 1000 * MS) == 0.0
    assert told.gap_share("cpu", "steal_total", 0, 1000 * MS) == pytest.approx(0.4)


def test_a_gpu_is_the_trials_unless_it_is_known_that_it_did_not_compute_there():
    def read(gpu, *counts):
        clocks = [(at, gpu, "sm_clock", 1980.0) for at in range(0, 101, 100)]
        return clocks + [(at * 100, gpu, "own_processes", count) for at, count in enumerate(counts)]

    rows = [*read("gpu0", 0, 0), *read("gpu1", 0, 1), *read("gpu2", np.nan, np.nan), *read("gpu3"), *every(100, 0, 100)]
    assert table(rows).gpus() == ["gpu1", "gpu2", "gpu3"]


def test_rounds_are_joined_with_what_any_of_them_could_not_read():
    first, second = table(every(100, 0, 200)), table(every(100, 0, 100, "memory"), absent=[GPU])
    both = joined([first, of_round(second, 1)])
    assert both is not None
    assert both.round.tolist() == [0, 0, 0, 1, 1]
    assert both.sources() == ["cpu", "memory"]
    assert both.absent == (GPU,)
    assert joined([]) is None


def test_columns_and_head_make_it_whole_again():
    told = table(every(100, 0, 200), absent=[GPU])
    columns = {name: getattr(told, name) for name in ("instant_ns", "source", "name", "value", "unit", "round")}
    assert with_head(columns, told.head()).head() == told.head()


@pytest.mark.parametrize(
    ("told", "reason", "words"),
    [
        (None, "not_measured", "nobody watched"),
        (table([], absent=[GPU]), "no_driver", "no driver"),
        (table([]), "not_supported", "no GPU told it"),
        (table([(0, "gpu0", "own_processes", 0.0)]), "not_measured", "computed on no GPU"),
    ],
)
def test_why_nothing_is_known_of_a_gpu(told, reason, words):
    found = gpu_absence(told)
    assert (found.reason, words in found.detail) == (reason, True)
