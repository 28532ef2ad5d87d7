"""Every corpus: what it says of itself, and that nothing tested is trained on; a new one is tested by existing."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from josie_bench.corpora import absence, corpus_names, find_corpus, manifest_of, open_corpus
from josie_bench.corpora._manifests import FOLDER, items_sha256
from josie_bench.corpora._verifying import leaks
from josie_bench.errors import UnavailableError, UsageError
from josie_bench.streams import BUNDLED_FOLDER
from josie_bench.terms.corpus import KINDS, LANGUAGES, SOURCE_KINDS, SPLITS, OpenCorpus

NAMES = corpus_names()
FETCHED = [name for name in NAMES if find_corpus(name).kind == "fetched"]
HERE = [name for name in NAMES if name not in FETCHED]
# Of what is made from a seed, as of what is fetched: another plan is another corpus.
FROZEN = {
    "conversations": "4cd82d3e5ef1572a253594ba3f53587bb944fb891f624498edc44f17b8c1b46e",
    "flite_speech": "9b0cb18551c3ad2045ee0c5b2f80b25e7bcd8a70935b81911b49c40386b705ca",
    "questions": "3d168428971a3f88f41f60b846f778a6acca843858261d9c7f45eac0f00c72f1",
    "shapes": "c39050b1d6719abe663959bd009cf6f338bc64ad3b6ccc26477dd0cc93e58e09",
    "synthetic_speech": "3408d845d76cf11c1051c117fa7eeee95c8374d430e3b7f943baae8b3c87770d",
    "talks": "823025917ea114012b759b1018aee26719f979da698f66739227d163155a8bfb",
}


def listed(name):
    """Return a corpus that needs no fetching, with its items; none of them is spoken for that."""
    corpus = find_corpus(name)
    return OpenCorpus(name=name, corpus=corpus, root=BUNDLED_FOLDER, items=corpus.read_items(BUNDLED_FOLDER))


def test_the_family_is_found_by_its_files():
    assert (
        *("conversations", "dialogues", "flite_speech", "mini", "prompts", "prompts_en", "questions", "shapes"),
        *("stamps", "synthetic_speech", "talks"),
    ) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_corpus_says_what_it_is(name):
    corpus = find_corpus(name)
    assert corpus.summary
    assert "\n" not in corpus.summary
    assert corpus.kind in KINDS
    assert corpus.splits == tuple(split for split in SPLITS if split in corpus.splits)
    assert (corpus.kind == "fetched") == bool(corpus.sources)


@pytest.mark.parametrize("name", NAMES)
def test_weights_are_spoken_of_where_something_is_trained_and_never_shipped_under_the_gpl(name):
    corpus = find_corpus(name)
    assert (corpus.ships_weights is None) == ("train" not in corpus.splits)
    assert not (corpus.ships_weights and "GPL" in corpus.license)
    assert corpus.credit or corpus.license == "CC0-1.0"


def test_the_real_english_recordings_are_one_voice_that_only_tests():
    assert find_corpus("prompts_en").splits == find_corpus("mini").splits == ("test",)
    assert manifest_of("prompts").languages == ("fr", "it", "ru")


@pytest.mark.parametrize("name", NAMES)
def test_the_counts_are_of_the_splits_that_it_has(name):
    assert tuple(manifest_of(name).item_counts) == find_corpus(name).splits
    assert set(manifest_of(name).languages) <= set(LANGUAGES)


@pytest.mark.parametrize("name", FETCHED)
def test_every_source_and_file_is_pinned(name):
    corpus, manifest = find_corpus(name), manifest_of(name)
    for source in corpus.sources:
        assert source.kind in SOURCE_KINDS
        assert re.fullmatch(r"[0-9a-f]{64}", source.sha256)
        assert source.version in source.file
    for path, mark in manifest.files.items():
        assert re.fullmatch(r"[0-9a-f]{64}", mark.sha256)
        assert 0 <= mark.source < len(corpus.sources)
        assert corpus.keeps(path)
        assert not path.startswith("/")
        assert ".." not in path.split("/")
    assert {mark.source for mark in manifest.files.values()} == set(range(len(corpus.sources)))


def test_only_fetched_corpora_have_a_manifest():
    assert {path.name.partition(".")[0] for path in FOLDER.iterdir()} == set(FETCHED)


@pytest.mark.parametrize("name", FETCHED)
def test_a_corpus_that_is_not_here_says_how_it_is_fetched(name, tmp_path):
    reason = f"corpus {name} is not in {tmp_path}: fetch it with: josie-bench corpus fetch {name}"
    assert absence(name, tmp_path) == reason
    with pytest.raises(UnavailableError) as caught:
        open_corpus(name, tmp_path)
    assert str(caught.value) == reason


@pytest.mark.parametrize("name", HERE)
def test_items_have_ids_of_their_own_and_say_what_they_are(name):
    corpus, items = find_corpus(name), listed(name).items
    assert len({item.id for item in items}) == len(items)
    for item in items:
        assert item.split in corpus.splits
        assert item.language is None or item.language in LANGUAGES
        assert item.is_synthetic == (corpus.kind == "made")


def test_nothing_is_trained_on_that_is_tested():
    assert leaks([listed(name) for name in HERE]) == ()


@pytest.mark.parametrize("name", FROZEN)
def test_what_is_made_from_a_seed_stays_what_it_is(name):
    assert items_sha256(listed(name).items) == FROZEN[name]


@pytest.mark.parametrize("name", HERE)
def test_what_is_here_can_be_heard_or_seen(name):
    if (reason := absence(name, Path("nowhere"))) is not None:
        pytest.skip(reason)
    opened = open_corpus(name, Path("nowhere"))
    if opened.corpus.hear is not None:
        heard = opened.hear(opened.items[0])
        assert heard.audio.dtype == np.float32
        assert heard.sample_rate_hz == 16_000
        assert np.abs(heard.audio).max() <= 1.0
        np.testing.assert_array_equal(heard.audio, opened.audio(opened.items[0]))
    if opened.corpus.frames is not None:
        assert opened.frames(opened.items[-1]).dtype == np.uint8


def test_the_bundled_clip_can_be_seen():
    frames = open_corpus("mini", Path("nowhere")).frames(listed("mini").items[-1])
    assert frames.shape == (90, 270, 480, 3)  # six seconds, fifteen frames a second


def test_an_unknown_corpus_is_refused_with_the_near_name():
    with pytest.raises(
        UsageError,
        match=r"^unknown corpus 'promts': did you mean 'prompts'\? \(one of your own is a folder promts with",
    ):
        open_corpus("promts", Path())
