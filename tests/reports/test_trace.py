"""trace.json.gz: the fields that Perfetto needs, and the times of the recording in microseconds."""

import dataclasses
import gzip
import json
from collections import defaultdict
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.reports import RunData
from josie_bench.reports.trace import LANES, Slice, lanes, trace_events, write
from josie_bench.terms.recording import Collection, Phase
from josie_bench.terms.telemetry import Telemetry

Event = dict[str, Any]
PHASES = {"M": set(), "X": {"dur"}, "i": {"s"}, "s": {"id"}, "t": {"id"}, "f": {"id", "bp"}}


@pytest.fixture(scope="session")
def events(run_data: RunData) -> list[Event]:
    return trace_events(run_data)


def of(events: list[Event], pid: int, **fields: object) -> list[Event]:
    return [e for e in events if e["pid"] == pid and all(e.get(name) == value for name, value in fields.items())]


def test_the_file_is_gzipped_json_with_the_events(run_data: RunData, tmp_path: Path) -> None:
    [path] = write(run_data, tmp_path)
    trace = json.loads(gzip.decompress(path.read_bytes()))
    assert trace["displayTimeUnit"] == "ms"
    assert trace["otherData"]["run"] == "20261123T071500Z-3f9a"
    assert len(trace["traceEvents"]) == len(trace_events(run_data))


def test_every_event_has_the_fields_of_its_phase(events: list[Event]) -> None:
    for event in events:
        assert {"ph", "ts", "pid", "tid", "name"} | PHASES[event["ph"]] <= set(event)
        assert isinstance(event["pid"], int)
        assert isinstance(event["tid"], int)
        assert event.get("dur", 0) >= 0


def test_events_come_in_order_of_time_after_the_names(events: list[Event]) -> None:
    phases = [event["ph"] == "M" for event in events]
    assert phases == sorted(phases, reverse=True)
    times = [event["ts"] for event in events if event["ph"] != "M"]
    assert times == sorted(times)
    assert times[0] == 0.0


def test_each_measured_case_is_a_process_with_its_name_and_status(events: list[Event], sample: ModuleType) -> None:
    names = {event["pid"]: event["args"]["name"] for event in events if event["name"] == "process_name"}
    assert names == {
        1: sample.OK,
        2: sample.BROKEN,
        3: f"{sample.CLOSED} · closed loop",
        5: f"{sample.INVALID} · INVALID_HARNESS",
    }


def test_every_track_that_is_used_has_a_name(events: list[Event]) -> None:
    used = {(event["pid"], event["tid"]) for event in events if event["ph"] != "M"}
    named = {(event["pid"], event["tid"]) for event in events if event["name"] == "thread_name"}
    assert used == named


def test_a_window_lasts_from_its_close_to_its_deadline(events: list[Event]) -> None:
    [window] = of(events, 1, name="window 7")
    # 7 hops of 300 ms after the first close, for a deadline of 300 ms
    assert (window["ts"], window["dur"]) == (2_100_000.0, 300_000.0)
    assert window["args"] == {"window": 7, "is_warm_up": False, "modalities": "audio+vision"}


def test_a_late_window_has_a_mark_at_its_deadline(events: list[Event], run_data: RunData) -> None:
    marks = of(events, 1, ph="i")
    assert [mark["args"]["window"] for mark in marks] == [60, 200]
    assert marks[0]["ts"] == (60 + 1) * 300_000.0
    # window 60 took 350 ms and began 20 us after its close: it was 50.02 ms late
    assert marks[0]["args"]["late_ms"] == pytest.approx(50.02)
    late = [mark for mark in of(events, 2, ph="i") if not mark["args"]["is_warm_up"]]
    assert len(late) == run_data.result.cases[1].metrics["deadline_miss_ratio.budget"].k


def test_the_window_after_a_slow_one_waits_in_the_queue(events: list[Event]) -> None:
    [wait] = of(events, 1, name="wait 61")
    # window 60 began 20 us after its close and took 350 ms, so the next waited 50.02 ms
    assert wait["ts"] == 61 * 300_000.0
    assert wait["dur"] == pytest.approx(50_020.0)


def test_components_lie_inside_their_step_on_the_same_track(events: list[Event]) -> None:
    [step] = of(events, 1, name="step 60")
    inside = [e for e in of(events, 1, cat="component") if e["args"]["window"] == 60]
    assert [piece["name"] for piece in inside] == ["prepare", "audio_encoder", "temporal_transformer", "audio_decoder"]
    assert {piece["tid"] for piece in inside} == {step["tid"]}
    assert step["dur"] == 350_000.0
    assert inside[2]["dur"] == 175_000.0
    assert all(step["ts"] <= piece["ts"] and piece["ts"] + piece["dur"] <= step["ts"] + step["dur"] for piece in inside)


def test_slices_of_a_track_never_overlap_without_nesting(events: list[Event]) -> None:
    tracks: dict[tuple[int, int], list[Event]] = defaultdict(list)
    for event in events:
        if event["ph"] == "X":
            tracks[event["pid"], event["tid"]].append(event)
    for slices in tracks.values():
        open_ends: list[float] = []
        for piece in slices:
            while open_ends and open_ends[-1] <= piece["ts"] + 1e-3:
                open_ends.pop()
            assert not open_ends or piece["ts"] + piece["dur"] <= open_ends[-1] + 1e-3
            open_ends.append(piece["ts"] + piece["dur"])


def test_arrows_begin_once_and_end_once_and_lie_inside_slices(events: list[Event]) -> None:
    flows: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if event["ph"] in "stf":
            flows[event["id"]].append(event)
    assert len(flows) == 403 + 203 + 103
    for flow in flows.values():
        assert [event["ph"] for event in flow] == ["s", *["t"] * (len(flow) - 2), "f"]
        assert len({event["pid"] for event in flow}) == 1
    begins = {(event["pid"], event["tid"], event["ts"]) for event in events if event["ph"] == "X"}
    assert all((event["pid"], event["tid"], event["ts"]) in begins for flow in flows.values() for event in flow)


def test_speech_plays_in_a_row_and_a_stall_is_shown(events: list[Event], run_data: RunData, sample: ModuleType) -> None:
    speech = of(events, 1, cat="playback")
    series = run_data.recordings[sample.OK]
    assert len(speech) == (series.audio_samples > 0).sum()
    first, second = speech[:2]
    assert first["dur"] == 300_000.0  # 4,800 samples at 16 kHz
    expected = max(first["ts"] + first["dur"], (int(series.finished_ns[6]) - int(series.scheduled_ns[0])) / 1e3)
    assert second["ts"] == pytest.approx(expected)
    assert second["args"]["stalled_ms"] == pytest.approx((second["ts"] - first["ts"] - first["dur"]) / 1e3, abs=1e-6)


def test_a_window_without_an_answer_has_no_step_but_a_wait_that_says_so(events: list[Event]) -> None:
    assert not of(events, 2, name="step 202")
    [wait] = of(events, 2, name="window 202: no answer")
    assert wait["ts"] == 202 * 300_000.0


def test_a_closed_loop_has_neither_deadlines_nor_waits(events: list[Event]) -> None:
    assert {event["tid"] // LANES for event in of(events, 3, ph="X")} == {3}
    assert not of(events, 3, ph="i")


SPANS = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 20)), max_size=30)


@given(SPANS)
def test_no_two_slices_of_a_lane_overlap_and_lanes_are_as_few_as_can_be(spans: list[tuple[int, int]]) -> None:
    pieces = [
        Slice(name="", index=index, start_ns=start, end_ns=start + length, category="")
        for index, (start, length) in enumerate(sorted(spans))
    ]
    chosen = lanes(pieces)
    last: dict[int, int] = {}
    for piece, lane in zip(pieces, chosen, strict=True):
        assert last.get(lane, 0) <= piece.start_ns
        last[lane] = piece.end_ns
    busiest = max((sum(p.start_ns <= at.start_ns < p.end_ns or p is at for p in pieces) for at in pieces), default=0)
    assert len(set(chosen)) <= busiest


def test_the_start_is_a_track_of_its_own_and_time_begins_with_it(run_data: RunData) -> None:
    case = next(case for case in run_data.result.cases if run_data.recording_of(case) is not None)
    recording = run_data.recordings[case.id]
    closes = int(recording.scheduled_ns[0])
    phases = (
        Phase(name="process", start_ns=closes - 3_000_000, end_ns=closes - 1_000_000),
        Phase(name="first answer", start_ns=closes, end_ns=closes + 500_000),
    )
    series = run_data.recordings | {case.id: dataclasses.replace(recording, phases=phases)}
    found = trace_events(dataclasses.replace(run_data, recordings=series))
    start = [event for event in found if event.get("cat") == "start"]
    assert [(event["name"], event["ts"], event["dur"]) for event in start] == [
        ("process", 0.0, 2000.0), ("first answer", 3000.0, 500.0),
    ]  # fmt: skip
    pid = start[0]["pid"]
    first = next(event for event in of(found, pid, ph="X") if event["name"] == "window 0")
    assert first["ts"] == 3000.0


def with_changes(run_data: RunData, name: str, **changes: object) -> list[Event]:
    """Return the events of a run in which one case's recording is another."""
    recording = dataclasses.replace(run_data.recordings[name], **changes)  # type: ignore[arg-type]  # fields by name
    return trace_events(dataclasses.replace(run_data, recordings=run_data.recordings | {name: recording}))


def test_a_miss_and_the_work_on_its_window_name_what_hit_them(run_data: RunData, sample: ModuleType) -> None:
    recording = run_data.recordings[sample.OK]
    start_ns = int(recording.started_ns[60])
    collection = Collection(start_ns=start_ns + 1_000_000, end_ns=start_ns + 3_000_000)
    faults = np.where(recording.window == 60, 2, 0).astype(np.int64)
    found = with_changes(run_data, sample.OK, collections=(collection,), major_faults=faults)
    mark = next(event for event in of(found, 1, ph="i") if event["args"]["window"] == 60)
    assert mark["args"]["causes"] == "garbage collection, major page faults"
    [step] = of(found, 1, name="step 60")
    assert step["args"]["causes"] == mark["args"]["causes"]
    assert "causes" not in of(found, 1, name="step 59")[0]["args"]
    [slice_] = of(found, 1, cat="collection")
    assert slice_["dur"] == 2000.0
    named = {event["tid"]: event["args"]["name"] for event in of(found, 1, name="thread_name")}
    assert named[slice_["tid"]] == "garbage collection"


def test_a_miss_of_which_nothing_is_known_says_so(events: list[Event]) -> None:
    mark = of(events, 1, ph="i")[0]
    assert mark["args"]["window"] == 60
    assert mark["args"]["causes"] == "nothing that is watched"


def test_a_window_without_an_answer_is_late_by_what_nobody_knows(events: list[Event]) -> None:
    mark = next(event for event in of(events, 2, ph="i") if event["args"]["window"] == 202)
    assert mark["args"]["late_ms"] is None


def test_each_session_has_tracks_of_its_own_and_the_work_is_of_all(run_data: RunData, sample: ModuleType) -> None:
    recording = run_data.recordings[sample.OK]
    found = with_changes(run_data, sample.OK, session=recording.window % 2)
    named = {event["tid"]: event["args"]["name"] for event in of(found, 1, name="thread_name")}
    by_window = {event["args"]["window"]: named[event["tid"]] for event in of(found, 1, cat="window", ph="X")}
    assert by_window[10] == "session 0: window: close to deadline"
    assert by_window[11] == "session 1: window: close to deadline"
    assert {named[event["tid"]] for event in of(found, 1, cat="step")} == {"work"}
    mark = next(event for event in of(found, 1, ph="i") if event["args"]["window"] == 60)
    assert named[mark["tid"]] == "session 0: window: close to deadline"
    test_slices_of_a_track_never_overlap_without_nesting(found)
    test_arrows_begin_once_and_end_once_and_lie_inside_slices(found)
    test_every_track_that_is_used_has_a_name(found)


def test_what_was_read_of_the_machine_are_counters_with_units(run_data: RunData, sample: ModuleType) -> None:
    recording = run_data.recordings[sample.OK]
    instants = recording.scheduled_ns[:3]
    rows = [("cpu", "busy_total", "s", 1.0), ("gpu0", "temperature", "°C", 60.0), ("gpu0", "power", "W", 200.0)]
    read = [(at, *row) for at in instants.tolist() for row in rows]
    told = Telemetry(
        instant_ns=np.array([row[0] for row in read], dtype=np.int64),
        source=np.array([row[1] for row in read]),
        name=np.array([row[2] for row in read]),
        unit=np.array([row[3] for row in read]),
        value=np.array([row[4] * (place // 3 + 1) for place, row in enumerate(read)]),
        round=np.zeros(len(read), dtype=np.int64),
        interval_ms={"cpu": 300.0, "gpu0": 300.0},
    )
    found = of(with_changes(run_data, sample.OK, telemetry=told), 1, ph="C")
    assert {event["name"] for event in found} == {"cpu busy (s/s)", "gpu0 temperature (°C)", "gpu0 power (W)"}
    powers = [event["args"]["value"] for event in found if event["name"] == "gpu0 power (W)"]
    assert powers == [200.0, 400.0, 600.0]
    assert all({"ph", "ts", "pid", "name", "args"} <= set(event) for event in found)


def test_a_gpu_s_work_is_a_track_of_its_own_with_the_error_of_its_clock(run_data: RunData, sample: ModuleType) -> None:
    name, series = next((name, one) for name, one in run_data.recordings.items() if len(one.spans.window) > 1)
    spans = series.spans
    flags = np.arange(len(spans.window)) == 1
    told = dataclasses.replace(
        series, spans=dataclasses.replace(spans, is_on_gpu=flags, error_ns=np.where(flags, 4000, 0))
    )
    drawn = trace_events(dataclasses.replace(run_data, recordings={name: told}))
    (piece,) = [event for event in drawn if event.get("cat") == "gpu"]
    assert piece["name"] == spans.component[1]
    assert piece["args"] == {"window": int(spans.window[1]), "error_us": 4.0}
    assert piece["dur"] == pytest.approx((spans.end_ns[1] - spans.start_ns[1]) / 1000)
    (track,) = [event for event in drawn if event["name"] == "thread_name" and event["tid"] == piece["tid"]]
    assert track["args"]["name"] == "GPU"
    assert sum(event.get("cat") == "component" for event in drawn) == len(spans.window) - 1
    assert not [event for event in drawn if event["ph"] in "stf" and event["tid"] == piece["tid"]]
