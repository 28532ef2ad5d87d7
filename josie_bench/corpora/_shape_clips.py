"""Drawing a scene: a clip of one coloured shape on a dark field, with the pixel that its centre is at."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from josie_bench.corpora._scenes import COLOURS, DIRECTIONS, Scene, draw_scene, pick
from josie_bench.corpora._texts import normalised, split_of
from josie_bench.terms.corpus import Frames

SIDE = 96  # pixels
FRAMES = 20
FRAMES_PER_S = 10.0
FIELD = (16, 16, 16)
PAINTS = dict(
    zip(
        COLOURS,
        (
            *((220, 40, 40), (40, 180, 60), (50, 80, 230), (235, 220, 50), (245, 140, 30), (150, 60, 200)),
            *((240, 240, 240), (250, 160, 190)),
        ),
        strict=True,
    )
)
RADIUS = {"small": 8, "large": 14}  # pixels
STEP = {"slowly": 1, "quickly": 3, None: 0}  # pixels a frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A scene, and the pixel (from the left, from the top) its shape's centre starts at."""

    scene: Scene
    start: tuple[int, int]

    def frames(self) -> Frames:
        """Return what is to be seen, `[frames, height, width, 3]`, `FRAMES_PER_S` a second."""
        pictures = np.empty((FRAMES, SIDE, SIDE, 3), dtype=np.uint8)
        pictures[:] = FIELD
        for picture, (across, down) in zip(pictures, self.centres(), strict=True):
            picture[_mask(self.scene, int(across), int(down))] = PAINTS[self.scene.colour]
        return pictures

    def centres(self) -> NDArray[np.int64]:
        """Return where the shape is in each frame, `[frames, 2]`: pixels from the left and from the top."""
        way = np.arange(FRAMES, dtype=np.int64)[:, None] * np.array(_velocity(self.scene), dtype=np.int64)
        return np.asarray(self.start, dtype=np.int64) + way

    def labels(self) -> dict[str, str]:
        """Return what is to be told apart: `size`, `colour`, `shape`, `direction` and `speed`."""
        return {name: value or "none" for name, value in asdict(self.scene).items()}


def draw_clip(split: str, draws: Random) -> Clip:
    """Return a clip whose shape stays on the field, of a scene whose caption is in a split."""
    while split_of(normalised((scene := draw_scene(draws)).caption)) != split:
        pass
    across, down = (_draw_start(draws, scene, velocity) for velocity in _velocity(scene))
    return Clip(scene=scene, start=(across, down))


def _velocity(scene: Scene) -> tuple[int, int]:
    step = STEP[scene.speed]
    across, down = (0, 0) if scene.direction is None else DIRECTIONS[scene.direction]
    return across * step, down * step


def _mask(scene: Scene, across: int, down: int) -> NDArray[np.bool_]:
    """Return which pixels a shape covers, `[height, width]`."""
    y, x = np.ogrid[:SIDE, :SIDE]
    x, y, radius = x - across, y - down, RADIUS[scene.size]
    wide, high = abs(x), abs(y)
    inside = (wide <= radius) & (high <= radius)
    match scene.shape:
        case "square":
            found = inside
        case "circle":
            found = x**2 + y**2 <= radius**2
        case "triangle":
            found = inside & (2 * wide <= y + radius)
        case "diamond":
            found = wide + high <= radius
        case "cross":
            found = inside & ((3 * wide <= radius) | (3 * high <= radius))
        case _:  # a ring
            found = (x**2 + y**2 <= radius**2) & (4 * (x**2 + y**2) >= radius**2)
    return np.asarray(found)


def _draw_start(draws: Random, scene: Scene, velocity: int) -> int:
    way, radius = velocity * (FRAMES - 1), RADIUS[scene.size]
    return pick(draws, range(radius + max(0, -way), SIDE - radius - max(0, way)))
