"""Clips to learn from: frames as a stream would hand them over, cut into patches as the runtime cuts them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from josie_bench.model.sizes import VisionSizes
from josie_bench.runtime.patches import Floats, Ints, PatchLayout, cut_patches, patch_layout, token_grid
from josie_bench.terms.corpus import Frames, Item, OpenCorpus
from josie_bench.terms.timebase import MS_PER_S

INTERVALS_MS = (100.0, 150.0, 200.0)  # between frames: windows of 200, 300 or 400 ms take two each
UNKNOWN = -1  # a label that nobody knows
STILL_MS = 1000.0  # how long a picture that is no clip is shown


@dataclass(frozen=True, slots=True)
class Views:
    """A batch.

    Attributes:
        patches: float32 `[batch, time, patches, patch_dim]` in [-1, 1].
        layout: where they lie.
        labels: what is seen, a number for each label of `ClipPool.classes`, int64 `[batch, time, labels]`; `UNKNOWN`
            where nobody knows, or where a temporal patch holds the end of one clip and the beginning of another.
    """

    patches: Floats
    layout: PatchLayout
    labels: Ints


class ClipPool:
    """Clips that crops are drawn from; a crop plays on from one clip into the next, as a stream does.

    Frames are cut to their middle square, so that a batch has one layout.

    Args:
        corpora: by name, its share of the clips, and what it has.
        sizes: of the encoder; its token budget decides the resolution.
        split: of the corpora.
        patches: temporal patches in a crop.

    Attributes:
        classes: what there is to tell apart, the names of its classes in the order of their numbers, by label.
    """

    def __init__(
        self, corpora: Mapping[str, tuple[float, OpenCorpus]], sizes: VisionSizes, *, split: str, patches: int
    ) -> None:
        self.sizes, self.patches = sizes, patches
        shares = np.array([share for share, _ in corpora.values()])
        self.chances = shares / shares.sum()
        self.sources = [
            [_Source(corpus=corpus, item=item, labels=_labels(corpus, item)) for item in corpus.of(split)]
            for _, corpus in corpora.values()
        ]
        seen: dict[str, set[str]] = {}
        for source in itertools.chain(*self.sources):
            for label, name in source.labels.items():
                seen.setdefault(label, set()).add(name)
        self.classes = {label: tuple(sorted(names)) for label, names in sorted(seen.items())}

    def draw(self, draw: np.random.Generator, batch: int) -> Views:
        """Return `batch` crops."""
        crops = [self._crop(draw) for _ in range(batch)]
        patches, layouts, labels = zip(*crops, strict=True)
        return Views(np.concatenate(patches), layouts[0], np.stack(labels))

    def _crop(self, draw: np.random.Generator) -> tuple[Floats, PatchLayout, Ints]:
        count = self.patches * self.sizes.patch_frames
        played = list(itertools.islice(self._played(draw, float(draw.choice(INTERVALS_MS))), count))
        patches, layout = cut([frame for frame, _ in played], self.sizes)
        clips = [clip for _, clip in played]
        together = [clips[at : at + self.sizes.patch_frames] for at in range(0, count, self.sizes.patch_frames)]
        return patches, layout, np.stack([self._numbers(each) for each in together])

    def _numbers(self, clips: list[_Source]) -> Ints:
        """Return the number of each label in a temporal patch whose frames are of these clips."""
        found = np.full(len(self.classes), UNKNOWN, dtype=np.int64)
        if all(clip is clips[0] for clip in clips):
            for at, (label, names) in enumerate(self.classes.items()):
                if label in clips[0].labels:
                    found[at] = names.index(clips[0].labels[label])
        return found

    def _played(self, draw: np.random.Generator, interval_ms: float) -> Iterator[tuple[Frames, _Source]]:
        """Yield a frame every so often and its clip, from somewhere in a clip and on into others."""
        clip = self._chosen(draw)
        frames, period_ms = clip.read()
        at_ms = draw.uniform(0.0, len(frames) * period_ms)
        while True:
            while at_ms >= len(frames) * period_ms:
                at_ms -= len(frames) * period_ms
                clip = self._chosen(draw)
                frames, period_ms = clip.read()
            yield frames[int(at_ms / period_ms)], clip
            at_ms += interval_ms

    def _chosen(self, draw: np.random.Generator) -> _Source:
        source = self.sources[draw.choice(len(self.sources), p=self.chances)]
        return source[draw.integers(len(source))]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A clip and what is known of it."""

    corpus: OpenCorpus
    item: Item
    labels: Mapping[str, str]

    def read(self) -> tuple[Frames, float]:
        """Return its frames, and how long each is shown in milliseconds."""
        rate = self.corpus.corpus.frames_per_s
        return squared(self.corpus.frames(self.item)), STILL_MS if rate is None else MS_PER_S / rate


def _labels(corpus: OpenCorpus, item: Item) -> Mapping[str, str]:
    return {} if corpus.corpus.labels is None else corpus.corpus.labels(item)


def cut(frames: list[Frames], sizes: VisionSizes) -> tuple[Floats, PatchLayout]:
    """Return patches `[1, time, patches, patch_dim]` and their layout, as the runtime has them with its own budget."""
    height, width = frames[0].shape[:2]
    rows, columns = token_grid(height, width, sizes.token_budget, sizes.token_pixels)
    layout = patch_layout(rows, columns, sizes.merge, sizes.cells)
    return cut_patches(frames, sizes, layout), layout


def squared(frames: Frames) -> Frames:
    """Return the middle square `[frames, side, side, 3]` of frames `[frames, height, width, 3]`."""
    height, width = frames.shape[1:3]
    side = min(height, width)
    down, across = (height - side) // 2, (width - side) // 2
    return frames[:, down : down + side, across : across + side]
