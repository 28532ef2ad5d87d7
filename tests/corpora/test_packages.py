"""Packages: what lies in them is read without installing; damage and what is no package are said in one line."""

from __future__ import annotations

import shutil

import pytest

from josie_bench.corpora._packages import read_package
from josie_bench.errors import CorpusError, UnavailableError
from tests.corpora.packaging import FILES, ar_member, write_deb, write_npm, write_wheel

WRITERS = {"p.deb": write_deb, "p.whl": write_wheel, "p.tgz": write_npm}


def everything(package):
    return dict(read_package(package, lambda _: True))


@pytest.mark.parametrize("name", WRITERS)
def test_every_file_of_a_package_comes_back_byte_for_byte(name, tmp_path):
    assert everything(WRITERS[name](tmp_path / name, FILES)) == FILES


@pytest.mark.parametrize("compression", ["xz", "gz", "bz2"])
def test_the_ways_in_which_debian_packages_were_compressed_are_read(compression, tmp_path):
    assert everything(write_deb(tmp_path / "p.deb", FILES, compression)) == FILES


def test_only_what_is_kept_is_read(tmp_path):
    package = write_deb(tmp_path / "p.deb", FILES)
    assert dict(read_package(package, lambda path: path.endswith("readme"))) == {"usr/share/toy/readme": b"not ours"}


def test_a_compression_that_python_lacks_needs_dpkg(tmp_path, monkeypatch):
    package = tmp_path / "p.deb"
    package.write_bytes(b"!<arch>\n" + ar_member("data.tar.zst", b"zstd"))
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(UnavailableError, match=r"dpkg-deb is not here: install dpkg, or unpack p\.deb elsewhere"):
        everything(package)


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is not here")
def test_what_dpkg_says_of_a_damaged_package_is_told(tmp_path):
    package = tmp_path / "p.deb"
    package.write_bytes(b"!<arch>\n" + ar_member("data.tar.zst", b"zstd"))
    with pytest.raises(CorpusError, match=r"p\.deb: the package is damaged \(dpkg-deb: .+\): fetch it again$"):
        everything(package)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("p.deb", b"<html>not found</html>", "no Debian package"),
        ("p.deb", b"!<arch>\n" + ar_member("debian-binary", b"2.0\n"), "no data.tar in it"),
        ("p.deb", b"!<arch>\n" + b"x" * 60, "no data.tar in it"),
        ("p.whl", b"PK no zip", "damaged"),
        ("p.tgz", b"no tar", "damaged"),
        ("p.rar", b"", "take a .deb, a .whl or a .tgz"),
    ],
)
def test_what_is_no_package_is_refused_in_one_line(name, content, said, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CorpusError, match=said) as caught:
        everything(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_a_package_that_was_cut_off_is_refused(tmp_path):
    package = write_deb(tmp_path / "p.deb", {"big": bytes(range(256)) * 400})
    package.write_bytes(package.read_bytes()[:-200])
    with pytest.raises(CorpusError, match="damaged"):
        everything(package)
