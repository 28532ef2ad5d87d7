"""`look`: a clip as it is, and as a pixel decoder draws it from its vision tokens, seen window by window.

Two frames come in each window, as in a conversation, and the encoder goes on from window to window. The last frame is
what is judged by its features: the frame as it came, not as it was made smaller for the encoder, so that a small
budget of tokens costs something. Noise is told of what the encoder was given. Beside it stands what takes no tokens: a
field of the clip's own mean colour, since no other single colour, as that of the background or of all clips, has as
little noise.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from josie_bench.backends import Executable
from josie_bench.model.sizes import ModelSizes, VisionSizes
from josie_bench.runtime.patches import PatchLayout, cut_patches, patch_layout, resized, token_grid
from josie_bench.tasks import Desk
from josie_bench.terms.corpus import Frames, Item, OpenCorpus
from josie_bench.terms.judged import ENGINE, PIXEL_DECODER, JudgedItem

SUMMARY = "clips as they are, and drawn from their vision tokens: noise, features of pictures"
COMPONENTS = ("vision_encoder",)
EXTRACTORS = {"inception": "", "inception_64": ".64"}  # with what the names of their features end
JUDGES = (PIXEL_DECODER, *EXTRACTORS)
CORPUS = "shapes"
PEAK = 255.0
LEAST_ERROR = 1e-3  # of squared grey levels, so that frames that are alike have a number: 78 dB

Codes = NDArray[np.int64]


def can_use(item: Item, corpus: OpenCorpus) -> bool:
    """Return whether an item is a picture or clip; a recording of what is in a picture shows that one once more."""
    return corpus.is_seen(item) and item.audio is None


def rows(item: Item, desk: Desk) -> Iterator[JudgedItem]:
    """Yield a row for each side: how noisy its frames are, and the features of the last one before and after.

    Beside both a field of one colour, likewise.
    """
    assert isinstance(desk.sizes, ModelSizes), "a codec alone sees nothing"
    frames, sizes = desk.corpus.shown(item, desk.hop_ms), desk.sizes.vision
    layout = layout_of(frames[0], sizes)
    draw = desk.judges.get(PIXEL_DECODER)
    flat = flat_field(frames, layout, sizes)
    shared = {} if draw is None else features_of(desk, before=frames[-1:], flat=flat)
    for name, side in desk.sides.items():
        values: dict[str, float] = {}
        features: dict[str, NDArray[np.float32]] = {}
        media: dict[str, bytes] = {}
        if draw is not None:
            drawn = draw(
                encoded(side.executables["vision_encoder"], frames, sizes, layout), layout.rows, layout.columns
            )
            values = {"psnr": psnr_db(drawn, frames), "psnr.flat": psnr_db(flat, frames)}
            media = desk.media(**({"before": frames[-1]} if name == ENGINE else {}), after=drawn[-1])
            features = shared | features_of(desk, after=drawn[-1:])
        yield JudgedItem(
            item=item.id, cluster=item.id, task="look", side=name, values=values, features=features, media=media
        )


def features_of(desk: Desk, **pictures: Frames) -> dict[str, NDArray[np.float32]]:
    """Return what each extractor that is here makes of pictures `[1, height, width, 3]`: its vector, by picture."""
    return {
        f"{name}{end}": desk.judges[role](picture)[0]
        for role, end in EXTRACTORS.items()
        if role in desk.judges
        for name, picture in pictures.items()
    }


def layout_of(frame: Frames, sizes: VisionSizes) -> PatchLayout:
    """Return where the patches of a frame lie, within the preset's budget."""
    height, width = frame.shape[:2]
    rows, columns = token_grid(height, width, sizes.token_budget, sizes.token_pixels)
    return patch_layout(rows, columns, sizes.merge, sizes.cells)


def flat_field(frames: Frames, layout: PatchLayout, sizes: VisionSizes) -> Frames:
    """Return `[1, height, width, 3]` of the mean colour of frames, as large as they are drawn."""
    side = sizes.token_pixels
    colour = np.rint(frames.mean(axis=(0, 1, 2))).astype(np.uint8)
    return np.broadcast_to(colour, (1, layout.rows * side, layout.columns * side, 3)).copy()


def encoded(encoder: Executable, frames: Frames, sizes: VisionSizes, layout: PatchLayout) -> Codes:
    """Return the codes `[1, time, tokens, codebooks]` of frames that come two by two, from the start of a session."""
    encoder.reset()
    found = []
    for at in range(0, len(frames), sizes.patch_frames):
        patches = cut_patches(list(frames[at : at + sizes.patch_frames]), sizes, layout)
        inputs: dict[str, NDArray[Any]] = {"patches": patches, "grid": layout.grid, "cell": layout.cell}
        found.append(encoder.step(inputs)["codes"].copy())
    return np.concatenate(found, axis=1)


def psnr_db(drawn: Frames, frames: Frames) -> float:
    """Return the peak signal-to-noise ratio of drawn frames against what the encoder was given, in dB.

    Args:
        drawn: `[frames, height, width, 3]`, or one that stands for all.
        frames: `[frames, …, 3]` as they came.
    """
    height, width = drawn.shape[1:3]
    given = np.stack([(resized(frame, height, width) + 1.0) * (PEAK / 2) for frame in frames])
    error = float(np.square(given - drawn).mean())
    return float(10.0 * np.log10(PEAK**2 / max(error, LEAST_ERROR)))
