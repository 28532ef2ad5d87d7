"""The task `look`: frames as windows take them, through an encoder that goes on, and what is told of them."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from josie_bench.bench.quality import model_sides
from josie_bench.corpora import open_corpus
from josie_bench.model.presets import TINY
from josie_bench.model.weights import build_model
from josie_bench.runtime.patches import resized
from josie_bench.tasks import Desk
from josie_bench.tasks.look import can_use, encoded, flat_field, layout_of, psnr_db, rows
from josie_bench.terms.corpus import Corpus, Item, OpenCorpus

HOP_MS = 300.0


def clip_of(frames, frames_per_s):
    """Return a corpus of one clip, and its item."""
    item = Item(id="c", split="test")
    corpus = Corpus(
        summary="",
        kind="made",
        license="CC0-1.0",
        splits=("test",),
        ships_weights=None,
        read_items=lambda _: (item,),
        frames=lambda *_: frames,
        frames_per_s=frames_per_s,
    )
    return OpenCorpus(name="clip", corpus=corpus, root=Path(), items=(item,)), item


def numbered(count, side=32):
    """Return frames of one grey each: their number."""
    return np.stack([np.full((side, side, 3), number, dtype=np.uint8) for number in range(count)])


@pytest.fixture(scope="module")
def encoder():
    return model_sides(build_model(TINY), ("vision_encoder",))["engine"].executables["vision_encoder"]


@pytest.mark.parametrize(
    ("count", "rate", "taken"),
    [
        (20, 10.0, [1, 3, 4, 6, 7, 9, 10, 12, 13, 15, 16, 18]),  # at 150, 300, … 1800 ms
        (3, 10.0, [1, 2]),  # the clip ends as its window does
        (1, 10.0, [0, 0]),  # shorter than a window
        (2, None, [0, 0]),  # a picture
        (12, 20.0, [3, 6, 9, 11]),
    ],
)
def test_a_window_takes_the_newest_frame_at_its_middle_and_its_end(count, rate, taken):
    corpus, item = clip_of(numbered(count), rate)
    assert corpus.shown(item, HOP_MS)[:, 0, 0, 0].tolist() == taken


def test_the_encoder_goes_on_from_window_to_window_and_begins_anew_with_a_clip(encoder):
    frames = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3), dtype=np.uint8)
    layout = layout_of(frames[0], TINY.vision)
    whole = encoded(encoder, frames, TINY.vision, layout)
    assert whole.shape == (1, 4, 4, TINY.vision.codebooks)
    assert np.array_equal(encoded(encoder, frames, TINY.vision, layout), whole)
    alone = encoded(encoder, frames[6:], TINY.vision, layout)
    assert not np.array_equal(alone[:, 0], whole[:, 3])  # the same frames, of which it has seen those before


def test_noise_is_told_of_what_the_encoder_was_given():
    frames = np.random.default_rng(0).integers(40, 200, (2, 64, 64, 3), dtype=np.uint8)
    given = np.stack([np.rint((resized(frame, 32, 32) + 1) * 127.5) for frame in frames]).astype(np.uint8)
    assert psnr_db(given, frames) > 50
    assert psnr_db(given + 10, frames) == pytest.approx(20 * np.log10(255 / 10), abs=0.1)
    black = np.zeros((1, 8, 8, 3), dtype=np.uint8)
    assert psnr_db(black, black) == pytest.approx(10 * np.log10(255**2 / 1e-3))


def test_no_other_single_colour_has_less_noise_than_the_mean():
    frames = np.random.default_rng(1).integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)
    frames[..., 0] //= 3
    flat = flat_field(frames, layout_of(frames[0], TINY.vision), TINY.vision)
    assert flat.shape == (1, 32, 32, 3)
    assert flat[0, 0, 0].tolist() == [round(value) for value in frames.reshape(-1, 3).mean(axis=0).tolist()]
    best = psnr_db(flat, frames)
    for colour in ([0, 0, 0], frames[0, 0, 0], flat[0, 0, 0] + 2, flat[0, 0, 0] - [2, 0, 0]):
        assert psnr_db(np.broadcast_to(np.array(colour, dtype=np.uint8), flat.shape), frames) < best


def judged(encoder, *, keeps_media=False, **judges):
    corpus, item = clip_of(numbered(6), 10.0)
    sides = model_sides(build_model(TINY), ("vision_encoder",))
    both = sides | {"reference": sides["engine"]}
    desk = Desk(sizes=TINY, hop_ms=HOP_MS, corpus=corpus, sides=both, judges=judges, keeps_media=keeps_media)
    return list(rows(item, desk))


def drawing(codes, rows_, columns):
    assert codes.shape == (1, 2, rows_ * columns, TINY.vision.codebooks)
    return np.full((4, rows_ * 16, columns * 16, 3), 6, dtype=np.uint8)


def mean_grey(images):
    return np.stack([[image.mean(), 1.0] for image in images]).astype(np.float32)


def test_every_side_has_a_row_with_the_last_frame_before_and_after(encoder):
    found = judged(encoder, pixel_decoder=drawing, inception=mean_grey)
    assert [(row.item, row.cluster, row.task, row.side) for row in found] == [
        ("c", "c", "look", "engine"),
        ("c", "c", "look", "reference"),
    ]
    for row in found:
        assert row.features["before"].tolist() == [5.0, 1.0]  # the frame at 600 ms is the last of six
        assert row.features["after"].tolist() == [6.0, 1.0]
        assert row.features["flat"].tolist() == [3.0, 1.0]  # the mean of frames 1, 3, 4 and 5 is 3.25
        errors = {"psnr": np.array([5, 3, 2, 1]), "psnr.flat": np.array([2, 0, 1, 2])}  # drawn as 6, and as 3
        noise = {name: 10 * np.log10(255**2 / np.square(apart).mean()) for name, apart in errors.items()}
        assert row.values == pytest.approx(noise, abs=1e-3)


def test_each_extractor_has_its_own_features_of_the_same_pictures(encoder):
    def greys_of_two(images):
        return np.concatenate((mean_grey(images), mean_grey(images)), axis=1)

    engine, _ = judged(encoder, pixel_decoder=drawing, inception=mean_grey, inception_64=greys_of_two)
    assert {name: len(vector) for name, vector in engine.features.items()} == {
        **dict.fromkeys(("before", "flat", "after"), 2),
        **dict.fromkeys(("before.64", "flat.64", "after.64"), 4),
    }
    assert engine.features["after.64"].tolist() == [6.0, 1.0, 6.0, 1.0]


def test_the_last_frame_is_kept_once_and_its_drawing_on_every_side(encoder):
    found = judged(encoder, keeps_media=True, pixel_decoder=drawing)
    assert [list(row.media) for row in found] == [["before.png", "after.png"], ["after.png"]]
    (frame,) = av.open(io.BytesIO(found[0].media["before.png"])).decode(video=0)
    assert set(frame.to_ndarray(format="rgb24").ravel()) == {5}


def test_who_is_missing_leaves_its_own_numbers_out(encoder):
    (blind, _), (alone, _) = judged(encoder, inception=mean_grey), judged(encoder, pixel_decoder=drawing)
    assert (dict(blind.values), dict(blind.features)) == ({}, {})
    assert (alone.values.keys(), dict(alone.features)) == ({"psnr", "psnr.flat"}, {})


def test_what_has_no_pictures_is_no_item():
    corpus, item = clip_of(numbered(2), 10.0)
    assert can_use(item, corpus)
    assert not can_use(item, replace(corpus, corpus=replace(corpus.corpus, frames=None)))


def test_of_recordings_and_a_clip_the_clip_is_an_item_and_can_be_shown():
    mini = open_corpus("mini", Path())
    (clip,) = (item for item in mini.items if can_use(item, mini))
    assert clip.id == "cockatoo"
    assert mini.shown(clip, HOP_MS).ndim == 4


def test_a_recording_of_what_is_in_a_picture_is_no_second_picture():
    corpus, _ = clip_of(numbered(1), None)
    fetched = replace(corpus, corpus=replace(corpus.corpus, kind="fetched"))
    frog = Item(id="frog", split="test", picture="frog.png")
    assert can_use(frog, fetched)
    assert not can_use(replace(frog, id="frog/da", audio="frog_da.ogg"), fetched)
    assert not can_use(replace(frog, picture=None), fetched)


def test_shapes_are_seen_within_the_budget_of_the_preset(encoder):
    corpus = open_corpus("shapes", Path())
    frames = corpus.shown(corpus.of("test")[0], HOP_MS)
    layout = layout_of(frames[0], TINY.vision)
    assert (len(frames), layout.rows, layout.columns) == (12, 2, 2)
