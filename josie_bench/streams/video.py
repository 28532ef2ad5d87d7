"""`video`: frames of clips, played one after the other."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from josie_bench.errors import MediaError
from josie_bench.streams import MediaFile, describe, find_files, reason, require_bytes
from josie_bench.streams._container import promised_s
from josie_bench.terms.timebase import MS_PER_S, s_from_ms

SUMMARY = "frames of video files"
MODALITY = "vision"
SUFFIXES = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mpg", ".mpeg", ".ogv", ".gif")

LONGER_SIDE = 640  # pixels; the vision encoder's token budget is reached well below
TRUNCATED_MS = 500.0  # of a container's promised length that may be missing

Frames = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Video:
    """Frames with the instants they are shown from.

    Attributes:
        frames: uint8 RGB `[frames, height, width, 3]`.
        instants_ms: `[frames]` when each appears, rising from 0.
        duration_ms: when the last one has been shown for its time.
        files: in the order they play.
        begins_ms: `[files]` when each begins.
    """

    frames: Frames
    instants_ms: NDArray[np.float64]
    duration_ms: float
    files: tuple[MediaFile, ...]
    begins_ms: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clip:
    frames: deque[Frames]
    instants_ms: list[float]
    duration_ms: float


def probe(choice: str) -> None:
    """Check the files that `choice` names by decoding the first frame of each.

    Raises:
        MediaError: one is missing, empty, cannot be decoded or holds no frames.
    """
    for path in find(choice):
        require_bytes(path)
        with _open_track(path) as (frames, _, _):
            if next(frames, None) is None:
                raise MediaError(f"{path}: the file holds no frames: name a video file")


def load(choice: str, *, max_seconds: float = 30.0) -> Video:
    """Return the frames that `choice` names, scaled so that the longer side has at most 640 pixels.

    Args:
        choice: `bundled`, a video file, or a folder of them, all of one size.
        max_seconds: what lies behind is left out; 30 s at 640x360 and 30 frames/s are 600 MiB.

    Raises:
        MediaError: a file is missing, empty, truncated, cannot be decoded, holds no frames or has another size.
    """
    images: deque[Frames] = deque()
    instants_ms: list[float] = []
    files: list[MediaFile] = []
    begins_ms: list[float] = []
    start_ms, limit_ms = 0.0, max_seconds * MS_PER_S
    for path in find(choice):
        if start_ms >= limit_ms:
            break
        clip = _read_clip(path, limit_ms - start_ms)
        if images and images[0].shape != clip.frames[0].shape:
            raise MediaError(
                f"{path}: its frames are {_size(clip.frames[0])}, those of {files[0].name} {_size(images[0])}: "
                "give clips of one size"
            )
        images += clip.frames
        instants_ms += [start_ms + instant_ms for instant_ms in clip.instants_ms]
        files.append(describe(path, MODALITY))
        begins_ms.append(start_ms)
        start_ms += clip.duration_ms
    return Video(
        frames=_stack(images),
        instants_ms=np.asarray(instants_ms),
        duration_ms=start_ms,
        files=tuple(files),
        begins_ms=tuple(begins_ms),
    )


def find(choice: str) -> tuple[Path, ...]:
    """Return the files that `choice` names, in the order they play; none of them is opened.

    Raises:
        MediaError: there are none.
    """
    return find_files(choice, folder="video", suffixes=SUFFIXES)


def _read_clip(path: Path, limit_ms: float) -> _Clip:
    require_bytes(path)
    images: deque[Frames] = deque()
    instants_ms: list[float] = []
    with _open_track(path) as (frames, track, promised_ms):
        rate_hz = float(track.average_rate or 25)
        first_s: float | None = None
        for index, frame in enumerate(frames):
            shown_s = index / rate_hz if frame.pts is None else frame.time
            first_s = shown_s if first_s is None else first_s
            instant_ms = (shown_s - first_s) * MS_PER_S
            if instant_ms >= limit_ms:
                return _Clip(frames=images, instants_ms=instants_ms, duration_ms=limit_ms)
            images.append(_picture(frame))
            instants_ms.append(instant_ms)
    if not images:
        raise MediaError(f"{path}: the file holds no frames: name a video file")
    last_gap_ms = instants_ms[-1] - instants_ms[-2] if len(instants_ms) > 1 else MS_PER_S / rate_hz
    duration_ms = instants_ms[-1] + last_gap_ms
    if duration_ms < promised_ms - TRUNCATED_MS:
        raise MediaError(
            f"{path}: the file is truncated: it promises {s_from_ms(promised_ms):.2f} s of video, "
            f"{s_from_ms(duration_ms):.2f} s could be read: copy it again"
        )
    return _Clip(frames=images, instants_ms=instants_ms, duration_ms=min(duration_ms, limit_ms))


@contextmanager
def _open_track(path: Path) -> Iterator[tuple[Iterator[VideoFrame], VideoStream, float]]:
    """Open the first moving picture of a file, with the length it promises in milliseconds.

    The cover of a sound file does not move.
    """
    try:
        with av.open(str(path)) as container:
            moving = (track for track in container.streams.video if not track.disposition & Disposition.attached_pic)
            track = next(moving, None)
            if track is None:
                raise MediaError(f"{path}: the file holds no video: name a video file")
            yield container.decode(track), track, promised_s(container, track) * MS_PER_S
    except av.FFmpegError as error:
        raise MediaError(
            f"{path}: cannot be decoded as video ({reason(error)}): it is damaged or no video file; "
            "name another, or convert it to MP4"
        ) from error


def _picture(frame: VideoFrame) -> Frames:
    """Return `[height, width, 3]`, shrunk to the longer side where it is larger."""
    scale = min(1.0, LONGER_SIDE / max(frame.width, frame.height))
    width, height = max(1, round(frame.width * scale)), max(1, round(frame.height * scale))
    return frame.to_ndarray(width=width, height=height, format="rgb24").astype(np.uint8, copy=False)


def _size(picture: Frames) -> str:
    return f"{picture.shape[1]}x{picture.shape[0]}"


def _stack(images: deque[Frames]) -> Frames:
    """Return `[frames, height, width, 3]`, giving back each picture as it is copied so that memory never doubles."""
    stacked = np.empty((len(images), *images[0].shape), dtype=np.uint8)
    for index in itertools.count():
        if not images:
            return stacked
        stacked[index] = images.popleft()
    return stacked
