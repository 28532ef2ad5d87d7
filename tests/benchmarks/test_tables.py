"""The raw series on their way to the disk and back."""

from __future__ import annotations

import pytest

from josie_bench.bench.recording_file import load_recording, save_recording
from josie_bench.plugins import find_member
from josie_bench.reports import RunData


@pytest.mark.benchmark(group="tables")
def test_a_trial_s_recording_is_saved_and_loaded(benchmark, long_recording, tmp_path):
    def there_and_back():
        save_recording(long_recording, tmp_path / "recording.npz")
        return load_recording(tmp_path / "recording.npz")

    assert len(benchmark(there_and_back).window) == len(long_recording.window)


@pytest.mark.benchmark(group="tables")
def test_the_window_table_is_written(benchmark, long_recording, run_data, tmp_path):
    data = RunData(result=run_data.result, recordings={"long": long_recording})
    files = benchmark(find_member("reports", "parquet").write, data, tmp_path)
    assert all(file.stat().st_size for file in files)


@pytest.mark.benchmark(group="tables")
def test_the_window_table_is_read(benchmark, long_recording, run_data, tmp_path):
    member = find_member("reports", "parquet")
    member.write(RunData(result=run_data.result, recordings={"long": long_recording}), tmp_path)
    assert len(benchmark(member.read, tmp_path)["long"].window) == len(long_recording.window)
