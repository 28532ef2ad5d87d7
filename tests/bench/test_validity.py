"""Which checks make a case invalid, and that what nobody could look at never does."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from josie_bench.bench.rounds import pooled
from josie_bench.bench.validity import lateness_note, validity_of
from josie_bench.terms.recording import Audit, MemoryReading
from josie_bench.terms.telemetry import AbsentSource, Telemetry

MS = 1_000_000
NO_GPU = AbsentSource(name="gpu", reason="no_driver", detail="no driver here")


def checked(recording, *, is_null=False):
    return validity_of(recording, is_null=is_null)


def statuses(recording, *, is_null=False):
    return [failure.status for failure in checked(recording, is_null=is_null).failures]


def watched(recording, series, interval_ms=100.0, absent=(), sources=()):
    """Return the recording with telemetry of (source, name) → [(ms, value), …]."""
    rows = [(*key, at, value) for key, pairs in series.items() for at, value in pairs]
    told = Telemetry(
        instant_ns=np.array([round(row[2] * MS) for row in rows], dtype=np.int64),
        source=np.array([row[0] for row in rows], dtype=np.str_),
        name=np.array([row[1] for row in rows], dtype=np.str_),
        value=np.array([row[3] for row in rows], dtype=np.float64),
        unit=np.array([""] * len(rows), dtype=np.str_),
        round=np.zeros(len(rows), dtype=np.int64),
        interval_ms=dict.fromkeys([*(row[0] for row in rows), *sources], interval_ms),
        absent=absent,
    )
    return dataclasses.replace(recording, telemetry=told)


def every(step_ms, start_ms, end_ms, value=0.0):
    return [(at, value) for at in range(start_ms, end_ms + 1, step_ms)]


def test_a_quiet_case_is_valid_and_every_check_says_what_it_saw(make_recording):
    found = checked(make_recording([50.0] * 40))
    assert found.failures == []
    assert found.harness.ok
    assert found.clock.disorder_ns == 0
    assert found.clock.na.detail == "nothing was timed on a GPU's clock"
    assert found.throttle.na is not None
    assert found.neighbours.na is not None
    assert found.audit.reason == "no audit was reached"
    assert [identity.is_broken for identity in found.identities] == [False] * 3


def test_a_late_pacer_is_a_note_while_its_tail_is_unknown(make_recording):
    recording = make_recording([10.0] * 50, late_ms=[0.0] * 49 + [7.5])
    found = checked(recording)
    assert found.failures == []
    assert (found.harness.pacer_p999_us, found.harness.pacer_late) == (None, 1)
    assert lateness_note(recording) == ["1 window was handed over more than 3 ms late (worst 7.5 ms): 49"]


def test_a_late_pacer_fails_the_harness_once_its_tail_is_known(make_recording):
    found = checked(make_recording([10.0] * 3000, late_ms=[0.0] * 2990 + [5.0] * 10))
    assert found.harness.pacer_p999_us == 5000.0
    assert not found.harness.ok
    assert [(one.status, one.reason) for one in found.failures] == [
        ("INVALID_HARNESS", "pacer lateness p99.9 is 5 ms, above 3 ms")
    ]


def test_the_null_backend_must_answer_within_a_millisecond(make_recording):
    assert statuses(make_recording([0.5] * 3000), is_null=True) == []
    slow = checked(make_recording([0.5] * 2990 + [3.0] * 10), is_null=True)
    assert slow.harness.null_p999_us == 3000.0
    assert "3 ms at p99.9" in slow.failures[0].reason
    assert statuses(make_recording([3.0] * 3000)) == []


def test_a_closed_loop_has_no_pacer_to_be_late(make_recording):
    recording = make_recording([10.0] * 3000, is_open_loop=False)
    assert checked(recording).harness.pacer_p999_us is None
    assert lateness_note(recording) == []


def test_a_broken_identity_is_the_harnesss_fault_and_its_number_is_told(make_recording):
    recording = make_recording([50.0] * 3, spans=[(1, "audio_encoder", 0.0, 30.0)])
    (failure,) = checked(recording).failures
    assert failure.status == "INVALID_HARNESS"
    assert failure.reason == "parts of a window is off by 1e+03 µs, above 100"


def test_stamps_out_of_order_are_two_clocks(make_recording):
    recording = make_recording([50.0] * 3)
    early = dataclasses.replace(recording, handed_ns=recording.started_ns + 150_000)
    assert statuses(early) == ["INVALID_CLOCK"]
    assert statuses(dataclasses.replace(recording, handed_ns=recording.started_ns + 90_000)) == []


def test_answers_that_did_not_come_again_are_named(make_recording):
    audits = (Audit(checked=8, mismatched=(3, 5)), Audit(checked=4, reason="too slow", round=1))
    found = checked(dataclasses.replace(make_recording([50.0] * 9), audits=audits))
    assert (found.audit.checked, found.audit.mismatched, found.audit.reason) == (12, [3, 5], "too slow")
    (failure,) = found.failures
    assert (failure.status, failure.reason) == (
        "INVALID_AUDIT",
        "2 of 12 timed answers did not come again: window 3, 5",
    )


def test_an_audit_that_went_through_has_no_reason(make_recording):
    found = checked(dataclasses.replace(make_recording([50.0] * 9), audits=(Audit(checked=9),)))
    assert (found.audit.checked, found.audit.mismatched, found.audit.reason) == (9, [], None)


@pytest.mark.parametrize(("until_ms", "is_invalid"), [(2900, False), (3500, True)])
def test_a_gpu_may_be_slowed_in_a_tenth_of_the_windows(make_recording, until_ms, is_invalid):
    reasons = [(at, 0x20 if 300 <= at <= until_ms else 0) for at in range(0, 30_000, 50)]
    series = {("gpu0", "throttle_reasons"): reasons, ("gpu0", "foreign_processes"): every(50, 0, 30_000)}
    found = checked(watched(make_recording([50.0] * 100), series, 50.0))
    assert found.throttle.windows_flagged in range(8, 13)
    assert found.throttle.reasons == {"too hot (driver)": found.throttle.windows_flagged}
    assert [one.status for one in found.failures] == ["INVALID_THROTTLED"] * is_invalid


def test_a_power_cap_is_a_label(make_recording):
    series = {("gpu0", "throttle_reasons"): every(50, 0, 3000, 0x4)}
    found = checked(watched(make_recording([50.0] * 10), series, 50.0))
    assert (found.throttle.windows_capped, found.throttle.windows_flagged) == (10, 0)
    assert found.failures == []


def test_a_foreign_process_on_the_gpu_makes_it_invalid_only_while_it_was_measured(make_recording):
    recording = make_recording([50.0] * 10)
    before = {("gpu0", "foreign_processes"): [(-200, 2.0), *every(50, 0, 2800)]}
    assert statuses(watched(recording, before, 50.0)) == []
    within = {("gpu0", "foreign_processes"): [*every(50, 0, 1000), *every(50, 1050, 2800, 2.0)]}
    found = checked(watched(recording, within, 50.0))
    assert found.neighbours.gpu_processes == 2
    assert [one.status for one in found.failures] == ["INVALID_NEIGHBOUR"]


def test_busy_cores_of_others_are_told_and_make_nothing_invalid(make_recording):
    busy = [(at, at / 1000 * 1.8) for at in range(0, 2800, 100)]
    own = [(at, at / 1000 * 0.5) for at in range(0, 2800, 100)]
    found = checked(watched(make_recording([50.0] * 10), {("cpu", "busy_total"): busy, ("cpu", "own_total"): own}))
    assert found.neighbours.others_cores == pytest.approx(1.3)
    assert found.failures == []


def test_a_source_that_stopped_makes_it_invalid_and_an_absent_one_never(make_recording):
    recording = make_recording([50.0] * 100)  # 29.75 s
    whole = {("cpu", "busy_total"): every(100, 0, 30_000)}
    found = checked(watched(recording, whole, absent=(NO_GPU,)))
    assert found.failures == []
    assert found.telemetry.absent[0].reason == "no_driver"
    assert found.throttle.na.detail == "no driver here"
    stopped = checked(watched(recording, {("cpu", "busy_total"): every(100, 0, 27_000)}))
    assert stopped.telemetry.gap_share["cpu"] == pytest.approx(2.75 / 29.75)
    assert [one.status for one in stopped.failures] == ["INVALID_TELEMETRY"]
    never = checked(watched(recording, {}, sources=("cpu",)))
    assert never.telemetry.gap_share == {"cpu": 1.0}
    assert [one.status for one in never.failures] == ["INVALID_TELEMETRY"]


def test_a_short_hole_of_a_short_trial_is_told_and_not_invalid(make_recording):
    series = {("cpu", "busy_total"): [*every(100, 0, 400), *every(100, 900, 1600)]}
    found = checked(watched(make_recording([50.0] * 6), series))
    assert found.telemetry.gap_share["cpu"] > 0.05
    assert found.failures == []


def test_watching_tells_what_it_cost(make_recording):
    series = {("telemetry", "cpu_total"): [(0, 0.1), (1000, 0.12), (2000, 0.13)]}
    found = checked(watched(make_recording([50.0] * 8), series, 1000.0))
    assert found.telemetry.cost_cores == pytest.approx(0.015)


def test_rounds_are_held_against_telemetry_each_for_itself(make_recording):
    recording = make_recording([50.0] * 4)
    apart = dataclasses.replace(
        recording,
        round=np.array([0, 0, 1, 1]),
        **{
            name: getattr(recording, name) + np.array([0, 0, 60_000, 60_000]) * MS
            for name in ("scheduled_ns", "handed_ns", "started_ns", "finished_ns")
        },
    )
    series = {("cpu", "busy_total"): [*every(100, 0, 400), *every(100, 60_600, 61_000)]}
    told = watched(apart, series)
    rounds = np.array([0] * 5 + [1] * 5)
    both = dataclasses.replace(told, telemetry=dataclasses.replace(told.telemetry, round=rounds))
    assert checked(both).telemetry.gap_share["cpu"] == 0.0
    assert checked(told).telemetry.gap_share["cpu"] == pytest.approx(0.5)  # nothing was read beside the second


def test_clocks_of_two_rounds_may_overlap_where_the_machine_was_restarted(make_recording):
    """Round 0 was alone, round 1 had a core's worth of others beside it, at the same instants of another clock."""
    quiet, loud = ([(at, share * at / 1000) for at in range(0, 1401, 100)] for share in (1.0, 2.0))
    own = [(at, at / 1000) for at in range(0, 1401, 100)]
    rounds = {
        index: watched(make_recording([50.0] * 4), {("cpu", "busy_total"): busy, ("cpu", "own_total"): own})
        for index, busy in enumerate((quiet, loud))
    }
    assert checked(pooled(rounds)).neighbours.others_cores == pytest.approx(0.5)


def test_processes_of_another_namespace_are_not_known_to_be_nobody(make_recording):
    unknown = {("gpu0", "foreign_processes"): every(50, 0, 2800, np.nan)}
    found = checked(watched(make_recording([50.0] * 10), unknown, 50.0))
    assert (found.failures, found.neighbours.gpu_processes) == ([], None)
    assert "another namespace" in found.neighbours.na.detail


def test_a_gpu_on_which_the_case_did_not_compute_makes_nothing_invalid(make_recording):
    series = {
        ("gpu0", "foreign_processes"): every(50, 0, 2800, 2.0),
        ("gpu0", "throttle_reasons"): every(50, 0, 2800, 0x20),
        ("gpu0", "own_processes"): every(50, 0, 2800, 0.0),
    }
    found = checked(watched(make_recording([50.0] * 10), series, 50.0))
    assert found.failures == []
    assert found.throttle.na.detail == found.neighbours.na.detail == "the case computed on no GPU"


def test_reasons_for_throttling_that_stopped_coming_are_a_gap(make_recording):
    series = {("gpu0", "sm_clock"): every(50, 0, 29_800), ("gpu0", "throttle_reasons"): every(50, 0, 20_000)}
    found = checked(watched(make_recording([50.0] * 100), series, 50.0))
    assert [one.status for one in found.failures] == ["INVALID_TELEMETRY"]


CAP = 8 * 2**30


def of_gpu(recording, *, own=None, used=None):
    """Return the recording with so many MiB held by its process and in use by whomever, at its end and in between."""
    series, memory = {}, []
    for name, edge, mib in (("own_memory", "vram_process.gpu0", own), ("memory_used", "vram_used.gpu0", used)):
        if mib is not None:
            series["gpu0", name] = every(50, 0, 3000, float(mib))
            memory.append(MemoryReading(phase="end", name=edge, byte_count=mib * 2**20))
    return watched(dataclasses.replace(recording, memory=tuple(memory)), series, 50.0)


@pytest.mark.parametrize(
    ("own", "used", "said"),
    [
        (8192, 20_000, None),
        (8193, 8193, "its process held 8,193 MiB of a GPU and may hold 8,192 MiB"),
        (None, 8192, None),  # whoever held it, the process held no more
        (None, 9000, "not known: NVML does not list its process, and 9,000 MiB were in use by whomever"),
        (None, None, "whether it was held to 8,192 MiB of a GPU is not known: no GPU"),
    ],
)
def test_what_holds_more_of_a_gpu_than_it_may_or_hides_it_was_not_held_to_its_cap(make_recording, own, used, said):
    recording = of_gpu(make_recording([50.0] * 10), own=own, used=used)
    found = validity_of(recording, is_null=False, cap_bytes=CAP)
    assert [one.status for one in found.failures] == ([] if said is None else ["INVALID_CAP"])
    assert said is None or said in found.failures[0].reason
    assert found.cap.cap_mib == 8192.0
    unwatched = validity_of(dataclasses.replace(recording, telemetry=None), is_null=False, cap_bytes=CAP)
    assert [one.status for one in unwatched.failures] == ["INVALID_CAP"]
    assert unwatched.failures[0].reason.endswith("is not known: nobody watched the machine")
    assert validity_of(recording, is_null=False).failures == []
