"""Resizing and patch order, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.model.presets import TINY
from josie_bench.runtime.patches import cut_patches, patch_layout, resize_matrix, token_grid


@given(st.integers(1, 2000), st.integers(1, 2000), st.integers(1, 256))
def test_tokens_never_exceed_the_budget(height, width, budget):
    rows, columns = token_grid(height, width, budget, 16)
    assert 1 <= rows * columns <= budget


def test_the_grid_follows_the_frame_s_shape_and_never_enlarges():
    assert token_grid(100, 400, 16, 16) == (2, 8)
    assert token_grid(400, 100, 16, 16) == (8, 2)
    assert token_grid(16, 16, 64, 16) == (1, 1)


@given(st.integers(1, 60), st.integers(1, 60))
def test_resizing_keeps_a_flat_picture_flat(source, target):
    np.testing.assert_allclose(resize_matrix(source, target).sum(1), 1.0, rtol=1e-5)


def test_halving_averages_pairs_and_thirds_share_pixels():
    np.testing.assert_allclose(resize_matrix(4, 2), [[0.5, 0.5, 0, 0], [0, 0, 0.5, 0.5]])
    np.testing.assert_allclose(resize_matrix(3, 2), [[2 / 3, 1 / 3, 0], [0, 1 / 3, 2 / 3]], rtol=1e-6)


def test_patches_run_in_merge_blocks_with_colour_frame_row_column_inside():
    sizes = TINY.vision
    edge = sizes.patch
    picture = np.zeros((2 * edge, 4 * edge, 3), dtype=np.uint8)  # one row of two tokens, each 2 x 2 patches
    picture[0, 3 * edge] = (255, 0, 0)  # first row, first pixel of the fourth patch across
    layout = patch_layout(1, 2, sizes.merge, sizes.cells)
    patches = cut_patches([picture, picture], sizes, layout)
    assert patches.shape == (1, 1, 8, sizes.patch_dim)
    lit = np.argwhere(patches[0, 0] > 0)
    # second token is patches 4-7; across 3, row 0 is its second patch: 5. Red is the first colour, both frames lit.
    assert lit.tolist() == [[5, 0], [5, edge * edge]]
    assert layout.grid[0, 5].tolist() == [0, 3]


def test_a_lone_last_frame_is_repeated():
    sizes = TINY.vision
    frames = [np.full((16, 16, 3), value, dtype=np.uint8) for value in (0, 255, 255)]
    layout = patch_layout(1, 1, sizes.merge, sizes.cells)
    patches = cut_patches(frames, sizes, layout)
    assert patches.shape[1] == 2
    assert patches[0, 1].min() == pytest.approx(1.0)


def test_cells_cover_the_grid_evenly():
    layout = patch_layout(4, 4, 2, 4)
    assert np.bincount(layout.cell[0]).tolist() == [4] * 16
