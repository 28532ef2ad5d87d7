"""Video frames → the vision encoder's input, within a token budget (dynamic resolution, paper sections 1 and 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from josie_bench.model.sizes import VisionSizes

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchLayout:
    """Where the patches of one resolution lie.

    Attributes:
        rows, columns: of tokens.
        grid: int64 `[1, patches, 2]`, row and column of each patch, in merge blocks.
        cell: int64 `[1, patches]`, each patch's cell on the pooled grid.
    """

    rows: int
    columns: int
    grid: Ints
    cell: Ints

    @property
    def tokens(self) -> int:
        """Vision tokens of one temporal patch."""
        return self.rows * self.columns


def token_grid(height: int, width: int, budget: int, token_pixels: int) -> tuple[int, int]:
    """Return rows and columns of tokens: about the frame's shape, at most `budget` of them, never enlarging it.

    >>> token_grid(270, 480, 16, 16)
    (3, 5)
    """
    rows = max(1, min(int((budget * height / width) ** 0.5), -(-height // token_pixels), budget))
    columns = max(1, min(budget // rows, -(-width // token_pixels)))
    return rows, columns


@lru_cache(maxsize=8)
def patch_layout(rows: int, columns: int, merge: int, cells: int) -> PatchLayout:
    """Return the layout of `rows` x `columns` tokens; tokens run row by row, each a block of merge x merge patches."""
    block = np.stack(np.meshgrid(np.arange(merge), np.arange(merge), indexing="ij"), -1).reshape(-1, 2)
    token = np.stack(np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij"), -1).reshape(-1, 1, 2)
    grid = (token * merge + block).reshape(-1, 2)
    pooled = grid * cells // (np.array([rows, columns]) * merge)
    cell = pooled[:, 0] * cells + pooled[:, 1]
    return PatchLayout(rows=rows, columns=columns, grid=grid[None].astype(np.int64), cell=cell[None].astype(np.int64))


@lru_cache(maxsize=16)
def resize_matrix(source: int, target: int) -> Floats:
    """Return `[target, source]`: each target pixel is the mean of the source pixels it covers, by covered length."""
    edges = np.linspace(0.0, source, target + 1)
    starts = np.arange(source)
    covered = np.minimum(edges[1:, None], starts + 1) - np.maximum(edges[:-1, None], starts)
    weights = np.clip(covered, 0.0, None)
    return np.asarray(weights / weights.sum(1, keepdims=True), dtype=np.float32)


def cut_patches(frames: Sequence[NDArray[np.uint8]], sizes: VisionSizes, layout: PatchLayout) -> Floats:
    """Return `[1, time, patches, patch_dim]` in [-1, 1]; each run of `patch_frames` frames is one temporal patch.

    Numbers of a patch run colour, frame, row, column, as Qwen2.5-VL orders them. The last frame is repeated where the
    frames do not fill the last temporal patch.
    """
    height, width = layout.rows * sizes.token_pixels, layout.columns * sizes.token_pixels
    filled = list(frames) + [frames[-1]] * (-len(frames) % sizes.patch_frames)
    small = np.stack([resized(frame, height, width) for frame in filled])  # [frames, height, width, 3]
    m, p, t = sizes.merge, sizes.patch, sizes.patch_frames
    blocks = small.reshape(-1, t, layout.rows, m, p, layout.columns, m, p, 3)
    patches = blocks.transpose(0, 2, 5, 3, 6, 8, 1, 4, 7)  # time, row, column, m, m, colour, frame, p, p
    return np.ascontiguousarray(patches.reshape(1, patches.shape[0], -1, sizes.patch_dim))


def resized(frame: NDArray[np.uint8], height: int, width: int) -> Floats:
    """Return a frame as the encoder is given it, `[height, width, 3]` in [-1, 1]."""
    rows, columns = resize_matrix(frame.shape[0], height), resize_matrix(frame.shape[1], width)
    pixels = frame.astype(np.float32).reshape(frame.shape[0], -1)
    tall = (rows @ pixels).reshape(height, frame.shape[1], 3)
    small = np.einsum("cw,hwk->hck", columns, tall, optimize=True)
    return np.asarray(small / 127.5 - 1.0, dtype=np.float32)
