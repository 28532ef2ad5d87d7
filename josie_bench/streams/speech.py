"""`speech`: recordings joined to one conversation partner, with pauses between them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import resample_poly

from josie_bench.errors import MediaError
from josie_bench.streams import BUNDLED, BUNDLED_FOLDER, MediaFile, describe, find_files, reason, require_bytes
from josie_bench.streams._container import promised_s
from josie_bench.terms.timebase import ms_of_samples, samples_in

SUMMARY = "recorded speech: sound files, or the sound of video files"
MODALITY = "audio"
SUFFIXES = (
    *(".wav", ".flac", ".ogg", ".opus", ".mp3", ".aif", ".aiff", ".au", ".caf", ".w64", ".rf64", ".m4a", ".aac"),
    *(".mp4", ".mov", ".mkv", ".webm", ".avi"),
)

TRUNCATED_SHARE = 0.02  # of a container's promised length that may be missing: codecs pad, containers round
UNKNOWN_LENGTH = 0xFFFFFFFF  # what a program writes that pipes a WAV file and cannot know its length

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """Recordings joined to one.

    Attributes:
        audio: `[samples]` float32 in [-1, 1]; a pause follows every clip, the last too, because media starts over.
        files: one per clip, in order.
        marks: per clip when it starts and ends, in milliseconds, and what is said, or None where nobody wrote it down.
    """

    audio: Floats
    files: tuple[MediaFile, ...]
    marks: tuple[tuple[float, float, str | None], ...]


def probe(choice: str) -> None:
    """Check the files that `choice` names without decoding them whole.

    Raises:
        MediaError: one is missing, empty, truncated or no sound file.
    """
    for path in find(choice):
        require_bytes(path)
        _check_wav_length(path)
        if _opens_as_sound_file(path):
            _check_last_sample(path)
        else:
            next(_decode_container(path))


def file_rate_hz(path: Path) -> int:
    """Return the sample rate in Hz of a file that `probe` has found usable.

    Raises:
        MediaError: it cannot be read.
    """
    if _opens_as_sound_file(path):
        return int(soundfile.info(path).samplerate)
    return next(_decode_container(path))[1]


def load(choice: str, *, sample_rate_hz: int, pause_ms: float = 600.0) -> Speech:
    """Return the recordings that `choice` names as one mono signal.

    Args:
        choice: `bundled`, a sound or video file, or a folder of them.
        sample_rate_hz: what to resample to.
        pause_ms: silence after each clip.

    Raises:
        MediaError: a file is missing, empty, truncated or no sound file.
    """
    pause = np.zeros(samples_in(pause_ms, sample_rate_hz), dtype=np.float32)
    transcripts = _transcripts() if choice == BUNDLED else {}
    pieces: list[Floats] = []
    files: list[MediaFile] = []
    marks: list[tuple[float, float, str | None]] = []
    start = 0
    for path in find(choice):
        clip = _read_clip(path, sample_rate_hz)
        end = start + len(clip)
        limits = ms_of_samples(start, sample_rate_hz), ms_of_samples(end, sample_rate_hz)
        marks.append((*limits, transcripts.get(path.name)))
        files.append(describe(path, MODALITY))
        pieces += [clip, pause]
        start = end + len(pause)
    return Speech(audio=np.concatenate(pieces), files=tuple(files), marks=tuple(marks))


def find(choice: str) -> tuple[Path, ...]:
    """Return the files that `choice` names, in the order they are heard; none of them is opened.

    Raises:
        MediaError: there are none.
    """
    return find_files(choice, folder="speech", suffixes=SUFFIXES)


def _transcripts() -> dict[str, str]:
    loaded: dict[str, str] = json.loads((BUNDLED_FOLDER / "transcripts.json").read_text(encoding="utf-8"))
    return loaded


def _read_clip(path: Path, sample_rate_hz: int) -> Floats:
    """Return `[samples]`, mono, at `sample_rate_hz`."""
    require_bytes(path)
    _check_wav_length(path)
    channels, rate_hz = _read_sound_file(path) if _opens_as_sound_file(path) else _read_container(path)
    if not channels.size:
        raise MediaError(f"{path}: the file holds no samples: record it again")
    mono = channels.mean(axis=1, dtype=np.float64)
    if not np.isfinite(mono).all():
        raise MediaError(f"{path}: the file holds samples that are no finite numbers: export it again")
    if rate_hz != sample_rate_hz:
        shared = math.gcd(rate_hz, sample_rate_hz)
        mono = resample_poly(mono, sample_rate_hz // shared, rate_hz // shared)
    audio: Floats = np.clip(mono, -1.0, 1.0).astype(np.float32)
    return audio


def _check_wav_length(path: Path) -> None:
    """Refuse a RIFF WAV file whose header promises more bytes than follow; libsndfile would shorten it silently."""
    with path.open("rb") as file:
        size = path.stat().st_size
        head = file.read(12)
        if head[:4] != b"RIFF" or head[8:] != b"WAVE":
            return
        while len(chunk := file.read(8)) == 8:
            length = int.from_bytes(chunk[4:], "little")
            if chunk[:4] == b"data":
                present = size - file.tell()
                if length not in (UNKNOWN_LENGTH, 0) and length > present:
                    raise MediaError(
                        f"{path}: the file is truncated: its header promises {length} bytes of sound, {present} are "
                        "there: copy or record it again"
                    )
                return
            file.seek(length + length % 2, 1)
    raise MediaError(f"{path}: the file is truncated before its sound begins: copy or record it again")


def _opens_as_sound_file(path: Path) -> bool:
    try:
        with soundfile.SoundFile(path):
            return True
    except soundfile.SoundFileError:
        return False


def _check_last_sample(path: Path) -> None:
    with _naming(path), soundfile.SoundFile(path) as sound:
        if sound.frames == 0:
            raise MediaError(f"{path}: the file holds no samples: record it again")
        sound.seek(sound.frames - 1)
        if len(sound.read(1)) != 1:
            raise MediaError(f"{path}: the file is truncated: copy or record it again")


def _read_sound_file(path: Path) -> tuple[Floats, int]:
    """Return `[samples, channels]` and the sample rate in Hz."""
    with _naming(path), soundfile.SoundFile(path) as sound:
        channels: Floats = sound.read(dtype="float32", always_2d=True)
        if len(channels) < sound.frames:
            raise MediaError(
                f"{path}: the file is truncated: it promises {sound.frames} samples, {len(channels)} could be read: "
                "copy or record it again"
            )
        return channels, int(sound.samplerate)


def _read_container(path: Path) -> tuple[Floats, int]:
    """Return `[samples, channels]` and the sample rate in Hz of the first sound track."""
    decoded = list(_decode_container(path))
    channels: Floats = np.concatenate([piece for piece, _, _ in decoded])
    _, rate_hz, expected_s = decoded[0]
    found_s = len(channels) / rate_hz
    if found_s < expected_s * (1 - TRUNCATED_SHARE):
        raise MediaError(
            f"{path}: the file is truncated: it promises {expected_s:.2f} s of sound, {found_s:.2f} s could be read: "
            "copy or record it again"
        )
    return channels, rate_hz


def _decode_container(path: Path) -> Iterator[tuple[Floats, int, float]]:
    """Yield pieces `[samples, channels]`, each with the sample rate in Hz and the track's promised seconds."""
    is_empty = True
    with _naming(path), av.open(str(path)) as container:
        if not container.streams.audio:
            raise MediaError(f"{path}: the file holds no sound track: name a file that does")
        track = container.streams.audio[0]
        track_s = promised_s(container, track)
        to_planes = av.AudioResampler(format="fltp")
        for frame in container.decode(track):
            for plane in to_planes.resample(frame):
                is_empty = False
                yield plane.to_ndarray().T.astype(np.float32, copy=False), plane.sample_rate, track_s
    if is_empty:
        raise MediaError(f"{path}: the file holds no samples: record it again")


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Turn a decoder's error into one line that names the file."""
    try:
        yield
    except (soundfile.SoundFileError, av.FFmpegError) as error:
        raise MediaError(
            f"{path}: cannot be decoded as sound ({reason(error)}): it is damaged or no sound file; "
            "name another, or convert it to WAV"
        ) from error
