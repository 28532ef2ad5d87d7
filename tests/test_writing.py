"""Files of a run folder are whole or not there."""

import errno
import os
from pathlib import Path

import pytest

from josie_bench.errors import OutputError
from josie_bench.writing import check_folder, make_folders, write_whole


def test_the_content_is_written_and_missing_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file.txt"
    assert write_whole(path, b"all of it") == path
    assert path.read_bytes() == b"all of it"
    assert [found.name for found in path.parent.iterdir()] == ["file.txt"]


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of what is synced, in order."""
    names: list[str] = []
    real = os.fsync

    def note(descriptor: int) -> None:
        names.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        real(descriptor)

    monkeypatch.setattr("os.fsync", note)
    return names


def test_names_of_new_folders_are_on_the_disk_before_what_is_in_them(tmp_path: Path, synced: list[str]) -> None:
    write_whole(tmp_path / "a" / "b" / "file", b"x")
    *folders, part, last = synced
    assert folders == [tmp_path.name, "a"]
    assert part.startswith(".file.")
    assert last == "b"


def test_a_folder_that_is_there_is_not_made_again(tmp_path: Path, synced: list[str]) -> None:
    make_folders(tmp_path, exist_ok=True)
    assert synced == []
    with pytest.raises(FileExistsError):
        make_folders(tmp_path)


def test_a_new_file_may_be_read_by_whom_other_files_may(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    path = write_whole(tmp_path / "file", b"x")
    assert path.stat().st_mode == plain.stat().st_mode


@pytest.mark.parametrize("step", ["os.fsync", "pathlib.Path.replace"])
def test_a_failure_keeps_the_old_file_whole(step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_whole(tmp_path / "file", b"old")

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(step, fail)
    with pytest.raises(OutputError, match="the disk is full"):
        write_whole(path, b"new and longer")
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


def test_an_interrupt_while_writing_leaves_no_part_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "file", b"x")
    assert not list(tmp_path.iterdir())


def test_a_file_where_a_folder_is_due_is_named_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"")
    path = tmp_path / "taken" / "file"
    with pytest.raises(OutputError) as told:
        write_whole(path, b"x")
    assert str(told.value) == f"cannot write {path}: a file is where a folder is due"


def test_a_folder_where_the_file_is_due_is_named_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "file").mkdir()
    with pytest.raises(OutputError, match="a folder is where the file is due"):
        write_whole(tmp_path / "file", b"x")
    assert [found.name for found in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "no permission to write there"),
        (errno.EROFS, "the file system is read-only"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_the_reason_is_told_in_words(number: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, "Input/output error")

    monkeypatch.setattr("pathlib.Path.mkdir", fail)
    with pytest.raises(OutputError, match=words):
        write_whole(tmp_path / "file", b"x")


def test_a_folder_is_looked_at_before_anything_is_to_be_written_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_folder(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="file/in: a part of its path is a file"):
        check_folder(tmp_path / "file" / "in")
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(OutputError, match="no permission to write there"):
        check_folder(tmp_path / "a")
