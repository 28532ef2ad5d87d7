"""A scenario says what arrives when. Every member file offers:

- `SUMMARY`: one line for `josie-bench list`.
- `ARRIVAL`: `isochronous` (open loop: windows come at their scheduled close, whatever the model does), `closed`
  (the next window comes when the last is answered) or `compared` (nothing is timed: the engines are held against the
  reference; only metrics of parity apply).
- `window(case, media, index, frame_ms) -> Window`: the window of that index; media starts over when it ends.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from josie_bench.terms.case import Case
from josie_bench.terms.media import Media
from josie_bench.terms.timebase import samples_in, whole_frames
from josie_bench.terms.window import Window

TURN_WINDOWS = 10  # from one typed turn to the next
PATCH_FRAMES = 2  # video frames in one temporal patch


def cut_window(case: Case, media: Media, index: int, frame_ms: float) -> Window:
    """Return window `index`: the newest hop of audio, frames spread over the window's length, one typed word."""
    frame_count = whole_frames(case.hop_ms, frame_ms)
    assert frame_count is not None, "a case's hop is whole frames"
    wants = frozenset(case.modalities)
    audio, is_speaking = _cut_audio(case, media, index) if "audio" in wants else (None, None)
    return Window(
        index=index,
        frame_count=frame_count,
        audio=audio,
        frames=_pick_frames(case, media, index) if "vision" in wants else (),
        text=_typed(case, media, index) if "text" in wants and media.words else None,
        guests=_arrived(case, media, index),
        is_user_speaking=is_speaking,
    )


def _typed(case: Case, media: Media, index: int) -> str | None:
    """Return one word a window, or in turn mode everything at once and then nothing until the next turn."""
    if case.conversation.mode == "turn":
        return " ".join(media.words) if index % TURN_WINDOWS == 0 else None
    return media.words[index % len(media.words)]


def _arrived(case: Case, media: Media, index: int) -> dict[str, NDArray[Any]]:
    """Return what arrived of each guest between the window's hop's start and end."""
    stretch = (index * case.hop_ms, (index + 1) * case.hop_ms)
    found = {name: guest.arrived(*stretch) for name, guest in media.guests.items()}
    return {name: share for name, share in found.items() if share is not None}


def _cut_audio(case: Case, media: Media, index: int) -> tuple[NDArray[np.float32] | None, bool | None]:
    if media.audio is None:
        return None, None
    hop = samples_in(case.hop_ms, media.sample_rate_hz)
    start = (index * hop) % len(media.audio)
    where = (start + np.arange(hop)) % len(media.audio)
    middle = int(where[hop // 2])
    is_speaking = any(begin <= middle < end for begin, end in media.speech) if media.speech else None
    return media.audio[where], is_speaking


def _pick_frames(case: Case, media: Media, index: int) -> tuple[NDArray[np.uint8], ...]:
    """Return the newest frame at each of evenly spaced instants of the window, which ends at the window's close."""
    if media.frames is None:
        return ()
    count = PATCH_FRAMES * case.temporal_patches
    end_ms = (index + 1) * case.hop_ms
    instants = (end_ms - case.window_ms + (np.arange(count) + 1) * case.window_ms / count) % media.video_ms
    newest = np.searchsorted(media.frame_instants_ms, instants, side="right") - 1
    return tuple(media.frames[int(i)] for i in np.clip(newest, 0, len(media.frames) - 1))
