"""A window: the input of one step, as a capture device would hand it over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

MODALITIES = ("audio", "vision", "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The media that arrived during one hop.

    Attributes:
        index: 0-based position in the session.
        frame_count: codec frames the hop lasts, whatever is present.
        audio: float32 in [-1, 1], `[samples]` at the model's rate, or None where audio is absent.
        frames: the window's video frames, each uint8 RGB `[height, width, 3]`, oldest first; empty where
            vision is absent.
        text: what the user typed during the window, or None.
        guests: what arrived of modalities that joined from other packages, by name.
        dropped: names of modalities of the conversation that were lost or are not there yet.
        is_user_speaking: known from the recording's marks; None where nothing is known.
    """

    index: int
    frame_count: int
    audio: NDArray[np.float32] | None = None
    frames: tuple[NDArray[np.uint8], ...] = ()
    text: str | None = None
    guests: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()
    is_user_speaking: bool | None = None

    def modalities(self) -> tuple[str, ...]:
        """Return the names of the modalities that are present, in the order of `MODALITIES`, guests last."""
        present = (self.audio is not None, bool(self.frames), self.text is not None)
        return (*(name for name, is_here in zip(MODALITIES, present, strict=True) if is_here), *self.guests)
