"""Lessons as codes: spoken and encoded once by a codec that stays as it is, kept for it, and drawn from in crops."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from types import ModuleType

import numpy as np
import torch

from josie_bench.corpora import open_corpus
from josie_bench.model.components.audio_encoder import AudioEncoder
from josie_bench.model.weights import weights_digest
from josie_bench.terms.corpus import Item, OpenCorpus
from josie_bench.training.lessons import Floats, Told, Writing
from josie_bench.training.sequences import PARTS, Codes, Taken, Tape, joined
from josie_bench.writing import write_whole

SAMPLES_AT_ONCE = 16_000 * 60  # that are encoded together
SILENT_FRAMES = 200  # beyond which a silent codec gives what it gave


@dataclass(frozen=True, slots=True, kw_only=True)
class Reel:
    """The tapes of a lesson, and what is typed to ask for it."""

    tapes: Sequence[Tape]
    typed: tuple[int, ...]

    def draw(self, draw: np.random.Generator, frames: int) -> Tape:
        """Return a crop that begins as a session does; where a tape ends, another begins."""
        parts: list[Tape] = []
        found = 0
        while found < frames:
            tape = self.tapes[int(draw.integers(len(self.tapes)))]
            if not parts:
                places = np.flatnonzero(tape.starts)
                tape = tape.cut(int(places[int(draw.integers(len(places)))]), len(tape.text))
            parts.append(tape)
            found += len(tape.text)
        crop = joined(parts).cut(0, frames)
        return replace(crop, taken=(Taken(at=0, typed=self.typed), *crop.taken)) if self.typed else crop


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorder:
    """What makes tapes of lessons.

    Attributes:
        encoder: of the codec, trained before.
        write: how words become ids.
        rate_hz: of its sound.
        corpora: where fetched corpora lie.
        cache: where tapes are kept.
        tell: is told what takes long.
    """

    encoder: AudioEncoder
    write: Writing
    rate_hz: int
    corpora: Path
    cache: Path
    tell: Callable[[str], None]

    def reel(self, name: str, lesson: ModuleType, split: str) -> Reel:
        """Return the tapes of a lesson's split, from the cache where they were kept before.

        Raises:
            UnavailableError: its corpus is not here.
            OutputError: the cache cannot be written.
        """
        corpus = open_corpus(lesson.CORPUS, self.corpora)
        made_of = f"{weights_digest(self.encoder)} {corpus.of(split)} {self.rate_hz} {self.write.frame_samples}"
        source = Path(str(lesson.__file__)).read_bytes()
        kept = self.cache / f"{name}-{split}-{hashlib.sha256(made_of.encode() + source).hexdigest()[:12]}.npz"
        if not kept.exists():
            self.tell(f"{name}: {len(corpus.of(split)):,} items of {lesson.CORPUS} are spoken and encoded")
            buffer = BytesIO()
            np.savez_compressed(buffer, allow_pickle=False, **_packed(self._recorded(corpus, lesson, split)))
            write_whole(kept, buffer.getvalue())
        with np.load(kept) as found:
            tapes = _unpacked({part: found[part] for part in (*PARTS, "lengths")})
        typed = () if lesson.TYPED is None else tuple(self.write.tokenizer.encode(lesson.TYPED))
        return Reel(tapes=tapes, typed=typed)

    def _recorded(self, corpus: OpenCorpus, lesson: ModuleType, split: str) -> list[Tape]:
        items = corpus.of(split)
        tapes: list[Tape] = []
        waiting: list[Told] = []
        for first in range(0, len(items), lesson.ITEMS):
            each = items[first : first + lesson.ITEMS]
            waiting.append(_behind([self._told(corpus, lesson, item) for item in each]))
            if sum(len(told.heard) for told in waiting) > SAMPLES_AT_ONCE or each[-1] is items[-1]:
                tapes += self._encoded(waiting)
                waiting = []
        return tapes

    def _told(self, corpus: OpenCorpus, lesson: ModuleType, item: Item) -> Told:
        found: Told = lesson.told(corpus.hear(item, sample_rate_hz=self.rate_hz), self.write)
        return found

    def _encoded(self, lessons: Sequence[Told]) -> list[Tape]:
        heard = self._codes([told.heard for told in lessons])
        own = [self._silence(len(told.text)) if told.said is None else self._codes([told.said])[0] for told in lessons]
        return [
            Tape(heard=codes, own=said, text=told.text, aloud=told.aloud, starts=told.starts)
            for told, codes, said in zip(lessons, heard, own, strict=True)
        ]

    def _silence(self, frames: int) -> Codes:
        """Return the codes of silence, of which few differ: those of its first frames."""
        (codes,) = self._codes([np.zeros(SILENT_FRAMES * self.write.frame_samples, np.float32)])
        return np.concatenate((codes, np.repeat(codes[-1:], max(0, frames - len(codes)), axis=0)))[:frames]

    def _codes(self, sounds: Sequence[Floats]) -> list[Codes]:
        """Return the codes `[frames, codebooks]` of each sound, from the start of a session."""
        audio = np.zeros((len(sounds), max(map(len, sounds))), np.float32)
        for row, sound in zip(audio, sounds, strict=True):
            row[: len(sound)] = sound
        with torch.inference_mode():
            carry = self.encoder.fresh_carry(len(audio))
            codes = self.encoder.step({"audio": torch.from_numpy(audio)}, carry)["codes"]
        frames = [len(sound) // self.write.frame_samples for sound in sounds]
        whole = codes.transpose(1, 2).to(torch.int16).numpy()
        return [row[:count].copy() for row, count in zip(whole, frames, strict=True)]


def _behind(each: Sequence[Told]) -> Told:
    """Return lessons one behind the other."""
    said = [told.said for told in each if told.said is not None]
    return Told(
        heard=np.concatenate([told.heard for told in each]),
        said=np.concatenate(said) if said else None,
        text=np.concatenate([told.text for told in each]),
        aloud=np.concatenate([told.aloud for told in each]),
        starts=np.concatenate([told.starts for told in each]),
    )


def _packed(tapes: Sequence[Tape]) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]]:
    found = {part: np.concatenate([getattr(tape, part) for tape in tapes]) for part in PARTS}
    return found | {"lengths": np.array([len(tape.text) for tape in tapes])}


def _unpacked(found: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]]) -> list[Tape]:
    ends = np.cumsum(found.pop("lengths"))[:-1]
    parts = {part: np.split(array, ends) for part, array in found.items()}
    return [Tape(**dict(zip(PARTS, each, strict=True))) for each in zip(*(parts[part] for part in PARTS), strict=True)]
