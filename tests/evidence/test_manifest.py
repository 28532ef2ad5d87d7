"""A sealed folder: what was taken away, changed or put in is found; a damaged manifest is refused."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import subprocess

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.cli.result import command
from josie_bench.errors import IntegrityError, UsageError
from josie_bench.evidence.manifest import MANIFEST, differences, read_manifest, require_intact, seal

RESULT, RAW = "result.json", "deep/er/windows.parquet"


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "run"
    (place / "deep" / "er").mkdir(parents=True)
    (place / RESULT).write_bytes(b"{}\n")
    (place / RAW).write_bytes(bytes(range(256)))
    seal(place)
    return place


def test_the_manifest_holds_the_digest_of_every_file_sorted_by_name(folder):
    expected = [
        f"{hashlib.sha256(bytes(range(256))).hexdigest()}  {RAW}",
        f"{hashlib.sha256(b'{}' + chr(10).encode()).hexdigest()}  {RESULT}",
    ]
    assert (folder / MANIFEST).read_text().splitlines() == expected
    assert differences(folder) == []
    assert list(read_manifest(folder)) == [RAW, RESULT]


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum is not here")
def test_sha256sum_reads_it_too(folder):
    done = subprocess.run(["sha256sum", "-c", MANIFEST], cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.count(": OK\n")) == (0, 2)


def test_sealing_again_gives_the_same_bytes(folder):
    before = (folder / MANIFEST).read_bytes()
    assert seal(folder).read_bytes() == before


def test_every_file_that_is_not_as_it_was_is_a_line(folder):
    (folder / RESULT).unlink()
    (folder / RAW).write_bytes(bytes(range(255)) + b"\0")
    (folder / "notes.txt").write_text("")
    assert differences(folder) == [f"missing: {RESULT}", f"changed: {RAW}", "extra: notes.txt"]


def test_a_link_is_never_what_was_sealed(folder, tmp_path):
    (tmp_path / "other.json").write_bytes(b"{}\n")
    (folder / RESULT).unlink()
    (folder / RESULT).symlink_to(tmp_path / "other.json")
    assert differences(folder) == [f"changed: {RESULT}: a link stands in its place"]
    (folder / "loop").symlink_to(folder)
    assert differences(folder)[-1] == "extra: loop"


def test_a_folder_in_the_place_of_a_file_is_a_line(folder):
    (folder / RESULT).unlink()
    (folder / RESULT).mkdir()
    assert differences(folder) == [f"missing: {RESULT}"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-1],
        lambda text: text.replace("  ", " "),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text + text,
        lambda text: text.upper(),
        lambda text: text + f"{'0' * 64}  ../outside\n",
        lambda text: text + f"{'0' * 64}  /etc/hosts\n",
        lambda text: text + "\n",
        lambda _: "",
        lambda _: "\0",
    ],
)
def test_a_damaged_manifest_is_refused_in_one_line(folder, damage):
    file = folder / MANIFEST
    file.write_bytes(damage(file.read_text()).encode())
    with pytest.raises(IntegrityError, match="damaged") as refused:
        differences(folder)
    assert refused.value.exit_code == 3
    assert "\n" not in str(refused.value)


@given(content=st.binary(max_size=200))
def test_no_bytes_of_a_manifest_pass_for_another_one(tmp_path_factory, content):
    place = tmp_path_factory.mktemp("run")
    (place / RESULT).write_bytes(b"{}")
    (place / MANIFEST).write_bytes(content)
    with contextlib.suppress(IntegrityError):
        assert differences(place)


def test_a_folder_without_a_manifest_says_how_to_get_one(folder):
    (folder / MANIFEST).unlink()
    with pytest.raises(IntegrityError, match=r"has no manifest\.sha256: its run did not end"):
        differences(folder)
    require_intact(folder)  # nothing was promised


def test_only_what_is_asked_about_must_be_intact(folder):
    (folder / RAW).write_bytes(b"")
    require_intact(folder, [RESULT, "parity.parquet"])
    for names in (None, [RAW]):
        with pytest.raises(IntegrityError, match=f"changed: {RAW}"):
            require_intact(folder, names)


def verify(folder):
    return CliRunner().invoke(command, ["verify", str(folder)], catch_exceptions=False, standalone_mode=False)


def test_the_command_ends_with_0_or_with_3_and_a_line_each(folder):
    done = verify(folder)
    assert (done.exit_code, done.output) == (0, f"{folder}: 2 files are as they were sealed\n")
    (folder / "a").write_text("")
    (folder / "b").write_text("")
    done = verify(folder)
    assert (done.exit_code, done.output) == (3, "extra: a\nextra: b\n")


def test_the_command_refuses_what_is_no_folder(tmp_path):
    with pytest.raises(UsageError, match="no such folder") as refused:
        verify(tmp_path / "gone")
    assert refused.value.exit_code == 2
