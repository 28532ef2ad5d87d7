"""An answer: what one window brings out of the model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from josie_bench.model.sizes import ModelSizes
from josie_bench.runtime.positions import Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came out of one window.

    Attributes:
        audio: float32 `[samples]`, as long as the window; zeros where the model is silent, but for what a decoder gives
            `AudioSizes.delay_samples` late of the last frame that is not.
        text_ids: int64 `[frames]`, silence and padding included; padding where nothing was drawn.
        codes: int64 `[1, codebooks, frames]` of the sound.
        is_silent: bool `[frames]`, of the sound.
        vision_tokens: how many went in.
        spans: (component, start_ns, end_ns) of every call, in order.
        is_drawn_from_numbers: whether all hidden states that its tokens were drawn from were finite.
    """

    audio: NDArray[np.float32]
    text_ids: Ints
    codes: Ints
    is_silent: NDArray[np.bool_]
    vision_tokens: int
    spans: tuple[tuple[str, int, int], ...]
    is_drawn_from_numbers: bool = True


def is_valid(answer: Answer, sizes: ModelSizes) -> bool:
    """Return whether an answer can be heard and read: finite sound, and tokens that there are, drawn from numbers.

    A code may also be the one that stands for no sound.
    """
    is_token = (answer.text_ids >= 0) & (answer.text_ids < sizes.text.vocabulary)
    is_code = (answer.codes >= 0) & (answer.codes <= sizes.audio.card)
    return answer.is_drawn_from_numbers and bool(np.isfinite(answer.audio).all() and is_token.all() and is_code.all())
