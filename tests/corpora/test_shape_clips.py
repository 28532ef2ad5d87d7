"""Drawing a scene: what is drawn is where the centre is, in the colour and the way the caption says."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from josie_bench.corpora import _shape_clips as shapes
from josie_bench.corpora._scenes import Scene

CLIPS = [shapes.draw_clip(split, Random(index)) for split in ("train", "valid", "test") for index in range(60)]
SCENE = Scene(size="small", colour="red", shape="square", direction="to the right", speed="quickly")
CLIP = shapes.Clip(scene=SCENE, start=(20, 40))


def covered(clip):
    """Return which pixels are painted, `[frames, height, width]`."""
    return (clip.frames() != np.array(shapes.FIELD)).any(axis=-1)


def test_a_square_is_where_its_centre_is_and_moves_three_pixels_a_frame():
    pictures = CLIP.frames()
    assert pictures.shape == (20, 96, 96, 3)
    assert pictures.dtype == np.uint8
    for index, picture in enumerate(pictures):
        left = 20 + 3 * index - 8
        assert (picture[32:49, left : left + 17] == (220, 40, 40)).all()  # a radius of 8: 17 pixels
        picture[32:49, left : left + 17] = shapes.FIELD
        assert (picture == shapes.FIELD).all()


@pytest.mark.parametrize(
    ("shape", "pixels"),
    # By hand, for a radius of 8: 17 x 17; the diamond 2 r (r + 1) + 1; the cross two bars of 5 x 17 less 5 x 5.
    [("square", 289), ("diamond", 145), ("cross", 145), ("circle", 197), ("ring", 152), ("triangle", 145)],
)
def test_each_shape_covers_as_many_pixels_as_it_should(shape, pixels):
    still = replace(SCENE, shape=shape, direction=None, speed=None)
    drawn = covered(shapes.Clip(scene=still, start=(40, 40)))
    assert drawn.sum(axis=(1, 2)).tolist() == [pixels] * 20


@settings(max_examples=40)
@given(st.sampled_from(CLIPS))
def test_the_shape_stays_on_the_field_around_its_centre(clip):
    radius = shapes.RADIUS[clip.scene.size]
    for drawn, (across, down) in zip(covered(clip), clip.centres(), strict=True):
        rows, columns = np.nonzero(drawn)
        assert rows.max() - rows.min() == columns.max() - columns.min() == 2 * radius
        assert (rows.max() + rows.min(), columns.max() + columns.min()) == (2 * down, 2 * across)


@given(st.sampled_from(CLIPS))
def test_it_moves_the_way_its_caption_says(clip):
    across, down = clip.centres()[-1] - clip.centres()[0]
    way = {"to the left": across < 0, "to the right": across > 0, "up": down < 0, "down": down > 0}
    assert [name for name, holds in way.items() if holds] == [name for name in way if clip.scene.caption.endswith(name)]
    assert max(abs(across), abs(down)) == {"slowly": 19, "quickly": 57, None: 0}[clip.scene.speed]
