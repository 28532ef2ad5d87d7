"""`dnsmos`: how people would rate speech, guessed from the sound alone (DNSMOS; Reddy et al., 2021, 2022).

The networks are those in the package speechmos. Its own code is not used, for it needs librosa; the arithmetic here is
its, and the tests hold it against figures that it gave: windows of 9.01 s each second, sound repeated until one is
filled, and the polynomials that map the networks' raw figures to opinion scores from 1 to 5.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from josie_bench.errors import UnavailableError
from josie_bench.evaluators import (
    EXTRA,
    SPEECH_QUALITY,
    Floats,
    Identity,
    QualityJudge,
    Scores,
    digest_of_digests,
    folder_of,
    installed,
    missing_library,
    read_pinned,
)
from josie_bench.evaluators._mel import mel_decibels
from josie_bench.evaluators._sound import JUDGED_HZ, sound_at

__all__ = ["EXTRA", "IMPORTS", "KIND", "SUMMARY", "identity", "open_judge", "unavailable"]

SUMMARY = "DNSMOS: guessed opinion scores of speech (P.808; overall, signal, background), no reference needed"
KIND = SPEECH_QUALITY
IMPORTS = ("speechmos", "onnxruntime")
P835_SHA256 = "269fbebdb513aa23cddfbb593542ecc540284a91849ac50516870e1ac78f6edd"
P808_SHA256 = "9246480c58567bc6affd4200938e77eef49468c8bc7ed3776d109c07456f6e91"
NAMES = ("sig", "bak", "ovrl")  # in the order in which the network gives them
POLYNOMIALS = (
    (-0.08397278, 1.22083953, 0.0052439),
    (-0.13166888, 1.60915514, -0.39604546),
    (-0.06766283, 1.11546468, 0.04602535),
)
WINDOW_S = 9.01
UNHEARD = 160  # samples at a window's end that P.808 does not read


def unavailable() -> UnavailableError | None:
    """Return why it cannot judge here, or None."""
    return missing_library(IMPORTS)


def identity() -> Identity:
    """Return what decides the scores."""
    return Identity(
        name="dnsmos",
        libraries=installed("speechmos", "onnxruntime"),
        model_sha256=digest_of_digests(P835_SHA256, P808_SHA256),
    )


def open_judge(threads: int = 1) -> QualityJudge:
    """Return the judge with its networks loaded; it gives `p808`, `ovrl`, `sig` and `bak`, from 1 to 5.

    Args:
        threads: how many may compute.

    Raises:
        UnavailableError: a library is missing, or a network is another.
    """
    if (reason := unavailable()) is not None:
        raise reason
    folder = folder_of("speechmos") / "dnsmos_models"
    p835 = _session(read_pinned((folder / "sig_bak_ovr.onnx",), P835_SHA256), threads)
    p808 = _session(read_pinned((folder / "model_v8.onnx",), P808_SHA256), threads)

    def judge(audio: Floats, rate_hz: int) -> Scores:
        found = []
        for window in _windows(sound_at(audio, rate_hz)):
            raw = p835.run(None, {"input_1": window[None]})[0][0]
            opinions = [np.polyval(factors, float(value)) for factors, value in zip(POLYNOMIALS, raw, strict=True)]
            overall = p808.run(None, {"input_1": mel_decibels(window[:-UNHEARD])[None]})[0][0][0]
            found.append([float(overall), *map(float, opinions)])
        means = np.mean(found, axis=0)
        return {name: float(mean) for name, mean in zip(("p808", *NAMES), means, strict=True)}

    return judge


def _windows(audio: Floats) -> list[Floats]:
    """Return windows of 9.01 s, one each second; sound is doubled until it fills one."""
    length = int(WINDOW_S * JUDGED_HZ)
    while len(audio) < length:
        audio = np.concatenate((audio, audio))
    count = int(len(audio) // JUDGED_HZ - WINDOW_S) + 1
    cut = [audio[index * JUDGED_HZ : int((index + WINDOW_S) * JUDGED_HZ)] for index in range(count)]
    return [window for window in cut if len(window) >= length]  # rounding makes one of some seconds a sample short


def _session(network: bytes, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
