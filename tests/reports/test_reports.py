"""The door of the reports: what a run folder holds, how it is written and read back."""

import errno
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from josie_bench.errors import OutputError, UsageError
from josie_bench.plugins import find_member
from josie_bench.reports import RunData, read_run, report_names, write_run

FILES = {
    "result.json",
    "windows.parquet",
    "parity.parquet",
    "items.jsonl",
    "media.zip",
    "spans.parquet",
    "telemetry.parquet",
    "scores.csv",
    "report.html",
    "report.md",
    "junit.xml",
    "trace.json.gz",
}


def test_the_formats_are_the_files_of_the_family_and_the_data_comes_first() -> None:
    names = report_names()
    assert names[:2] == ("result", "parquet")
    assert sorted(names) == [
        "csv",
        "html",
        "items",
        "junit",
        "markdown",
        "media",
        "parity",
        "parquet",
        "result",
        "trace",
    ]


def test_a_run_folder_holds_every_file_and_nothing_else(run_data: RunData, tmp_path: Path) -> None:
    folder = tmp_path / "realtime" / "run"
    paths = write_run(run_data, folder)
    assert {path.name for path in folder.iterdir()} == FILES
    assert {path.name for path in paths} == FILES
    assert all(path.stat().st_size for path in paths)


@pytest.mark.parametrize("name", report_names())
def test_a_member_writes_the_files_that_it_names_and_says_what_they_are(
    name: str, run_data: RunData, tmp_path: Path
) -> None:
    member = find_member("reports", name)
    assert [path.name for path in member.write(run_data, tmp_path)] == list(member.FILES)
    assert member.__doc__ is not None
    assert member.FILES[0] in member.__doc__


@pytest.mark.parametrize("name", report_names())
def test_a_run_without_any_case_can_be_written(name: str, sample: ModuleType, tmp_path: Path) -> None:
    empty = RunData(result=sample.result([]))
    assert all(path.stat().st_size for path in write_run(empty, tmp_path, [name]))


@pytest.mark.parametrize("name", report_names())
def test_a_member_writes_the_same_bytes_again(name: str, run_data: RunData, tmp_path: Path) -> None:
    once = [path.read_bytes() for path in write_run(run_data, tmp_path / "a", [name])]
    assert [path.read_bytes() for path in write_run(run_data, tmp_path / "b", [name])] == once


def test_only_the_formats_that_are_asked_for_are_written(run_data: RunData, tmp_path: Path) -> None:
    write_run(run_data, tmp_path, ["csv", "junit"])
    assert {path.name for path in tmp_path.iterdir()} == {"scores.csv", "junit.xml"}


def test_an_unknown_format_is_refused_before_anything_is_written(run_data: RunData, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown report 'markdwon': did you mean 'markdown'"):
        write_run(run_data, tmp_path, ["csv", "markdwon"])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", report_names())
def test_a_full_disk_is_told_with_the_path_and_leaves_nothing_half_written(
    name: str, run_data: RunData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    first = find_member("reports", name).FILES[0]
    with pytest.raises(OutputError) as told:
        write_run(run_data, tmp_path, [name])
    assert str(told.value) == f"cannot write {tmp_path / first}: the disk is full"
    assert not list(tmp_path.iterdir())


def test_a_run_that_was_written_is_read_back_the_same(run_data: RunData, tmp_path: Path) -> None:
    write_run(run_data, tmp_path, ["result", "parquet"])
    found = read_run(tmp_path)
    assert found.result == run_data.result
    assert list(found.recordings) == list(run_data.recordings)
    for name, recording in run_data.recordings.items():
        np.testing.assert_array_equal(found.recordings[name].finished_ns, recording.finished_ns)


def test_a_report_can_be_drawn_again_from_the_folder_alone(run_data: RunData, tmp_path: Path) -> None:
    write_run(run_data, tmp_path)
    drawn = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.suffix != ".parquet"}
    again = tmp_path / "again"
    write_run(read_run(tmp_path), again)
    assert {name: (again / name).read_bytes() for name in drawn} == drawn


def test_a_folder_that_holds_no_run_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"is no run folder: cannot read result\.json") as told:
        read_run(tmp_path)
    assert "\n" not in str(told.value)


def test_a_run_folder_without_its_raw_series_says_which_file_is_missing(run_data: RunData, tmp_path: Path) -> None:
    write_run(run_data, tmp_path, ["result", "parquet"])
    (tmp_path / "spans.parquet").unlink()
    with pytest.raises(UsageError, match=r"no whole run folder: cannot read spans\.parquet"):
        read_run(tmp_path)


def test_a_case_without_series_is_not_taken_for_a_closed_loop(run_data: RunData, sample: ModuleType) -> None:
    closed = {case.id for case in run_data.result.cases if run_data.is_closed_loop(case)}
    assert closed == {sample.CLOSED}
