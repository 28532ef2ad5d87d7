"""Downloads: each kind by its package manager; what goes wrong is a reason with a mend. No network is asked."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from josie_bench.corpora._download import command, download
from josie_bench.errors import CorpusError, UnavailableError
from josie_bench.terms.corpus import Source

DEB = Source(kind="deb", name="toy", version="1.0", file="toy_1.0_all.deb", sha256="00")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("deb", ["apt-get", "download", "toy=1.0"]),
        ("npm", ["npm", "pack", "--silent", "toy@1.0"]),
        (
            "wheel",
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "toy==1.0"],
        ),
    ],
)
def test_the_version_is_pinned_in_the_words_of_each_package_manager(kind, expected):
    assert command(replace(DEB, kind=kind)) == expected


def test_what_lies_in_a_folder_stays_there(tmp_path):
    lying = replace(DEB, kind="folder", name=str(tmp_path))
    with pytest.raises(UnavailableError, match=r"toy_1\.0_all\.deb: no such file: put the package there"):
        download(lying, tmp_path / "packages")
    (tmp_path / DEB.file).write_bytes(b"package")
    assert download(lying, tmp_path / "packages") == tmp_path / DEB.file


@pytest.fixture
def answering(monkeypatch):
    """Return a function that makes the package manager answer: what it leaves behind, its code, what it says."""

    def answer(files=(), code=0, said=""):
        def run(_, *, cwd, **__):
            for name in files:
                (Path(cwd) / name).write_bytes(b"package")
            return SimpleNamespace(returncode=code, stderr=said)

        monkeypatch.setattr(subprocess, "run", run)
        monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")

    return answer


def test_the_one_file_it_brings_is_the_package_under_the_name_it_should_have(answering, tmp_path):
    answering(files=["toy_1%3a1.0_all.deb"])
    found = download(DEB, tmp_path)
    assert found == tmp_path / "toy_1.0_all.deb"
    assert found.read_bytes() == b"package"
    assert [path.name for path in tmp_path.iterdir()] == ["toy_1.0_all.deb"]


def test_the_reason_a_package_manager_gives_is_told(answering, tmp_path):
    answering(code=100, said="W: not signed\nE: Version '1.0' for 'toy' was not found\n")
    with pytest.raises(UnavailableError) as caught:
        download(DEB, tmp_path)
    assert str(caught.value) == (
        "toy 1.0: apt-get: Version '1.0' for 'toy' was not found: "
        "download toy_1.0_all.deb elsewhere and name its folder with --from"
    )


def test_nothing_brought_is_a_reason_too(answering, tmp_path):
    answering()
    with pytest.raises(UnavailableError, match="it said nothing"):
        download(DEB, tmp_path)


def test_a_package_manager_that_hangs_is_given_up(monkeypatch, tmp_path):
    def run(*_, **__):
        raise subprocess.TimeoutExpired("apt-get", 1.0)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(shutil, "which", lambda name: name)
    with pytest.raises(UnavailableError, match="longer than an hour"):
        download(DEB, tmp_path)


def test_a_program_that_is_missing_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(UnavailableError, match=r"^toy: apt-get is not here to fetch it: download toy_1\.0_all\.deb"):
        download(DEB, tmp_path)


@pytest.fixture
def hub(monkeypatch):
    """Stand in for huggingface_hub; what it does is what a test sets."""
    names = ("RepositoryNotFoundError", "RevisionNotFoundError", "EntryNotFoundError")
    errors = SimpleNamespace(**{name: type(name, (Exception,), {}) for name in names})
    stand_in = SimpleNamespace(errors=errors, hf_hub_download=None)
    monkeypatch.setitem(sys.modules, "huggingface_hub", stand_in)
    return stand_in


HUB = Source(kind="hub", name="org/toy", version="0123abc", file="data/toy.tgz", sha256="00")


def test_a_file_of_the_hub_is_pinned_to_its_commit(hub, tmp_path):
    asked = []
    hub.hf_hub_download = lambda *words, **more: asked.append((words, more)) or str(tmp_path / "toy.tgz")
    assert download(HUB, tmp_path) == tmp_path / "toy.tgz"
    assert asked == [
        (("org/toy", "data/toy.tgz"), {"revision": "0123abc", "repo_type": "dataset", "local_dir": str(tmp_path)})
    ]


@pytest.mark.parametrize(
    ("error", "expected", "said"),
    [("EntryNotFoundError", CorpusError, "no data/toy.tgz there"), (None, UnavailableError, "cannot be reached")],
)
def test_what_the_hub_lacks_and_no_hub_at_all_are_told_apart(hub, tmp_path, error, expected, said):
    def refuse(*_, **__):
        raise OSError if error is None else getattr(hub.errors, error)

    hub.hf_hub_download = refuse
    with pytest.raises(expected, match=said):
        download(HUB, tmp_path)


def test_without_the_hub_s_library_the_extra_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(UnavailableError, match=r"pip install 'josie-bench\[hub\]'"):
        download(HUB, tmp_path)
