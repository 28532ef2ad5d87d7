"""What a media container promises of a track, so that a truncated file is noticed."""

from __future__ import annotations

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

TICKS_PER_SECOND = 1_000_000  # FFmpeg counts a container's duration in microseconds


def promised_s(container: InputContainer, track: AudioStream | VideoStream) -> float:
    """Return how long `track` should last, in seconds; 0 where the file does not say.

    Matroska only gives the length of the whole file, which is the track's where it is the only one.
    """
    if track.duration and track.time_base:
        return float(track.duration * track.time_base)
    if container.duration and len(container.streams) == 1:
        return container.duration / TICKS_PER_SECOND
    return 0.0
