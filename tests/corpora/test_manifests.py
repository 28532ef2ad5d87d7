"""Manifests: the same bytes for the same content, compressed where large; what is frozen is seen to change."""

from __future__ import annotations

import gzip
from dataclasses import replace

import pytest

from josie_bench.corpora._manifests import decode, encode, item_counts, items_sha256, languages_of, packed
from josie_bench.terms.corpus import FileMark, Item, Manifest

SMALL = Manifest(
    files={"b": FileMark(sha256="11", byte_count=2, source=1), "a": FileMark(sha256="00", byte_count=1, source=0)},
    item_counts={"train": 2},
    minutes=1.25,
    languages=("en", "fr"),
    items_sha256="22",
)
ITEM = Item(id="a", split="train", language="en", transcript="hello")


def test_a_manifest_comes_back_as_it_was():
    assert decode(encode(SMALL)) == SMALL


def test_files_are_written_in_order_a_line_each():
    lines = encode(SMALL).decode().splitlines()
    assert lines[-2:] == ['"a":["00",1,0],', '"b":["11",2,1]}}']
    assert encode(SMALL) == encode(replace(SMALL, files=dict(reversed(SMALL.files.items()))))


def test_only_a_large_one_is_compressed_and_always_to_the_same_bytes():
    assert packed("toy", SMALL) == ("toy.json", encode(SMALL))
    large = replace(
        SMALL, files={f"{index:06}": FileMark(sha256="0" * 64, byte_count=1, source=0) for index in range(2000)}
    )
    name, content = packed("toy", large)
    assert name == "toy.json.gz"
    assert gzip.decompress(content) == encode(large)
    assert packed("toy", large) == (name, content)


@pytest.mark.parametrize(
    "change",
    [
        {"transcript": "hallo"},
        {"split": "test"},
        {"speaker": "anna"},
        {"language": "de"},
        {"group": "g"},
        {"role": "r"},
    ],
)
def test_any_change_to_an_item_changes_the_digest(change):
    assert items_sha256([replace(ITEM, **change)]) != items_sha256([ITEM])


def test_the_order_in_which_items_are_found_does_not():
    other = replace(ITEM, id="b")
    assert items_sha256([ITEM, other]) == items_sha256([other, ITEM])


def test_items_are_counted_by_split_and_their_languages_listed():
    items = [ITEM, replace(ITEM, split="test", language="fr"), replace(ITEM, language=None)]
    assert item_counts(items) == {"train": 2, "test": 1}
    assert languages_of(items) == ("en", "fr")
