"""Decoded media: what the streams give and the scenarios cut into windows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class GuestMedia(Protocol):
    """The input of a modality from another package."""

    def arrived(self, start_ms: float, end_ms: float) -> NDArray[Any] | None:
        """Return what arrived in a stretch of the conversation, or None; it starts over when it ends."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """The input of a conversation, decoded; it starts over when it ends.

    Attributes:
        audio: float32 `[samples]` in [-1, 1], or None where audio is absent.
        sample_rate_hz: of `audio`.
        speech: (start, end) in samples of each stretch in which the user speaks.
        frames: uint8 RGB `[frames, height, width, 3]`, or None where vision is absent.
        frame_instants_ms: float `[frames]`, when each was taken.
        video_ms: how long the video lasts before it starts over.
        heard: where each file lies in `audio`, its pause included: (start, end) in samples by the file's name.
        seen: likewise where each lies in the video, in ms.
        words: what the user types, one a window in turn; empty where text is absent.
        guests: by modality, what joined from another package.
    """

    audio: NDArray[np.float32] | None
    sample_rate_hz: int
    speech: tuple[tuple[int, int], ...]
    frames: NDArray[np.uint8] | None
    frame_instants_ms: NDArray[np.float64]
    video_ms: float
    words: tuple[str, ...]
    heard: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    seen: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    guests: Mapping[str, GuestMedia] = field(default_factory=dict)
