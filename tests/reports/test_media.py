"""media.zip: plain files that any program can read, put back to where they belong."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from josie_bench.errors import UsageError
from josie_bench.reports import RunData
from josie_bench.reports.media import FILES, read, write
from josie_bench.terms.judged import REFERENCE, Judged, JudgedItem

ROWS = (
    JudgedItem(item="a/../b-c", cluster="", task="codec", media={"before.flac": b"one", "after.flac": b"two"}),
    JudgedItem(item="x", cluster="", task="codec"),
    JudgedItem(item="é", cluster="", task="look", side=REFERENCE, media={"after.png": b"three"}),
)


def run_of(sample: ModuleType, rows: tuple[JudgedItem, ...]) -> RunData:
    return RunData(result=sample.result([]), judged={"quality/eager-fp32/w300": Judged(tasks=("codec",), rows=rows)})


def test_files_are_named_after_case_row_item_and_side(sample: ModuleType, tmp_path: Path) -> None:
    [path] = write(run_of(sample, ROWS), tmp_path)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [
            "quality/eager-fp32/w300/0000-codec-a_.._b_c-engine-before.flac",
            "quality/eager-fp32/w300/0000-codec-a_.._b_c-engine-after.flac",
            "quality/eager-fp32/w300/0002-look-_-reference-after.png",
        ]


def test_what_was_written_comes_back_by_case_and_row(sample: ModuleType, tmp_path: Path) -> None:
    write(run_of(sample, ROWS), tmp_path)
    assert read(tmp_path) == {
        "quality/eager-fp32/w300": {0: {"before.flac": b"one", "after.flac": b"two"}, 2: {"after.png": b"three"}}
    }


def test_a_folder_of_an_older_run_has_none(tmp_path: Path) -> None:
    assert read(tmp_path) == {}


def test_a_broken_archive_is_told_in_one_line(sample: ModuleType, tmp_path: Path) -> None:
    [path] = write(run_of(sample, ROWS), tmp_path)
    whole = path.read_bytes()
    for broken in (b"no archive", whole[: len(whole) // 2], whole.replace(b"three", b"threx")):
        path.write_bytes(broken)
        with pytest.raises(UsageError, match=f"{FILES[0]} is broken"):
            read(tmp_path)


def test_files_of_others_in_it_are_passed_over(tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("readme.txt", b"x")
    (tmp_path / FILES[0]).write_bytes(content.getvalue())
    assert read(tmp_path) == {}


def test_what_is_compressed_is_refused_for_it_may_be_far_larger_than_the_archive(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / FILES[0], "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("case/0000-codec-x-engine-before.flac", bytes(1_000_000))
    assert (tmp_path / FILES[0]).stat().st_size < 2_000
    with pytest.raises(UsageError, match=f"{FILES[0]} is broken: a file in it is compressed"):
        read(tmp_path)
