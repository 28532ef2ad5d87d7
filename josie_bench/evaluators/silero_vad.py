"""`silero_vad`: where somebody speaks, frame by frame (Silero VAD 6, 16 kHz).

The network is the one in its package, run as it is: each frame of 32 ms is read with 4 ms of the one before, and its
memory goes from frame to frame. The package's own code is not used, for it needs torchaudio.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from josie_bench.errors import UnavailableError
from josie_bench.evaluators import (
    EXTRA,
    VOICE_ACTIVITY,
    Floats,
    Identity,
    VoiceActivity,
    VoiceDetector,
    folder_of,
    installed,
    missing_library,
    read_pinned,
)
from josie_bench.evaluators._sound import JUDGED_HZ, sound_at
from josie_bench.terms.timebase import ms_of_samples

__all__ = ["EXTRA", "IMPORTS", "KIND", "SUMMARY", "identity", "open_judge", "unavailable"]

SUMMARY = "Silero VAD: how surely somebody speaks in each frame of 32 ms"
KIND = VOICE_ACTIVITY
IMPORTS = ("silero_vad", "onnxruntime")
MODEL_SHA256 = "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3"
FRAME, CONTEXT = 512, 64  # samples
STATE = (2, 1, 128)


def unavailable() -> UnavailableError | None:
    """Return why it cannot judge here, or None."""
    return missing_library(IMPORTS)


def identity() -> Identity:
    """Return what decides the probabilities."""
    return Identity(
        name="silero_vad", libraries=installed("silero-vad", "onnxruntime"), model_sha256=MODEL_SHA256, settings="16k"
    )


def open_judge() -> VoiceDetector:
    """Return the detector with its network loaded; the last frame is filled up with silence.

    Raises:
        UnavailableError: a library is missing, or the network is another.
    """
    if (reason := unavailable()) is not None:
        raise reason
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # a frame is too little work for two
    network = read_pinned((folder_of("silero_vad") / "data" / "silero_vad.onnx",), MODEL_SHA256)
    session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])

    def judge(audio: Floats, rate_hz: int) -> VoiceActivity:
        frames = _frames(sound_at(audio, rate_hz))
        return VoiceActivity(probability=_follow(session, frames), frame_ms=ms_of_samples(FRAME, JUDGED_HZ))

    return judge


def _frames(audio: Floats) -> Floats:
    """Return `[frames, context + frame]`, each with the end of the one before."""
    padded = np.pad(audio, (CONTEXT, -len(audio) % FRAME))
    frames: Floats = np.lib.stride_tricks.sliding_window_view(padded, CONTEXT + FRAME)[::FRAME]
    return frames


def _follow(session: Any, frames: Floats) -> Floats:
    """Return float32 `[frames]` what the network says of each in turn."""
    state, rate_hz = np.zeros(STATE, dtype=np.float32), np.array(JUDGED_HZ, dtype=np.int64)
    found = np.zeros(len(frames), dtype=np.float32)
    for index, frame in enumerate(frames):
        said, state = session.run(None, {"input": frame[None], "state": state, "sr": rate_hz})
        found[index] = said[0, 0]
    return found
