"""A scenario says what arrives when. Every member file offers:

- `SUMMARY`: one line for `josie-bench list`.
- `ARRIVAL`: `isochronous` (open loop: windows come at their scheduled close, whatever the model does), `closed`
  (the next window comes when the last is answered), `compared` (nothing is timed: the engines are held against the
  reference; only metrics of parity apply) or `judged` (nothing is timed: items of a corpus come, whole; only metrics of
  items apply).
- `window(case, media, slot, frame_ms) -> Window`: the window of that place; media starts over when it ends.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from josie_bench.terms.case import Case
from josie_bench.terms.media import Media
from josie_bench.terms.schedule import CONTENTS, Slot
from josie_bench.terms.timebase import ms_from_ns, ns_from_ms, samples_in, whole_frames
from josie_bench.terms.window import MODALITIES, Window

TURN_WINDOWS = 10  # from one typed turn to the next, where nothing else is said
PATCH_FRAMES = 2  # video frames in one temporal patch
RECORDED, UNIQUE, REPEATED, SILENT = CONTENTS
NOISE_LEVEL = np.float32(1e-4)  # -80 dB of full scale, far below the recordings; in pictures the lowest bit
NOISE_SEED = 7


def cut_window(case: Case, media: Media, slot: Slot, frame_ms: float) -> Window:
    """Return a window: the newest hop of audio, frames spread over the window's length, one typed word.

    Its content decides what is heard and seen, never who speaks when, so that no content asks for less of an answer.
    Nor does what is lost on the way.
    """
    frame_count = whole_frames(ms_from_ns(slot.hop_ns), frame_ms)
    assert frame_count is not None, "a case's hop is whole frames"
    places = {name: _place(case, slot, name) for name in case.modalities}
    heard, seen, typed = (places.get(name) for name in MODALITIES)
    has_audio = "audio" in places and media.audio is not None
    return Window(
        index=slot.index,
        frame_count=frame_count,
        audio=_cut_audio(media, heard) if has_audio and heard is not None else None,
        frames=() if seen is None else _pick_frames(case, media, seen),
        text=None if typed is None or not media.words else _typed(case, media, typed),
        guests=_arrived(media, places),
        dropped=tuple(name for name, place in places.items() if place is None),
        is_user_speaking=_is_speaking(media, slot) if has_audio else None,
    )


def _place(case: Case, slot: Slot, modality: str) -> Slot | None:
    """Return the place whose media arrive in a window: its own, or that of an earlier time; None where none do."""
    dropout = case.dropout
    if dropout is None or modality not in dropout.of:
        return slot
    late_ns = ns_from_ms(dropout.late_ms)
    if late_ns > slot.media_ns or dropout.loses(slot.index, case.seed):
        return None
    return replace(slot, media_ns=slot.media_ns - late_ns, index=slot.index - late_ns // slot.hop_ns)


def _typed(case: Case, media: Media, slot: Slot) -> str | None:
    """Return one word a window, or in turn mode everything at once and then nothing until the next turn."""
    if case.conversation.mode != "turn":
        return media.words[slot.index % len(media.words)]
    is_begun = slot.index % TURN_WINDOWS == 0 if case.turns is None else slot.turn_ns is not None
    return " ".join(media.words) if is_begun else None


def _arrived(media: Media, places: Mapping[str, Slot | None]) -> dict[str, NDArray[Any]]:
    """Return what arrived of each guest between the start and end of its place's hop."""
    found = {
        name: guest.arrived(ms_from_ns(place.media_ns), ms_from_ns(place.media_ns + place.hop_ns))
        for name, guest in media.guests.items()
        if (place := places.get(name)) is not None
    }
    return {name: share for name, share in found.items() if share is not None}


def _heard_from_ns(slot: Slot) -> int:
    """Return where in the media the window's hop begins."""
    return 0 if slot.content == REPEATED else slot.media_ns


def _cut_audio(media: Media, slot: Slot) -> NDArray[np.float32]:
    assert media.audio is not None
    hop = samples_in(ms_from_ns(slot.hop_ns), media.sample_rate_hz)
    start = samples_in(ms_from_ns(_heard_from_ns(slot)), media.sample_rate_hz)
    if slot.content == SILENT:
        return np.zeros(hop, dtype=np.float32)
    begin, end = _stretch(media, slot)
    heard = media.audio[begin + (start + np.arange(hop)) % (end - begin)]
    if slot.content == UNIQUE:
        noise = np.random.default_rng([NOISE_SEED, slot.index]).standard_normal(hop, dtype=np.float32)
        heard = heard + NOISE_LEVEL * noise
    return heard


def _is_speaking(media: Media, slot: Slot) -> bool | None:
    """Say whether the recording's speaker talks in the middle of the hop; None where nothing is known."""
    assert media.audio is not None
    if not media.speech:
        return None
    hop = samples_in(ms_from_ns(slot.hop_ns), media.sample_rate_hz)
    first, last = _stretch(media, slot)
    middle = first + (samples_in(ms_from_ns(slot.media_ns), media.sample_rate_hz) + hop // 2) % (last - first)
    return any(begin <= middle < end for begin, end in media.speech)


def _stretch(media: Media, slot: Slot) -> tuple[int, int]:
    """Return from where to where in the audio that lies which a session hears over and over."""
    assert media.audio is not None
    name = None if slot.clips is None else slot.clips.hears
    return (0, len(media.audio)) if name is None else media.heard[name]


def _pick_frames(case: Case, media: Media, slot: Slot) -> tuple[NDArray[np.uint8], ...]:
    """Return the newest frame at each of evenly spaced instants of the window, which ends at the window's close."""
    if media.frames is None:
        return ()
    count = PATCH_FRAMES * case.temporal_patches
    end_ms, window_ms = ms_from_ns(_heard_from_ns(slot) + slot.hop_ns), ms_from_ns(slot.window_ns)
    name = None if slot.clips is None else slot.clips.sees
    first_ms, last_ms = (0.0, media.video_ms) if name is None else media.seen[name]
    into_ms = (end_ms - window_ms + (np.arange(count) + 1) * window_ms / count) % (last_ms - first_ms)
    instants = first_ms + into_ms
    newest = np.searchsorted(media.frame_instants_ms, instants, side="right") - 1
    frames = [media.frames[int(i)] for i in np.clip(newest, 0, len(media.frames) - 1)]
    if slot.content == SILENT:
        return tuple(np.zeros_like(frame) for frame in frames)
    if slot.content == UNIQUE:
        draw = np.random.default_rng([NOISE_SEED, slot.index, 1])
        return tuple(frame ^ _bits(draw, frame.shape) for frame in frames)
    return tuple(frames)


def _bits(draw: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return zeros and ones at random, eight from a byte: windows are cut while the clock of an open loop runs."""
    count = math.prod(shape)
    packed = np.frombuffer(draw.bytes(-(-count // 8)), dtype=np.uint8)
    return np.unpackbits(packed, count=count).reshape(shape)
