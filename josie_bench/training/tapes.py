"""Lessons as codes: spoken and encoded once by a codec that stays as it is, kept for it, and drawn from in crops."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from josie_bench.corpora import open_corpus
from josie_bench.model.components.audio_encoder import AudioEncoder
from josie_bench.model.components.vision_encoder import VisionEncoder
from josie_bench.model.layers.carry import Component
from josie_bench.model.weights import weights_digest
from josie_bench.runtime.patches import cut_patches, patch_layout, token_grid
from josie_bench.terms.corpus import Heard, Item, OpenCorpus
from josie_bench.terms.timebase import ms_of_samples
from josie_bench.training import noise
from josie_bench.training.lessons import Floats, Told, Writing
from josie_bench.training.sequences import PARTS, Codes, Taken, Tape, joined
from josie_bench.writing import write_whole

KEPT = "asked"  # changes where what is kept has another form than before
SAMPLES_AT_ONCE = 16_000 * 60  # that are encoded together
SILENT_FRAMES = 200  # beyond which a silent codec gives what it gave
WINDOW_FRAMES = (4, 6, 8)  # of the windows that something is seen in, by turns
Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reel:
    """The tapes of a lesson.

    Attributes:
        tapes: of it.
        typed: what is typed where a crop begins.
        noisy: of each tape, the codes of what is heard in noise; none where it was not recorded.
    """

    tapes: Sequence[Tape]
    typed: tuple[int, ...]
    noisy: Sequence[Codes] = ()

    def draw(self, draw: np.random.Generator, frames: int, *, is_noisy: bool = False) -> Tape:
        """Return a crop that begins as a session does; where a tape ends, another begins, in its own noise."""
        parts: list[Tape] = []
        found = 0
        while found < frames:
            chosen = int(draw.integers(len(self.tapes)))
            tape = self.tapes[chosen]
            if is_noisy:
                tape = replace(tape, heard=self.noisy[chosen])
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
        encoder: of the codec, trained before; sounds are encoded where it lies.
        seer: the vision encoder, likewise.
        write: how words become ids.
        rate_hz: of its sound.
        corpora: where fetched corpora lie.
        cache: where tapes are kept.
        tell: is told what takes long.
    """

    encoder: AudioEncoder
    seer: VisionEncoder
    write: Writing
    rate_hz: int
    corpora: Path
    cache: Path
    tell: Callable[[str], None]

    def reel(self, name: str, lesson: ModuleType, split: str, *, is_noisy: bool = False) -> Reel:
        """Return the tapes of a lesson's split, from the cache where they were kept before.

        Args:
            name: of the lesson.
            lesson: its module.
            split: of its corpus.
            is_noisy: whether what is heard is recorded in noise too.

        Raises:
            UnavailableError: its corpus is not here.
            OutputError: the cache cannot be written.
        """
        corpus = open_corpus(lesson.CORPUS, self.corpora)
        made_of = f"{KEPT} {weights_digest(self.encoder)} {corpus.of(split)} {self.rate_hz} {self.write.frame_samples}"
        if lesson.SEES:
            made_of += f" {weights_digest(self.seer)} {WINDOW_FRAMES}"
        source = Path(str(lesson.__file__)).read_bytes()
        if is_noisy:
            source += Path(noise.__file__).read_bytes()
        kept = self.cache / f"{name}-{split}-{hashlib.sha256(made_of.encode() + source).hexdigest()[:12]}.npz"
        if not kept.exists():
            self.tell(f"{name}: {len(corpus.of(split)):,} items of {lesson.CORPUS} are spoken and encoded")
            buffer = BytesIO()
            np.savez_compressed(buffer, allow_pickle=False, **self._recorded(corpus, lesson, split, is_noisy=is_noisy))
            write_whole(kept, buffer.getvalue())
        typed = () if lesson.TYPED is None else tuple(self.write.tokenizer.encode(lesson.TYPED))
        with np.load(kept) as found:
            parts = {part: found[part] for part in found.files}
        noisy = np.split(parts["noisy"], np.cumsum(parts["lengths"])[:-1]) if is_noisy else ()
        return Reel(tapes=_unpacked(parts, typed), typed=typed if (parts["asked"] < 0).all() else (), noisy=noisy)

    def _recorded(self, corpus: OpenCorpus, lesson: ModuleType, split: str, *, is_noisy: bool) -> dict[str, Array]:
        """Return the tapes of a split's items as arrays."""
        items = corpus.of(split)
        (silence,) = self._codes([np.zeros(SILENT_FRAMES * self.write.frame_samples, np.float32)])
        draw = np.random.default_rng(list(split.encode()))  # what is held out has noises of its own
        tapes: list[Tape] = []
        noisy: list[Codes] = []
        waiting: list[Told] = []
        for first in range(0, len(items), lesson.ITEMS):
            each = items[first : first + lesson.ITEMS]
            waiting.append(_behind([self._told(corpus, lesson, item) for item in each]))
            if sum(len(told.heard) for told in waiting) > SAMPLES_AT_ONCE or each[-1] is items[-1]:
                tapes += self._encoded(waiting, silence)
                if is_noisy:
                    noisy += self._codes([noise.in_noise(told.heard, draw) for told in waiting])
                waiting = []
        if lesson.SEES:
            windows = itertools.cycle(WINDOW_FRAMES)
            tapes = [
                replace(tape, taken=(*self._seen(corpus, item, next(windows)), *tape.taken))
                for tape, item in zip(tapes, items, strict=True)
            ]
        return _packed(tapes) | ({"noisy": np.concatenate(noisy)} if is_noisy else {})

    def _told(self, corpus: OpenCorpus, lesson: ModuleType, item: Item) -> Told:
        heard = corpus.hear(item, sample_rate_hz=self.rate_hz) if corpus.corpus.hear else self._unheard(corpus, item)
        found: Told = lesson.told(item, heard, self.write)
        return found

    def _unheard(self, corpus: OpenCorpus, item: Item) -> Heard:
        """Return silence as long as an item's clip."""
        assert corpus.corpus.frames_per_s is not None, f"{corpus.name} has neither sound nor clips"
        samples = round(len(corpus.frames(item)) / corpus.corpus.frames_per_s * self.rate_hz)
        return Heard(audio=np.zeros(samples, np.float32), sample_rate_hz=self.rate_hz)

    def _seen(self, corpus: OpenCorpus, item: Item, window_frames: int) -> tuple[Taken, ...]:
        """Return what is seen of an item in windows of so many codec frames, from its begin."""
        sizes = self.seer.sizes
        frames = corpus.shown(item, ms_of_samples(window_frames * self.write.frame_samples, self.rate_hz))
        rows, columns = token_grid(frames.shape[1], frames.shape[2], sizes.token_budget, sizes.token_pixels)
        layout = patch_layout(rows, columns, sizes.merge, sizes.cells)
        patches = torch.from_numpy(cut_patches(list(frames), sizes, layout))
        inputs = {"patches": patches, "grid": torch.from_numpy(layout.grid), "cell": torch.from_numpy(layout.cell)}
        with torch.inference_mode():
            carry = self.seer.fresh_carry(1)
            codes = self.seer.step(_beside(self.seer, inputs), carry)["codes"][0].cpu().numpy()
        shares = np.split(codes, len(frames) // 2)
        return tuple(
            Taken(at=index * window_frames, seen=seen, columns=columns, frame_count=window_frames)
            for index, seen in enumerate(shares)
        )

    def _encoded(self, lessons: Sequence[Told], silence: Codes) -> list[Tape]:
        heard = self._codes([told.heard for told in lessons])
        own = [
            _lasting(silence, len(told.text)) if told.said is None else self._codes([told.said])[0] for told in lessons
        ]
        return [
            Tape(
                heard=codes,
                own=said,
                text=told.text,
                aloud=told.aloud,
                starts=told.starts,
                taken=() if told.asked_at is None else (Taken(at=told.asked_at),),
            )
            for told, codes, said in zip(lessons, heard, own, strict=True)
        ]

    def _codes(self, sounds: Sequence[Floats]) -> list[Codes]:
        """Return the codes `[frames, codebooks]` of each sound, from the start of a session."""
        audio = np.zeros((len(sounds), max(map(len, sounds))), np.float32)
        for row, sound in zip(audio, sounds, strict=True):
            row[: len(sound)] = sound
        with torch.inference_mode():
            carry = self.encoder.fresh_carry(len(audio))
            codes = self.encoder.step(_beside(self.encoder, {"audio": torch.from_numpy(audio)}), carry)["codes"]
        frames = [len(sound) // self.write.frame_samples for sound in sounds]
        whole = codes.transpose(1, 2).to("cpu", torch.int16).numpy()
        return [row[:count].copy() for row, count in zip(whole, frames, strict=True)]


def _lasting(codes: Codes, frames: int) -> Codes:
    """Return so many frames of codes, of which the last one lasts."""
    return np.concatenate((codes, np.repeat(codes[-1:], max(0, frames - len(codes)), axis=0)))[:frames]


def _beside(component: Component, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return inputs where a component lies."""
    device = next(component.parameters()).device
    return {name: tensor.to(device) for name, tensor in inputs.items()}


def _behind(each: Sequence[Told]) -> Told:
    """Return lessons one behind the other; one alone is what it was."""
    if len(each) == 1:
        return each[0]
    said = [told.said for told in each if told.said is not None]
    return Told(
        heard=np.concatenate([told.heard for told in each]),
        said=np.concatenate(said) if said else None,
        text=np.concatenate([told.text for told in each]),
        aloud=np.concatenate([told.aloud for told in each]),
        starts=np.concatenate([told.starts for told in each]),
    )


def _packed(tapes: Sequence[Tape]) -> dict[str, Array]:
    """Return tapes as arrays; where something is taken that is not seen, it is asked for."""
    found: dict[str, Array] = {part: np.concatenate([getattr(tape, part) for tape in tapes]) for part in PARTS}
    found["lengths"] = np.array([len(tape.text) for tape in tapes])
    found["asked"] = np.array([next((each.at for each in tape.taken if each.seen is None), -1) for tape in tapes])
    windows = [(at, each, each.seen) for at, tape in enumerate(tapes) for each in tape.taken if each.seen is not None]
    if windows:
        found["seen"] = np.stack([seen for _, _, seen in windows])
        found["windows"] = np.array([(at, each.at, each.columns, each.frame_count) for at, each, _ in windows])
    return found


def _unpacked(found: Mapping[str, Array], typed: tuple[int, ...]) -> list[Tape]:
    ends = np.cumsum(found["lengths"])[:-1]
    taken: list[list[Taken]] = [[] for _ in found["lengths"]]
    if "seen" in found:
        for (tape, at, columns, frames), seen in zip(found["windows"].tolist(), found["seen"], strict=True):
            taken[tape].append(Taken(at=at, seen=seen, columns=columns, frame_count=frames))
    for each, asked_at in zip(taken, found["asked"].tolist(), strict=True):
        if asked_at >= 0:
            each.append(Taken(at=asked_at, typed=typed))
    parts = [np.split(found[part], ends) for part in PARTS]
    return [
        Tape(**dict(zip(PARTS, each, strict=True)), taken=tuple(sorted(windows, key=lambda window: window.at)))
        for *each, windows in zip(*parts, taken, strict=True)
    ]
