"""The sounds of corpora, ready to be cropped: spoken or decoded once and kept, and at other speeds too."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.signal import resample_poly

from josie_bench.corpora import open_corpus
from josie_bench.terms.corpus import OpenCorpus
from josie_bench.terms.timebase import ms_of_samples
from josie_bench.training.sounds import Sound
from josie_bench.writing import write_whole

Samples = npt.NDArray[np.int16]
# Played at up / down of their length, and how often: other pitches and rates of the same voices.
SPEEDS = ((1, 1, 0.4), (7, 8, 0.15), (8, 7, 0.15), (13, 14, 0.15), (15, 13, 0.15))
SILENCE = ""  # the name of a phoneme that is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """All that a corpus has of one speaker, one item behind the other; what has no phonemes is a voice of its own.

    Attributes:
        samples: int16 `[frames * frame_samples]`.
        phonemes: a name for each frame, or None where nothing is known.
    """

    samples: Samples
    phonemes: tuple[str, ...] | None


def voices(
    name: str, corpora: Path, cache: Path, *, split: str, frame_samples: int, rate_hz: int, tell: Callable[[str], None]
) -> list[Voice]:
    """Return the voices of a corpus's split, from `cache` where they were kept before.

    Raises:
        UnavailableError: the corpus is not here.
        OutputError: `cache` cannot be written.
    """
    corpus = open_corpus(name, corpora)
    digest = hashlib.sha256(f"{corpus.of(split)} {frame_samples} {rate_hz}".encode()).hexdigest()[:12]
    kept = cache / f"{name}-{split}-{digest}.npz"
    if not kept.exists():
        tell(f"{name}: {len(corpus.of(split)):,} recordings are read or spoken")
        buffer = BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, **_packed(_gathered(corpus, split, frame_samples, rate_hz)))
        write_whole(kept, buffer.getvalue())
    with np.load(kept) as found:
        return [_unpacked(found, index) for index in range(len(found.files) // 2)]


def sounds(shares: Mapping[str, tuple[float, Sequence[Voice]]], names: Sequence[str]) -> list[Sound]:
    """Return the sounds of some corpora at all `SPEEDS`.

    Args:
        shares: by corpus, how often a crop comes from it, and its voices, each as often as it is long.
        names: of the phonemes, in the order of their numbers.
    """
    number = {name: index for index, name in enumerate(names)}
    found: list[Sound] = []
    for share, each in shares.values():
        total = sum(len(voice.samples) for voice in each)
        for voice in each:
            of_voice = share * len(voice.samples) / total
            labels = None if voice.phonemes is None else np.array([number[name] for name in voice.phonemes])
            found += [_at_speed(voice.samples, labels, of_voice * often, up, down) for up, down, often in SPEEDS]
    return found


def phoneme_names(each: Sequence[Voice]) -> tuple[str, ...]:
    """Return the names of all phonemes, silence first."""
    names = {name for voice in each for name in voice.phonemes or ()} - {SILENCE}
    return (SILENCE, *sorted(names))


def _at_speed(samples: Samples, labels: npt.NDArray[np.int64] | None, share: float, up: int, down: int) -> Sound:
    if up == down:
        return Sound(samples=samples, share=share, phonemes=labels)
    played = np.clip(np.rint(resample_poly(samples.astype(np.float32), up, down)), -32768, 32767).astype(np.int16)
    if labels is None:
        return Sound(samples=played, share=share)
    frames = len(labels) * up // down
    then = ((np.arange(frames) + 0.5) * down / up).astype(np.int64)
    return Sound(samples=played, share=share, phonemes=labels[np.minimum(then, len(labels) - 1)])


def _gathered(corpus: OpenCorpus, split: str, frame_samples: int, rate_hz: int) -> list[Voice]:
    parts: dict[tuple[str, bool], list[Samples]] = {}  # a speaker, and whether phonemes are known
    labels: dict[tuple[str, bool], list[str]] = {}
    for item in corpus.of(split):
        heard = corpus.hear(item, sample_rate_hz=rate_hz)
        frames = len(heard.audio) // frame_samples
        whole = heard.audio[: frames * frame_samples]
        key = item.speaker or "", any(mark.kind == "phoneme" for mark in heard.marks)
        parts.setdefault(key, []).append(np.rint(whole.clip(-1, 1) * 32767).astype(np.int16))
        if key[1]:
            names = heard.labels("phoneme", ms_of_samples(frame_samples, rate_hz))
            labels.setdefault(key, []).extend(names[:frames])
    return [
        Voice(samples=np.concatenate(samples), phonemes=tuple(labels[key]) if key in labels else None)
        for key, samples in parts.items()
    ]


def _packed(each: Sequence[Voice]) -> dict[str, npt.NDArray[np.generic]]:
    found: dict[str, npt.NDArray[np.generic]] = {}
    for index, voice in enumerate(each):
        found[f"{index}.samples"] = voice.samples
        found[f"{index}.phonemes"] = np.array(voice.phonemes or (), dtype=np.str_)
    return found


def _unpacked(found: Mapping[str, npt.NDArray[np.generic]], index: int) -> Voice:
    names = found[f"{index}.phonemes"]
    return Voice(
        samples=found[f"{index}.samples"].astype(np.int16),
        phonemes=tuple(str(name) for name in names) if len(names) else None,
    )
