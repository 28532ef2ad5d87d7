"""What `pytest-benchmark` reads of a run: by its own loader, its own command and its own statistics."""

from __future__ import annotations

import json
import logging
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_benchmark.stats import Stats
from pytest_benchmark.storage.file import FileStorage

from josie_bench.exports import find_export, write_export
from josie_bench.exports.pytest_benchmark import _statistics


@pytest.fixture(scope="module")
def plain(run_data):
    ((name, content),) = find_export("pytest-benchmark").files(run_data).items()
    assert name == f"{run_data.result.run.id}.pytest-benchmark.json"
    return json.loads(content)


def test_every_case_that_is_ok_has_its_windows_as_rounds(plain, run_data, sample):
    names = [row["name"] for row in plain["benchmarks"]]
    assert names == [
        f"compute_time[{sample.OK}]", f"response_latency[{sample.OK}]",
        f"compute_time[{sample.BROKEN}]", f"response_latency[{sample.BROKEN}]",
        f"compute_time[{sample.CLOSED}]",
    ]  # fmt: skip
    recording = run_data.recordings[sample.BROKEN]
    row = next(row for row in plain["benchmarks"] if row["name"] == names[3])
    answered = recording.measured() & recording.is_answered
    seconds = (recording.finished_ns - recording.scheduled_ns)[answered] / 1e9
    np.testing.assert_allclose(row["stats"]["data"], seconds, rtol=1e-12)
    assert row["extra_info"]["unanswered_windows"] == int((recording.measured() & ~recording.is_answered).sum())
    assert row["extra_info"]["definition"] == "response_latency/1"


def test_its_own_loader_takes_the_file(run_data, tmp_path, plain):
    (path,) = write_export(run_data, "pytest-benchmark", tmp_path)
    storage = FileStorage(str(tmp_path), logging.getLogger("none"))
    rows = list(storage.load_benchmarks(str(path)))
    assert [row["fullname"] for row in rows] == [row["fullname"] for row in plain["benchmarks"]]
    assert [row["median"] for row in rows] == [row["stats"]["median"] for row in plain["benchmarks"]]


def test_its_own_command_compares_two_runs(run_data, tmp_path, sample):
    for name in ("a", "b"):
        write_export(run_data, "pytest-benchmark", tmp_path / name)
    files = sorted(str(path) for path in tmp_path.glob("*/*.json"))
    command = [sys.executable, "-c", "from pytest_benchmark.cli import main; main()", "compare", *files]
    command += ["--group-by=fullname", "--columns=min,median,max,rounds"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Failed to load" not in done.stdout + done.stderr
    assert done.stdout.count(f"response_latency[{sample.OK}]") >= 2


@given(st.lists(st.floats(1e-6, 10.0), min_size=1, max_size=40))
def test_the_statistics_are_those_that_the_tool_computes_itself(times):
    theirs = Stats()
    for value in times:
        theirs.update(value)
    ours = _statistics(times)
    assert set(ours) == {*Stats.fields, "iterations", "data"}
    for field in Stats.fields:
        expected = getattr(theirs, field)
        if field not in ("outliers", "stddev_outliers", "iqr_outliers", "ld15iqr", "hd15iqr"):
            assert ours[field] == pytest.approx(expected, rel=1e-9, abs=1e-12), field


def test_outliers_are_counted_as_the_tool_counts_them():
    times = [1.0, 1.1, 1.2, 1.3, 9.0]
    theirs = Stats()
    for value in times:
        theirs.update(value)
    ours = _statistics(times)
    names = ("outliers", "ld15iqr", "hd15iqr")
    assert [ours[name] for name in names] == [getattr(theirs, name) for name in names] == ["1;1", 1.0, 1.3]
