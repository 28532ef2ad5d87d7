"""Chunks: what a client sends of a window, each with a number of its own: frames of audio, pictures, a word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from josie_bench.terms.fault import BITS, INF, LENGTH, NAN
from josie_bench.terms.window import Window

FLIPPED_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A part of a modality's stream.

    Attributes:
        sequence: its number: of audio that of the frame, else that of the window, from the session's start.
        content: float32 `[samples]` of a frame, pictures uint8 `[height, width, 3]`, or words in UTF-8.
        sent_ms: when it is whole at the client, from the session's start.
    """

    modality: str
    sequence: int
    content: Any
    sent_ms: float


def chunks_of(window: Window, *, frame_ms: float) -> Iterator[Chunk]:
    """Yield the chunks of a window as they are sent; windows of a session are of one length."""
    begun_ms = window.index * window.frame_count * frame_ms
    close_ms = begun_ms + window.frame_count * frame_ms
    if window.audio is not None:
        for place, frame in enumerate(np.split(window.audio, window.frame_count)):
            sequence = window.index * window.frame_count + place
            yield Chunk(modality="audio", sequence=sequence, content=frame, sent_ms=begun_ms + (place + 1) * frame_ms)
    if window.frames:
        yield Chunk(modality="vision", sequence=window.index, content=window.frames, sent_ms=close_ms)
    if window.text is not None:
        yield Chunk(modality="text", sequence=window.index, content=window.text.encode(), sent_ms=close_ms)


def corrupted(chunk: Chunk, how: str, draw: np.random.Generator) -> Chunk:
    """Return a chunk that was damaged on its way.

    Args:
        chunk: as it was sent.
        how: one of `terms.fault.CORRUPTIONS`; `nan` and `inf` are for audio alone.
        draw: where, and with what.
    """
    content = chunk.content
    if isinstance(content, tuple):
        return replace(chunk, content=tuple(_damaged(picture, how, draw) for picture in content))
    if isinstance(content, bytes):
        damaged = _damaged(np.frombuffer(content, dtype=np.uint8), how, draw)
        return replace(chunk, content=damaged.tobytes())
    return replace(chunk, content=_damaged(content, how, draw))


def _damaged(whole: np.ndarray[Any, Any], how: str, draw: np.random.Generator) -> np.ndarray[Any, Any]:
    if how == LENGTH:
        return whole[: len(whole) // 2]
    array = whole.copy()
    if how in (NAN, INF):
        array[draw.integers(len(array))] = np.nan if how == NAN else np.inf
    elif how == BITS:
        flat = array.reshape(-1).view(np.uint8)
        flat[draw.integers(len(flat), size=FLIPPED_BYTES)] ^= 0xFF
    elif array.dtype == np.uint8:
        array = draw.integers(0, 256, array.shape).astype(np.uint8)
    else:
        array = draw.uniform(-1.0, 1.0, array.shape).astype(array.dtype)
    return array
