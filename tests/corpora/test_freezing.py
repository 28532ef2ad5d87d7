"""Freezing: the manifest of a package is what a second, plainer count says it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from josie_bench.corpora._freezing import freeze
from josie_bench.corpora._manifests import items_sha256
from josie_bench.errors import CorpusError, UnavailableError
from tests.corpora.packaging import FILES, read_items, toy, toy_manifest, write_deb


def test_files_counts_minutes_and_languages_are_frozen(package, tmp_path):
    frozen = freeze(toy(package), package.parent, tmp_path / "root")
    expected = toy_manifest()
    assert frozen.files == expected.files
    assert frozen.item_counts == {"train": 1, "test": 1}
    assert frozen.minutes == pytest.approx(expected.minutes)  # 0.1 s and 0.2 s
    assert frozen.languages == ("en",)
    assert frozen.items_sha256 == items_sha256(read_items(tmp_path / "root"))


def test_a_corpus_without_sound_has_no_minutes(package, tmp_path):
    silent = replace(toy(package), hear=None)
    assert freeze(silent, package.parent, tmp_path / "root").minutes is None


def test_another_package_than_the_corpus_names_is_refused(package, tmp_path):
    corpus = toy(package)
    write_deb(package, FILES | {"more": b"1"})
    with pytest.raises(CorpusError, match="name that in the corpus, or take another"):
        freeze(corpus, package.parent, tmp_path / "root")


def test_a_package_that_is_not_there_is_named(package, tmp_path):
    with pytest.raises(UnavailableError, match=r"holds no toy_1\.0_all\.deb: put it there"):
        freeze(toy(package), tmp_path, tmp_path / "root")
