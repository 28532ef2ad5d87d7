"""Crops of clips: cut as the runtime cuts them, played on from clip to clip, with what is seen."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from josie_bench.model.presets import TINY
from josie_bench.runtime.patches import cut_patches, patch_layout
from josie_bench.terms.corpus import Corpus, Item, OpenCorpus
from josie_bench.training import clips
from josie_bench.training.clips import UNKNOWN, ClipPool, cut, squared

SIZES = TINY.vision
SIDE = 40


def clip(level, frames=10):
    """Return frames of one grey each, a little lighter from one to the next."""
    return np.stack([np.full((SIDE, SIDE, 3), level + step, dtype=np.uint8) for step in range(frames)])


def corpus_of(pictures, labels=None, frames_per_s=10.0, split="train"):
    """Return a corpus of these clips."""
    items = tuple(Item(id=str(index), split=split, recipe=index) for index in range(len(pictures)))
    corpus = Corpus(
        summary="greys",
        kind="made",
        license="CC0-1.0",
        splits=("train",),
        ships_weights=True,
        read_items=lambda _: items,
        frames=lambda _, item: pictures[item.recipe],
        frames_per_s=frames_per_s,
        labels=None if labels is None else lambda item: labels[item.recipe],
    )
    return OpenCorpus(name="greys", corpus=corpus, root=None, items=items)


def pool_of(*corpora, patches=4):
    shares = {str(index): (1.0, corpus) for index, corpus in enumerate(corpora)}
    return ClipPool(shares, SIZES, split="train", patches=patches)


def greys(views):
    """Return the grey of each frame, `[batch, frames]`."""
    batch, time = views.patches.shape[:2]
    frames = views.patches.reshape(batch, time, -1, 3, SIZES.patch_frames, SIZES.patch**2).mean((2, 3, 5))
    return np.round((frames.reshape(batch, -1) + 1) * 127.5).astype(int)


def at_interval(monkeypatch, interval_ms):
    monkeypatch.setattr(clips, "INTERVALS_MS", (interval_ms,))


def test_a_crop_is_cut_as_the_runtime_cuts():
    frames = [np.random.default_rng(index).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8) for index in range(2)]
    patches, layout = cut(frames, SIZES)
    assert (layout.rows, layout.columns) == (2, 2)  # a budget of 4 tokens
    assert np.array_equal(patches, cut_patches(frames, SIZES, patch_layout(2, 2, SIZES.merge, SIZES.cells)))


def test_a_batch_has_the_shape_of_the_encoder_s_input():
    views = pool_of(corpus_of([clip(50)])).draw(np.random.default_rng(0), 3)
    assert views.patches.shape == (3, 4, 4 * SIZES.merge**2, SIZES.patch_dim)
    assert views.labels.shape == (3, 4, 0)


@pytest.mark.parametrize(("interval_ms", "step"), [(100.0, 1), (200.0, 2)])
def test_frames_are_as_far_apart_as_windows_take_them(interval_ms, step, monkeypatch):
    at_interval(monkeypatch, interval_ms)
    row = greys(pool_of(corpus_of([clip(50, frames=200)])).draw(np.random.default_rng(0), 1))[0]
    assert set(np.diff(row)) == {step}


def test_one_clip_plays_on_into_the_next(monkeypatch):
    at_interval(monkeypatch, 100.0)
    row = greys(pool_of(corpus_of([clip(0, 3), clip(100, 3)]), patches=20).draw(np.random.default_rng(0), 1))[0]
    assert set(row) == {0, 1, 2, 100, 101, 102}
    for before, after in pairwise(row):
        assert after == before + 1 or (before % 100 == 2 and after % 100 == 0)


def test_a_picture_that_is_no_clip_is_shown_for_a_while(monkeypatch):
    at_interval(monkeypatch, 200.0)
    still = corpus_of([clip(0, 1), clip(100, 1)], frames_per_s=None)
    row = greys(pool_of(still, patches=40).draw(np.random.default_rng(0), 1))[0]
    changes = np.flatnonzero(np.diff(row)) + 1
    assert len(changes) > 3
    assert all(length % 5 == 0 for length in np.diff(changes))  # 1000 ms of 200 each


def test_labels_are_numbers_of_names_and_none_where_two_clips_meet(monkeypatch):
    at_interval(monkeypatch, 100.0)
    labels = [{"colour": "white", "shape": "ring"}, {"colour": "black"}]
    pool = pool_of(corpus_of([clip(0, 3), clip(100, 3)], labels), patches=30)
    assert pool.classes == {"colour": ("black", "white"), "shape": ("ring",)}
    views = pool.draw(np.random.default_rng(0), 1)
    pairs = greys(views)[0].reshape(-1, 2)
    seen = {(tuple(pair // 100), tuple(label)) for pair, label in zip(pairs, views.labels[0], strict=True)}
    of_same = {told for told in seen if told[0][0] == told[0][1]}
    assert {told for told in of_same if told[1] != (UNKNOWN, UNKNOWN)} == {((0, 0), (1, 0)), ((1, 1), (0, UNKNOWN))}
    assert all(label == (UNKNOWN, UNKNOWN) for (one, other), label in seen if one != other)


def test_the_same_seed_draws_the_same_crops_and_another_others():
    pool = pool_of(corpus_of([clip(level) for level in range(0, 200, 10)]))
    one, again, other = (greys(pool.draw(np.random.default_rng(seed), 4)) for seed in (0, 0, 1))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_clips_come_from_corpora_by_their_share(monkeypatch):
    at_interval(monkeypatch, 100.0)
    rare, often = corpus_of([clip(0)]), corpus_of([clip(100)])
    pool = ClipPool({"a": (1.0, rare), "b": (3.0, often)}, SIZES, split="train", patches=1)
    drawn = greys(pool.draw(np.random.default_rng(0), 400))[:, 0] >= 100
    assert 0.68 < drawn.mean() < 0.82


def test_only_the_split_is_drawn_from():
    mixed = corpus_of([clip(0)])
    other = OpenCorpus(
        name="x", corpus=mixed.corpus, root=None, items=(Item(id="t", split="test", recipe=0), *mixed.items)
    )
    assert [item.item.id for item in pool_of(other).sources[0]] == ["0"]


@pytest.mark.parametrize("shape", [(2, 5, 9, 3), (2, 9, 5, 3), (2, 5, 5, 3)])
def test_frames_are_cut_to_their_middle_square(shape):
    frames = np.arange(np.prod(shape)).reshape(shape)
    side = min(shape[1:3])
    down, across = ((length - side) // 2 for length in shape[1:3])
    assert np.array_equal(squared(frames), frames[:, down : down + side, across : across + side])
