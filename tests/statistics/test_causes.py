"""Events joined to the windows that they fell into."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from josie_bench.bench.rounds import pooled
from josie_bench.conformance.recordings import START_NS, recording
from josie_bench.statistics.causes import (
    COLLECTION,
    FAULTS,
    GPU_SLOWED,
    OTHERS,
    PACER,
    PREEMPTED,
    QUEUED,
    QUOTA,
    STOLEN,
    SWAPPED,
    causes,
    counted,
    throttle_bits,
)  # fmt: skip
from josie_bench.terms.recording import Collection
from josie_bench.terms.telemetry import Telemetry

MS = 1_000_000


def telling(**series):
    """Return telemetry of `source__name` = [(ms from the trial's start, value), …]."""
    rows = [(key.split("__"), at, value) for key, pairs in series.items() for at, value in pairs]
    return Telemetry(
        instant_ns=np.array([START_NS + round(at * MS) for _, at, _ in rows], dtype=np.int64),
        source=np.array([key[0] for key, _, _ in rows], dtype=np.str_),
        name=np.array([key[1] for key, _, _ in rows], dtype=np.str_),
        value=np.array([value for _, _, value in rows], dtype=np.float64),
        unit=np.array([""] * len(rows), dtype=np.str_),
        round=np.zeros(len(rows), dtype=np.int64),
        interval_ms={key[0]: 100.0 for key, _, _ in rows},
    )


def hit(found, cause):
    return np.flatnonzero(found[cause]).tolist()


FOUR = recording([50.0, 50.0, 50.0, 50.0])  # from 0, 100, 200 and 300 ms on, 50 ms each


def test_a_collection_hits_the_windows_it_overlaps():
    ran = Collection(start_ns=START_NS + 140 * MS, end_ns=START_NS + 210 * MS)
    between = Collection(start_ns=START_NS + 360 * MS, end_ns=START_NS + 370 * MS)
    assert hit(causes(dataclasses.replace(FOUR, collections=(ran, between))), COLLECTION) == [1, 2]


def test_a_window_that_was_dropped_is_hit_by_nothing_that_came_later():
    dropped = recording([50.0, None, 50.0, 50.0])
    ran = Collection(start_ns=START_NS + 310 * MS, end_ns=START_NS + 320 * MS)
    assert hit(causes(dataclasses.replace(dropped, collections=(ran,))), COLLECTION) == [3]


def test_counts_of_the_process_hit_their_own_window():
    counted_in = dataclasses.replace(FOUR, major_faults=np.array([0, 2, 0, 0]), preemptions=np.array([1, 1, 1, 30]))
    found = causes(counted_in)
    assert hit(found, FAULTS) == [1]
    assert hit(found, PREEMPTED) == [3]


def test_losing_ones_core_as_often_as_ever_is_no_cause():
    assert hit(causes(dataclasses.replace(FOUR, preemptions=np.array([3, 3, 3, 3]))), PREEMPTED) == []


def test_a_counter_that_rose_hits_the_windows_between_its_readings():
    told = telling(swap__in_total=[(0, 1.0), (90, 1.0), (190, 2.0), (290, 2.0), (390, 2.0)])
    # it rose between 90 and 190 ms: window 1 lies there whole, window 0 ended before
    assert hit(causes(dataclasses.replace(FOUR, telemetry=told)), SWAPPED) == [1]


def test_a_quota_and_the_host_hit_alike():
    told = telling(
        quota__throttled_total=[(0, 0), (195, 0), (295, 1), (395, 1)],
        cpu__steal_total=[(0, 0), (95, 0), (195, 0), (295, 0.0), (395, 0.02)],
    )
    found = causes(dataclasses.replace(FOUR, telemetry=told))
    assert hit(found, QUOTA) == [2]
    assert hit(found, STOLEN) == [3]


def test_others_are_what_is_busy_less_what_is_ours():
    told = telling(
        cpu__busy_total=[(0, 0), (95, 0.1), (195, 0.3), (295, 0.4), (395, 0.5)],
        cpu__own_total=[(0, 0), (95, 0.1), (195, 0.2), (295, 0.3), (395, 0.4)],
    )
    # between 95 and 195 ms 0.2 s of cores' time went by, 0.1 of it ours: others kept one core busy
    assert hit(causes(dataclasses.replace(FOUR, telemetry=told)), OTHERS) == [1]


def test_the_pacer_and_the_window_before_are_causes_of_an_open_loop_only():
    late = recording([50.0, 180.0, 130.0], compute_ms=[50.0, 180.0, 50.0], lateness_ms=[0.0, 0.0, 2.0])
    found = causes(late)
    assert (hit(found, PACER), hit(found, QUEUED)) == ([2], [2])
    assert PACER not in causes(recording([50.0], is_open_loop=False))


def test_a_gpu_that_was_slowed_hits_and_its_power_cap_alone_does_not():
    told = telling(gpu0__throttle_reasons=[(10, 0), (110, 0x4), (210, 0x44), (310, 0), (390, 0)])
    watched = dataclasses.replace(FOUR, telemetry=told)
    # A window is held against the readings around it: the first lies between those at 10 and 110 ms, and only the
    # other three touch the one at 210 ms.
    assert throttle_bits(watched).tolist() == [0x4, 0x44, 0x44, 0x44]
    assert hit(causes(watched), GPU_SLOWED) == [1, 2, 3]


def test_without_a_gpu_nothing_is_known_of_throttling():
    assert throttle_bits(FOUR) is None
    assert throttle_bits(dataclasses.replace(FOUR, telemetry=telling(cpu__busy_total=[(0, 0)]))) is None
    assert GPU_SLOWED not in causes(FOUR)


def test_what_nobody_watched_is_no_cause_and_no_acquittal():
    assert {FAULTS, PREEMPTED, SWAPPED, QUOTA, OTHERS, STOLEN}.isdisjoint(causes(FOUR))


def test_causes_are_counted_over_the_rows_asked_for():
    found = {"a": np.array([True, True, False, False]), "b": np.array([True, False, False, True])}
    assert counted(found, np.array([True, True, True, False])) == ({"a": 2, "b": 1}, 1)
    assert counted({}, np.array([True, True])) == ({}, 2)


@pytest.mark.parametrize("count", [0, 1])
def test_a_series_of_no_rise_is_no_cause(count):
    told = telling(swap__in_total=[(0, 1.0)] * count)
    assert SWAPPED not in causes(dataclasses.replace(FOUR, telemetry=told))


def test_readings_of_another_round_are_none_of_this_one():
    """After a restart of the machine two rounds may have the same instants."""
    calm = telling(swap__in_total=[(0, 7.0), (100, 7.0), (200, 7.0), (400, 7.0)])
    swapping = telling(swap__in_total=[(0, 1.0), (90, 1.0), (190, 2.0), (400, 2.0)])
    rounds = {0: dataclasses.replace(FOUR, telemetry=calm), 1: dataclasses.replace(FOUR, telemetry=swapping)}
    assert hit(causes(pooled(rounds)), SWAPPED) == [5]
    early = telling(
        swap__in_total=[(0, 1.0), (250, 1.0)]
    )  # window 3 has no reading behind it but that of the next round
    later = telling(swap__in_total=[(0, 9.0), (400, 9.0)])
    rounds = {0: dataclasses.replace(FOUR, telemetry=early), 1: dataclasses.replace(FOUR, telemetry=later)}
    assert hit(causes(pooled(rounds)), SWAPPED) == []


def test_collections_of_another_round_are_none_of_this_one():
    ran = Collection(start_ns=START_NS + 140 * MS, end_ns=START_NS + 145 * MS)
    whole = pooled({0: FOUR, 1: dataclasses.replace(FOUR, collections=(ran,))})
    assert hit(causes(whole), COLLECTION) == [5]


def test_a_round_in_which_no_gpu_told_has_no_reasons():
    hot = telling(gpu0__throttle_reasons=[(0, 0x20), (400, 0x20)])
    whole = pooled({0: FOUR, 1: dataclasses.replace(FOUR, telemetry=hot)})
    assert throttle_bits(whole).tolist() == [0] * 4 + [0x20] * 4
    assert throttle_bits(pooled({0: FOUR, 1: FOUR})) is None


def test_a_gpu_on_which_the_trial_did_not_compute_slows_nothing_of_it():
    idle = telling(gpu0__throttle_reasons=[(0, 0x20), (400, 0x20)], gpu0__own_processes=[(0, 0.0), (400, 0.0)])
    assert throttle_bits(dataclasses.replace(FOUR, telemetry=idle)) is None
