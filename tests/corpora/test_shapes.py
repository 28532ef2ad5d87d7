"""Shapes: clips whose captions are in one split, with what is to be told apart in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from josie_bench.corpora import shapes
from josie_bench.corpora._scenes import SHAPES
from josie_bench.corpora._texts import normalised, split_of

ITEMS = shapes.read_items(Path())


def test_a_caption_is_in_the_split_that_its_text_decides():
    assert all(split_of(normalised(item.transcript)) == item.split for item in ITEMS)


def test_every_shape_is_drawn_in_every_split():
    for split in ("train", "valid", "test"):
        assert {item.recipe.scene.shape for item in ITEMS if item.split == split} == set(SHAPES)


def test_frames_and_labels_are_those_of_the_clip():
    item = ITEMS[0]
    assert np.array_equal(shapes.frames(Path(), item), item.recipe.frames())
    assert " ".join(item.transcript.split()[1:4]) == " ".join(
        shapes.labels(item)[name] for name in ("size", "colour", "shape")
    )
