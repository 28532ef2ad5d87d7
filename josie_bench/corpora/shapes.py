"""`shapes`: clips of one coloured shape that moves, drawn on the fly, with exact labels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from random import Random

from josie_bench.corpora._shape_clips import FRAMES_PER_S, Clip, draw_clip
from josie_bench.terms.corpus import SPLITS, Corpus, Frames, Item

SEED = 0
COUNTS = {"train": 2000, "valid": 200, "test": 200}


def read_items(_: Path) -> tuple[Item, ...]:
    """Return the clips; what is to be seen, a caption, is in one split."""
    return tuple(item for split in SPLITS for item in _draw_split(split))


def frames(_: Path, item: Item) -> Frames:
    """Return a clip, `[frames, height, width, 3]`, ten frames a second."""
    clip: Clip = item.recipe
    return clip.frames()


def labels(item: Item) -> Mapping[str, str]:
    """Return what is to be told apart in a clip: `size`, `colour`, `shape`, `direction` and `speed`."""
    clip: Clip = item.recipe
    return clip.labels()


def _draw_split(split: str) -> list[Item]:
    draws = Random(f"{SEED} {split}")
    return [_draw_item(split, index, draws) for index in range(COUNTS[split])]


def _draw_item(split: str, index: int, draws: Random) -> Item:
    clip = draw_clip(split, draws)
    return Item(
        id=f"{split}-{index:04}",
        split=split,
        language="en",
        transcript=clip.scene.caption,
        group=clip.scene.caption,
        is_synthetic=True,
        recipe=clip,
    )


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
