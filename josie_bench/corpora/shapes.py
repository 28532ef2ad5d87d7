"""`shapes`: clips of one coloured shape that moves, drawn on the fly, with exact labels."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from josie_bench.corpora._scenes import COLOURS, DIRECTIONS, Scene, draw_scene, pick
from josie_bench.corpora._texts import normalised, split_of
from josie_bench.terms.corpus import SPLITS, Corpus, Frames, Item

SEED = 0
COUNTS = {"train": 2000, "valid": 200, "test": 200}
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


def read_items(_: Path) -> tuple[Item, ...]:
    """Return the clips; what is to be seen, a caption, is in one split."""
    return tuple(item for split in SPLITS for item in _draw_split(split))


def frames(_: Path, item: Item) -> Frames:
    """Return a clip, `[frames, height, width, 3]`, ten frames a second."""
    clip: Clip = item.recipe
    pictures = np.empty((FRAMES, SIDE, SIDE, 3), dtype=np.uint8)
    pictures[:] = FIELD
    for picture, (across, down) in zip(pictures, centres(item), strict=True):
        picture[_mask(clip.scene, int(across), int(down))] = PAINTS[clip.scene.colour]
    return pictures


def centres(item: Item) -> NDArray[np.int64]:
    """Return where the shape is in each frame, `[frames, 2]`: pixels from the left and from the top."""
    clip: Clip = item.recipe
    way = np.arange(FRAMES, dtype=np.int64)[:, None] * np.array(_velocity(clip.scene), dtype=np.int64)
    return np.asarray(clip.start, dtype=np.int64) + way


def labels(item: Item) -> dict[str, str]:
    """Return what is to be told apart in a clip: `size`, `colour`, `shape`, `direction` and `speed`."""
    clip: Clip = item.recipe
    return {name: value or "none" for name, value in asdict(clip.scene).items()}


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


def _draw_split(split: str) -> list[Item]:
    draws = Random(f"{SEED} {split}")
    return [_draw_item(split, index, draws) for index in range(COUNTS[split])]


def _draw_item(split: str, index: int, draws: Random) -> Item:
    """Return a clip whose shape stays on the field."""
    while split_of(normalised((scene := draw_scene(draws)).caption)) != split:
        pass
    across, down = (_draw_start(draws, scene, velocity) for velocity in _velocity(scene))
    return Item(
        id=f"{split}-{index:04}",
        split=split,
        language="en",
        transcript=scene.caption,
        group=scene.caption,
        is_synthetic=True,
        recipe=Clip(scene=scene, start=(across, down)),
    )


def _draw_start(draws: Random, scene: Scene, velocity: int) -> int:
    way, radius = velocity * (FRAMES - 1), RADIUS[scene.size]
    return pick(draws, range(radius + max(0, -way), SIDE - radius - max(0, way)))


CORPUS = Corpus(
    summary="synthetic clips of coloured shapes that move, with captions and exact positions",
    kind="made",
    license="CC0-1.0",
    splits=SPLITS,
    ships_weights=True,
    read_items=read_items,
    frames=frames,
    frames_per_s=FRAMES_PER_S,
    labels=labels,
    minutes=80.0,
)
