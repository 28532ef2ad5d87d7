"""What a stranger says of a recording beside its rows is what a recording can be, or is refused in one line."""

from __future__ import annotations

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from josie_bench.errors import UsageError
from josie_bench.reports import parquet


def saying(folder, key, value):
    """Let the windows' file say something else of its first recording."""
    file = folder / parquet.FILES[0]
    table = pq.read_table(io.BytesIO(file.read_bytes()))
    told = json.loads(table.schema.metadata[parquet.METADATA_KEY])
    told[next(iter(told))][key] = value
    metadata = {**table.schema.metadata, parquet.METADATA_KEY: json.dumps(told).encode()}
    pq.write_table(table.replace_schema_metadata(metadata), file)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("window_ms", "300"),
        ("window_ms", -1.0),
        ("deadline_ms", float("nan")),
        ("is_open_loop", None),
        ("sample_rate_hz", 0),
        ("ended_ns", 2**80),
        ("delay_samples", None),
        ("round_ended_ns", ["now"]),
        ("round_ended_ns", [1, 2, 3, 4, 5, 6, 7]),
        ("memory", "much"),
        ("memory", [{"phase": "start", "name": "rss", "byte_count": "much"}]),
        ("phases", [{"name": "idle", "start_ns": 0, "end_ns": None}]),
        ("audits", [{"checked": "all"}]),
        ("faults", [{"number": 0, "first": "x"}]),
    ],
)
def test_what_no_recording_can_be_is_refused(run_data, tmp_path, key, value):
    parquet.write(run_data, tmp_path)
    assert parquet.read(tmp_path).keys() == run_data.recordings.keys()
    saying(tmp_path, key, value)
    with pytest.raises(UsageError, match=r"windows\.parquet is broken") as refused:
        parquet.read(tmp_path)
    assert "\n" not in str(refused.value)


def test_what_a_later_version_adds_is_passed_over(run_data, tmp_path):
    parquet.write(run_data, tmp_path)
    saying(tmp_path, "of_a_later_version", [1])
    assert parquet.read(tmp_path).keys() == run_data.recordings.keys()


def test_a_count_that_none_is_is_refused(run_data, tmp_path):
    parquet.write(run_data, tmp_path)
    file = tmp_path / parquet.FILES[0]
    table = pq.read_table(io.BytesIO(file.read_bytes()))
    place = table.column_names.index("audio_samples")
    pq.write_table(table.set_column(place, "audio_samples", pa.array([2**62] * len(table))), file)
    with pytest.raises(UsageError, match="audio_samples has a number that is no count"):
        parquet.read(tmp_path)
