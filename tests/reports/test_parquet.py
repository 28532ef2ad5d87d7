"""The raw series survive the parquet files exactly, whatever they hold."""

import dataclasses
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from josie_bench.errors import UsageError
from josie_bench.reports import RunData
from josie_bench.reports.parquet import METADATA_KEY, read, write
from josie_bench.terms.recording import Audit, Collection, Ints, MemoryReading, Phase, Recording, Spans
from josie_bench.terms.telemetry import AbsentSource, Telemetry

COLUMNS = [
    "case",
    "round",
    "window",
    "session",
    "hop_ns",
    "block",
    "content",
    "is_warm_up",
    "scheduled_ns",
    "handed_ns",
    "started_ns",
    "finished_ns",
    "played_ns",
    "audio_samples",
    "text_tokens",
    "vision_tokens",
    "modalities",
    "dropped",
    "is_shed",
    "is_evicted",
    "is_valid",
    "response_ms",
    "compute_ms",
    "major_faults",
    "preemptions",
    "turn_tokens",
    "repeated_tokens",
    "repeated_samples",
    "turn_ns",
    "answer",
    "causes",
]


def assert_same(found: object, expected: object) -> None:
    """Hold every field of two recordings or spans against each other, types included."""
    assert type(found) is type(expected)
    for field in dataclasses.fields(expected):  # type: ignore[arg-type]  # both are dataclass values
        one, other = getattr(found, field.name), getattr(expected, field.name)
        if isinstance(other, Spans | Telemetry):
            assert_same(one, other)
        elif isinstance(other, np.ndarray):
            np.testing.assert_array_equal(one, other)
            assert one.dtype.kind == other.dtype.kind
        else:
            assert one == other
            assert type(one) is type(other)


@st.composite
def recordings(draw: st.DrawFn) -> Recording:
    """Return recordings of any numbers that a clock of 64 bits can show."""
    count = draw(st.integers(0, 4))
    calls = draw(st.integers(0, 4))
    big = st.integers(0, 2**60)  # room for the sums of derived columns
    is_answered = draw(hnp.arrays(np.bool_, count))

    def ints(length: int) -> Ints:
        return draw(hnp.arrays(np.int64, length, elements=big))

    def counts(most: int) -> Ints:
        return draw(hnp.arrays(np.int64, count, elements=st.integers(0, most)))

    def names(words: list[str], length: int) -> np.ndarray[Any, np.dtype[np.str_]]:
        return np.array(draw(st.lists(st.sampled_from(words), min_size=length, max_size=length)), dtype=np.str_)

    positive = st.floats(1e-3, 1e6)
    phase = st.builds(Phase, name=st.text(max_size=4), start_ns=big, end_ns=big, round=st.integers(0, 9))
    reading = st.builds(
        MemoryReading, phase=st.text(max_size=4), name=st.text(max_size=4), byte_count=big, round=st.integers(0, 9)
    )
    rounds = draw(hnp.arrays(np.int64, count, elements=st.integers(0, 5)))
    ends = len(np.unique(rounds))
    return Recording(
        window_ms=draw(positive),
        deadline_ms=draw(positive),
        is_open_loop=draw(st.booleans()),
        sample_rate_hz=draw(st.integers(1, 192_000)),
        window=ints(count),
        hop_ns=ints(count),
        block=ints(count),
        content=names(["recorded", "silent"], count),
        is_warm_up=draw(hnp.arrays(np.bool_, count)),
        scheduled_ns=ints(count),
        handed_ns=ints(count),
        started_ns=np.where(is_answered, ints(count), 0),
        finished_ns=np.where(is_answered, ints(count), 0),
        is_answered=is_answered,
        audio_samples=counts(10**6),
        text_tokens=counts(2**31 - 1),
        vision_tokens=counts(2**31 - 1),
        modalities=names(["", "audio", "audio+vision"], count),
        ended_ns=draw(big),
        spans=Spans(
            window=ints(calls),
            component=names(["prepare", "x"], calls),
            start_ns=ints(calls),
            end_ns=ints(calls),
            is_on_gpu=draw(hnp.arrays(np.bool_, calls)),
            error_ns=ints(calls),
        ),
        memory=tuple(draw(st.lists(reading, max_size=2))),
        phases=tuple(draw(st.lists(phase, max_size=2))),
        round=rounds if rounds.any() else None,
        round_ended_ns=tuple(draw(st.just([]) | st.lists(big, min_size=ends, max_size=ends))),
        is_virtual=draw(st.booleans()),
        delay_samples=draw(st.integers(0, 480)),
        major_faults=draw(st.none() | st.just(ints(count))) if count else None,
        turn_tokens=draw(st.none() | st.just(ints(count))) if count else None,
        repeated_tokens=draw(st.none() | st.just(ints(count))) if count else None,
        repeated_samples=draw(st.none() | st.just(ints(count))) if count else None,
        turn_ns=draw(st.none() | st.just(np.array([7] + [0] * (count - 1)))) if count else None,
        dropped=draw(st.none() | st.just(np.array(["vision"] + [""] * (count - 1)))) if count else None,
        is_valid=draw(st.none() | hnp.arrays(np.bool_, count)) if count else None,
        answers=draw(st.none() | st.just(np.array(["ab"] + [""] * (count - 1)))) if count else None,
        collections=tuple(draw(st.lists(st.builds(Collection, start_ns=big, end_ns=big), max_size=2))),
        audits=tuple(draw(st.lists(audits, max_size=2))),
        telemetry=draw(st.none() | telemetries()),
    )


audits = st.builds(
    Audit,
    checked=st.integers(0, 9),
    mismatched=st.lists(st.integers(0, 9), max_size=2).map(tuple),
    reason=st.none() | st.text(max_size=4),
    round=st.integers(0, 9),
)


@st.composite
def telemetries(draw: st.DrawFn) -> Telemetry:
    """Return readings of any value, of which there may be none."""
    count = draw(st.integers(0, 4))
    names = np.array(draw(st.lists(st.sampled_from(["cpu", "a_total"]), min_size=count, max_size=count)), dtype=np.str_)
    return Telemetry(
        instant_ns=draw(hnp.arrays(np.int64, count, elements=st.integers(0, 2**62))),
        source=names,
        name=names[::-1],
        value=draw(hnp.arrays(np.float64, count, elements=st.floats(-1e300, 1e300))),
        unit=names,
        round=draw(hnp.arrays(np.int64, count, elements=st.integers(0, 9))),
        interval_ms={"cpu": draw(st.floats(1.0, 1e6))},
        absent=tuple(draw(st.lists(st.builds(AbsentSource), max_size=2))),
    )


@given(st.dictionaries(st.text(min_size=1, max_size=6), recordings(), max_size=2))
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_any_recordings_are_restored_exactly(
    sample: ModuleType, tmp_path_factory: pytest.TempPathFactory, series: dict[str, Recording]
) -> None:
    folder = tmp_path_factory.mktemp("run")
    write(RunData(result=sample.result([]), recordings=series), folder)
    found = read(folder)
    assert list(found) == list(series)
    for name, expected in series.items():
        assert_same(found[name], expected)


def test_the_sample_run_is_restored_exactly(run_data: RunData, tmp_path: Path) -> None:
    write(run_data, tmp_path)
    for name, found in read(tmp_path).items():
        assert_same(found, run_data.recordings[name])


def test_what_hit_a_window_stands_beside_it(run_data: RunData, sample: ModuleType, tmp_path: Path) -> None:
    count = len(run_data.recordings[sample.OK].window)
    faults = np.where(np.arange(count) == 7, 3, 0)
    series = dataclasses.replace(run_data.recordings[sample.OK], major_faults=faults)
    write(RunData(result=sample.result([]), recordings={sample.OK: series}), tmp_path)
    windows = pd.read_parquet(tmp_path / "windows.parquet")
    assert windows["causes"].iloc[7] == "major page faults"
    assert windows["causes"].iloc[6] == ""
    assert windows["causes"].iloc[61] == "waited for the window before"  # the one before it took 350 ms


def test_the_tables_open_in_pandas_with_whole_nanoseconds(
    run_data: RunData, sample: ModuleType, tmp_path: Path
) -> None:
    write(run_data, tmp_path)
    windows = pd.read_parquet(tmp_path / "windows.parquet")
    assert list(windows.columns) == COLUMNS
    rows = windows[windows["case"] == sample.OK]
    assert rows["scheduled_ns"].iloc[0] == 5_000_000_000_000_123
    assert rows["finished_ns"].dtype == "Int64"
    series = run_data.recordings[sample.OK]
    row = rows.iloc[60]
    assert row["compute_ms"] == 350.0
    assert row["response_ms"] == (int(series.finished_ns[60]) - int(series.scheduled_ns[60])) / 1e6


def test_an_unanswered_window_is_null_not_zero(run_data: RunData, sample: ModuleType, tmp_path: Path) -> None:
    write(run_data, tmp_path)
    windows = pd.read_parquet(tmp_path / "windows.parquet")
    last = windows[windows["case"] == sample.BROKEN].iloc[-1]
    assert [name for name in COLUMNS if pd.isna(last[name])] == [
        "session",
        "started_ns",
        "finished_ns",
        "played_ns",
        "dropped",  # this, and the like below, nobody noted in the sample
        "is_shed",
        "is_evicted",
        "is_valid",
        "response_ms",
        "compute_ms",
        "major_faults",
        "preemptions",
        "turn_tokens",
        "repeated_tokens",
        "repeated_samples",
        "turn_ns",
        "answer",
    ]


def test_a_closed_loop_has_no_response_time(run_data: RunData, sample: ModuleType, tmp_path: Path) -> None:
    write(run_data, tmp_path)
    rows = pd.read_parquet(tmp_path / "windows.parquet").query("case == @sample.CLOSED")
    assert rows["response_ms"].isna().all()
    assert rows["compute_ms"].notna().all()


def test_a_folder_of_before_there_were_rounds_is_read(run_data: RunData, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    write(run_data, tmp_path)
    path = tmp_path / "windows.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["round"]), path)
    for name, found in read(tmp_path).items():
        assert_same(found, run_data.recordings[name])


def test_sessions_come_back_and_are_null_where_there_is_one(run_data: RunData, tmp_path: Path) -> None:
    name, series = next(iter(run_data.recordings.items()))
    session = np.arange(len(series.window)) % 3
    shared = dataclasses.replace(series, session=session, is_shed=session == 1, is_evicted=session == 2)
    write(dataclasses.replace(run_data, recordings={name: shared}), tmp_path)
    assert_same(read(tmp_path)[name], shared)
    write(run_data, tmp_path)
    assert pd.read_parquet(tmp_path / "windows.parquet")[["session", "is_shed", "is_evicted"]].isna().all(axis=None)


def test_a_window_with_which_no_turn_comes_has_no_instant_of_one(run_data: RunData, tmp_path: Path) -> None:
    name, series = next(iter(run_data.recordings.items()))
    typed = dataclasses.replace(series, turn_ns=np.where(np.arange(len(series.window)) % 3 == 1, 5, 0))
    write(dataclasses.replace(run_data, recordings={name: typed}), tmp_path)
    assert_same(read(tmp_path)[name], typed)
    assert pd.read_parquet(tmp_path / "windows.parquet")["turn_ns"].isna().sum() == (typed.turn_ns == 0).sum()


def test_spans_are_one_row_per_call(run_data: RunData, tmp_path: Path) -> None:
    write(run_data, tmp_path)
    spans = pd.read_parquet(tmp_path / "spans.parquet")
    assert list(spans.columns) == ["case", "window", "component", "start_ns", "end_ns", "is_on_gpu", "error_ns"]
    assert len(spans) == sum(len(series.spans.window) for series in run_data.recordings.values())


def test_spans_of_older_files_are_the_host_s_own(run_data: RunData, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    write(run_data, tmp_path)
    path = tmp_path / "spans.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["is_on_gpu", "error_ns"]), path)
    for name, series in run_data.recordings.items():
        assert_same(read(tmp_path)[name], series)


def test_a_run_without_series_has_empty_tables_of_the_same_columns(sample: ModuleType, tmp_path: Path) -> None:
    write(RunData(result=sample.result([])), tmp_path)
    assert read(tmp_path) == {}
    assert list(pd.read_parquet(tmp_path / "windows.parquet").columns) == COLUMNS


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + b"\x00" * 40 + b"PAR1"])
def test_a_broken_file_is_told(content: bytes, run_data: RunData, tmp_path: Path) -> None:
    write(run_data, tmp_path)
    (tmp_path / "windows.parquet").write_bytes(content)
    with pytest.raises(UsageError, match=r"windows\.parquet is broken"):
        read(tmp_path)


def test_a_parquet_file_of_somebody_else_is_told(run_data: RunData, tmp_path: Path) -> None:
    write(run_data, tmp_path)
    pd.DataFrame({"case": ["a"]}).to_parquet(tmp_path / "windows.parquet")
    with pytest.raises(UsageError, match="no parquet file that josie-bench wrote"):
        read(tmp_path)


def test_a_file_with_its_columns_cut_is_told(run_data: RunData, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    write(run_data, tmp_path)
    path = tmp_path / "windows.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["handed_ns"]), path)
    with pytest.raises(UsageError, match="cannot restore the recordings"):
        read(tmp_path)


def test_a_folder_of_before_the_machine_was_watched_is_read(run_data: RunData, tmp_path: Path) -> None:
    write(run_data, tmp_path)
    (tmp_path / "telemetry.parquet").unlink()
    file = tmp_path / "windows.parquet"
    table = pq.read_table(file).drop_columns(["major_faults", "preemptions", "turn_tokens", "answer", "causes"])
    head = json.loads(table.schema.metadata[METADATA_KEY])
    for scalars in head.values():
        for name in ("collections", "audits", "telemetry", "is_virtual", "delay_samples"):
            del scalars[name]
    pq.write_table(table.replace_schema_metadata({METADATA_KEY: json.dumps(head)}), file)
    for name, found in read(tmp_path).items():
        assert_same(found, run_data.recordings[name])


def test_series_of_schema_1_0_are_one_block_of_one_hop(run_data: RunData, tmp_path: Path) -> None:
    """Files of 1.0 had `hop_ms` for each case and none of the columns that came with blocks and rounds."""
    write(run_data, tmp_path)
    file = tmp_path / "windows.parquet"
    table = pq.read_table(file).drop_columns(["round", "hop_ns", "block", "content"])
    head = json.loads(table.schema.metadata[METADATA_KEY])
    for scalars in head.values():
        del scalars["phases"]
        scalars["hop_ms"] = 250.0
    pq.write_table(table.replace_schema_metadata({METADATA_KEY: json.dumps(head)}), file)
    for name, recording in read(tmp_path).items():
        assert set(recording.hop_ns.tolist()) == {250_000_000}
        assert not recording.block.any()
        assert set(recording.content.tolist()) == {"recorded"}
        assert recording.phases == ()
        assert recording.finished_ns.tolist() == run_data.recordings[name].finished_ns.tolist()
