"""A bundle: nothing private in any byte of it, whole in itself, no larger than asked, the same bytes each time."""

from __future__ import annotations

import gzip
import json
import tarfile

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from josie_bench.cli.bundle import command
from josie_bench.errors import IntegrityError, OutputError, UsageError
from josie_bench.evidence.bundle import DESCRIPTION, ESSENTIAL, TOO_LARGE, write_bundle
from josie_bench.evidence.identity import Identity
from josie_bench.evidence.manifest import MANIFEST, differences, file_sha256, seal
from josie_bench.reports import read_run, write_run
from tests.evidence.private_run import IDENTITY, PRIVATE, private_run

ALL = 2**30


@pytest.fixture(scope="module")
def folder(run_data, tmp_path_factory):
    place = tmp_path_factory.mktemp("reports") / "run"
    private_run(run_data, place)
    return place


@pytest.fixture(scope="module")
def whole(folder, tmp_path_factory):
    """Return the bundle of the private run and where it was unpacked."""
    place = tmp_path_factory.mktemp("bundle")
    bundle = write_bundle(folder, IDENTITY, max_bytes=ALL, output=place / "run.tar.gz")
    return bundle, unpacked(bundle, place)


def unpacked(bundle, place):
    with tarfile.open(bundle.path) as archive:
        archive.extractall(place, filter="data")
    (inner,) = (path for path in place.iterdir() if path.is_dir())
    return inner


def plain_bytes(path):
    """Return a file's content as it can be read: unpacked, and of a table all texts."""
    if path.suffix == ".gz":
        return gzip.decompress(path.read_bytes())
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        texts = [value for name in table.column_names for value in table[name].unique().to_pylist()]
        return repr((table.schema.metadata, texts)).encode() + path.read_bytes()
    return path.read_bytes()


def test_no_byte_of_any_member_is_private(whole, folder):
    bundle, place = whole
    files = [path for path in place.rglob("*") if path.is_file()]
    assert len(files) == len(bundle.files) + 2
    private = [*PRIVATE, str(folder)]
    found = [(path.name, word) for path in files for word in private if word.encode() in plain_bytes(path)]
    assert found == []
    with tarfile.open(bundle.path) as archive:
        names = " ".join(member.name for member in archive)
    assert not [word for word in private if word in names]


def test_the_check_would_see_what_is_private(folder):
    told = [plain_bytes(path) for path in folder.rglob("*") if path.is_file()]
    assert [word for word in PRIVATE if not any(word.encode() in content for content in told)] == []


def test_an_unpacked_bundle_is_as_it_was_sealed_and_can_be_read(whole, run_data):
    _, place = whole
    assert differences(place) == []
    data = read_run(place)
    first, *others = data.result.cases
    assert first.id == "redacted-user/eager-fp32/w300"
    assert first.reason == "OSError: ~/x.wav (all of it: ./trials/000/stderr.txt)"
    assert set(data.recordings) == {case.id for case in data.result.cases if case.windows_measured}
    assert first.metrics == run_data.result.cases[0].metrics
    assert others == run_data.result.cases[1:]


def test_it_holds_what_the_run_held_and_says_what_it_does_not(whole, folder):
    bundle, place = whole
    assert set(bundle.files) >= {
        *ESSENTIAL, "windows.parquet", "spans.parquet", "parity.parquet", "report.html", "report.md", "scores.csv",
        "junit.xml", "trace.json.gz", "media.zip", "journal.jsonl", "trials/000/stderr.txt",
    }  # fmt: skip
    assert bundle.left_out == {
        "trials/000/recording.npz": "is of a kind that cannot be looked through for what is private",
        "trials/000/broken.json": "cannot be read as what it is called",
    }
    described = json.loads((place / DESCRIPTION).read_text())
    assert described["left_out"] == bundle.left_out
    assert described["files"] == list(bundle.files)
    assert described["manifest_sha256"] == file_sha256(folder / MANIFEST)
    assert (place / "trials/000/stderr.txt").read_text() == 'File "~/a.py", line 1\nredacted-host: redacted-secret\n'
    assert (place / "reproduce.sh").stat().st_mode & 0o111


def test_the_same_run_gives_the_same_bytes(whole, folder, tmp_path):
    bundle, _ = whole
    again = write_bundle(folder, IDENTITY, max_bytes=ALL, output=tmp_path / "again.tar.gz")
    assert again.path.read_bytes() == bundle.path.read_bytes()
    with tarfile.open(bundle.path) as archive:
        assert {(member.mtime, member.uid, member.uname) for member in archive} == {(0, 0, "")}


def test_of_a_run_that_holds_nothing_private_every_byte_comes_along(run_data, tmp_path):
    write_run(run_data, tmp_path / "run", ["result", "parquet", "parity", "csv"])
    seal(tmp_path / "run")
    bundle = write_bundle(tmp_path / "run", Identity(), max_bytes=ALL, output=tmp_path / "b.tar.gz")
    (tmp_path / "out").mkdir()
    inner = unpacked(bundle, tmp_path / "out")
    for path in (tmp_path / "run").glob("*.*"):
        if path.name != MANIFEST:
            assert (inner / path.name).read_bytes() == path.read_bytes(), path.name


def test_the_largest_files_stay_behind_until_it_is_small_enough(whole, folder, tmp_path):
    size = whole[0].byte_count
    sizes = {name: (whole[1] / name).stat().st_size for name in whole[0].files}
    bundle = write_bundle(folder, IDENTITY, max_bytes=size - 1, output=tmp_path / "b.tar.gz")
    assert bundle.path.stat().st_size == bundle.byte_count < size
    dropped = [name for name, reason in bundle.left_out.items() if reason == TOO_LARGE]
    assert dropped == [max(sizes, key=sizes.get)]
    (tmp_path / "out").mkdir()
    assert differences(unpacked(bundle, tmp_path / "out")) == []


def test_what_not_even_the_result_fits_into_is_refused(folder, tmp_path):
    with pytest.raises(UsageError, match="alone are larger"):
        write_bundle(folder, IDENTITY, max_bytes=1000, output=tmp_path / "b.tar.gz")
    assert not list(tmp_path.iterdir())


@pytest.fixture
def small(run_data, tmp_path):
    write_run(run_data, tmp_path / "run", ["result", "parquet", "parity"])
    seal(tmp_path / "run")
    return tmp_path / "run"


def test_a_folder_that_is_not_as_it_was_sealed_is_refused(small, tmp_path):
    (small / "result.json").write_text((small / "result.json").read_text() + " ")
    with pytest.raises(IntegrityError, match=r"changed: result\.json"):
        write_bundle(small, IDENTITY, max_bytes=ALL, output=tmp_path / "b.tar.gz")
    (small / MANIFEST).unlink()
    with pytest.raises(IntegrityError, match="josie-bench report"):
        write_bundle(small, IDENTITY, max_bytes=ALL, output=tmp_path / "b.tar.gz")


def test_what_came_into_the_folder_later_stays_behind(small, tmp_path):
    (small / "notes.txt").write_text("mine")
    bundle = write_bundle(small, IDENTITY, max_bytes=ALL, output=tmp_path / "b.tar.gz")
    assert bundle.left_out == {"notes.txt": "came into the folder after it was sealed"}


def test_it_is_not_written_into_the_folder_that_it_is_made_of(small):
    with pytest.raises(OutputError, match="choose another --output"):
        write_bundle(small, IDENTITY, max_bytes=ALL, output=small / "b.tar.gz")


def test_the_command_says_what_it_wrote_and_what_it_left(small, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (small / "notes.txt").write_text("mine")
    done = CliRunner().invoke(command, [str(small)], catch_exceptions=False, standalone_mode=False)
    left, written = done.output.splitlines()
    assert left == "left out: notes.txt: came into the folder after it was sealed"
    (archive,) = tmp_path.glob("*.tar.gz")
    assert written.startswith(f"{archive.name}: ")
    with pytest.raises(UsageError, match="--max-size"):
        CliRunner().invoke(command, [str(small), "--max-size", "7"], catch_exceptions=False, standalone_mode=False)
