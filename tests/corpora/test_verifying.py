"""Verifying: every file against what was frozen, and nothing both trained on and tested."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.corpora._fetching import fetch
from josie_bench.corpora._manifests import items_sha256
from josie_bench.corpora._texts import normalised, split_of
from josie_bench.corpora._verifying import faults, leaks
from josie_bench.terms.corpus import SPLITS, Item, OpenCorpus
from tests.corpora.packaging import read_items, toy, toy_manifest


@pytest.fixture
def fetched(package, tmp_path):
    """Return the toy corpus, its manifest with what its items are, and its folder."""
    corpus, manifest = toy(package), toy_manifest()
    root = fetch("toy", corpus, manifest, tmp_path / "corpora", given=package.parent, tell=lambda _: None)
    return corpus, replace(manifest, items_sha256=items_sha256(read_items(root))), root


def test_a_corpus_as_it_was_frozen_has_no_fault(fetched):
    corpus, manifest, root = fetched
    assert faults("toy", corpus, manifest, root) == ()


def test_missing_changed_and_surplus_files_are_each_named_with_the_mend(fetched):
    corpus, manifest, root = fetched
    (root / "usr/share/toy/a.wav").unlink()
    (root / "usr/share/toy/b.wav").write_bytes(b"x" * 6444)
    (root / "notes").write_text("mine")
    assert faults("toy", corpus, manifest, root) == (
        f"missing: {root}/usr/share/toy/a.wav: josie-bench corpus fetch toy",
        f"changed: {root}/usr/share/toy/b.wav: josie-bench corpus fetch toy",
        f"surplus: {root}/notes: take it away",
    )


def test_items_that_are_read_otherwise_than_they_were_frozen_are_a_fault(fetched):
    corpus, manifest, root = fetched
    (found,) = faults("toy", corpus, replace(manifest, items_sha256="00"), root)
    assert found.startswith("changed: the items of toy are not those that were frozen")


def opened(*items, name="toy", corpus=None, root=None):
    return OpenCorpus(name=name, corpus=corpus, root=root, items=items)


def item(name, split, words="what is said here", **more):
    return Item(id=name, split=split, language="en", transcript=words, **more)


def test_a_text_that_is_trained_on_and_tested_is_a_leak_however_it_is_written():
    found = leaks(
        [opened(item("a", "train", "Thank you, all!")), opened(item("b", "test", "thank you all"), name="other")]
    )
    assert found == ("leak: text 'en: thank you all' is in train (toy a) and in test (other b)",)


def test_a_text_that_validates_is_none():
    assert leaks([opened(item("a", "valid"), item("b", "test"), item("c", "train", "something else again"))]) == ()


def test_a_word_or_two_recur_in_other_corpora_but_not_in_their_own():
    one, two = item("a", "train", "hello"), item("b", "test", "Hello!")
    assert leaks([opened(one), opened(two, name="other")]) == ()
    assert len(leaks([opened(one, two)])) == 1


def test_the_same_words_in_another_language_are_another_text():
    assert leaks([opened(item("a", "train"), replace(item("b", "test"), language="fr"))]) == ()


def test_a_speaker_leaks_across_corpora_and_a_group_within_its_own():
    one = item("a", "train", "first of all things", speaker="anna", group="g")
    two = item("b", "test", "second of all things", speaker="anna", group="g")
    assert [line.split()[1] for line in leaks([opened(one), opened(two, name="other")])] == ["speaker"]
    assert [line.split()[1] for line in leaks([opened(one, two)])] == ["speaker", "group"]


def test_a_recording_under_two_names_is_a_leak(tmp_path):
    for name in ("a.wav", "b.wav"):
        (tmp_path / name).write_bytes(b"the same sound")
    one = Item(id="a", split="train", audio="a.wav")
    two = Item(id="b", split="test", audio="b.wav")
    (found,) = leaks([opened(one, two, root=tmp_path)])
    assert found.startswith("leak: recording")


@given(st.lists(st.tuples(st.text("ab c.", max_size=8), st.sampled_from("xyz")), max_size=12))
def test_items_that_are_split_by_text_and_by_speaker_never_leak(drawn):
    items = []
    for index, (words, speaker) in enumerate(drawn):
        split = split_of(normalised(words), test=0.4, valid=0.2)
        if split == split_of(speaker, test=0.4, valid=0.2):
            items.append(item(str(index), split, words, speaker=speaker))
    assert leaks([opened(*items)]) == ()


@given(st.lists(st.tuples(st.sampled_from(SPLITS), st.sampled_from(["one two three", "four five six"])), max_size=8))
def test_a_leak_is_found_exactly_where_a_text_is_in_both(drawn):
    items = [item(str(index), split, words) for index, (split, words) in enumerate(drawn)]
    both = [words for words in {words for _, words in drawn} if {("train", words), ("test", words)} <= set(drawn)]
    assert len(leaks([opened(*items)])) == len(both)
