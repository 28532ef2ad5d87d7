"""A task: what is done with an item of a corpus, of which judges then make numbers. Every other file here is one.

Its file name is its key in a suite. Every member offers:

- `SUMMARY`: one line for `josie-bench list`.
- `COMPONENTS`: the components of the model that it calls.
- `JUDGES`: the roles of the judges that it asks; one that is not here leaves its numbers out, and the others stay.
- `CORPUS`: the corpus whose items it takes where a suite names none.
- `can_use(item, corpus) -> bool`: whether an item can be a task.
- `kind(item, corpus) -> str`, where items are of several kinds: of each as large a share is chosen as there is of it.
- `rows(item, desk) -> Iterator[JudgedItem]`: one item on every side, and what the judges say of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from josie_bench.backends import Executable
from josie_bench.errors import MediaError
from josie_bench.model.sizes import CodecSizes, ModelSizes
from josie_bench.runtime.answer import Answer
from josie_bench.statistics.text_overlap import OVERLAPS
from josie_bench.tasks._coded import flac_of, png_of
from josie_bench.terms.corpus import OpenCorpus
from josie_bench.terms.judged import JudgeUse
from josie_bench.terms.timebase import samples_in
from josie_bench.terms.window import Window

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Thing = TypeVar("Thing")
RECOGNISER, NORMALISER, ALIGNER = "recogniser", "normaliser", "pocketsphinx_words"


class Talker(Protocol):
    """Who answers windows, such as a step; on the way to one windows may lose modalities."""

    @property
    def sizes(self) -> ModelSizes:
        """Of the model."""
        ...

    def reset(self) -> None:
        """Return to the start of a session."""
        ...

    def __call__(self, window: Window) -> Answer:
        """Return the answer to one window."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the systems that do the same items.

    Attributes:
        executables: by component, those that the tasks call.
        step: the wiring over them, where the model converses; None of a codec alone.
        hear: sound `[samples]` as it comes to them.
    """

    executables: Mapping[str, Executable]
    step: Talker | None = None
    hear: Callable[[Floats], Floats] = lambda audio: audio


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """All that a task works with.

    Attributes:
        sizes: of the model.
        hop_ms: the media of one call: items come in windows of it, as in a conversation.
        corpus: that items are of.
        sides: by name, one of `terms.judged.SIDES`; the engines come first.
        judges: by role, those that are here.
        keeps_media: whether rows hold what people are to hear and see.
    """

    sizes: ModelSizes | CodecSizes
    hop_ms: float
    corpus: OpenCorpus
    sides: Mapping[str, Side]
    judges: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    keeps_media: bool = False

    @property
    def rate_hz(self) -> int:
        """Of the sound that the model hears and gives."""
        return self.sizes.audio.sample_rate_hz

    @property
    def hop_samples(self) -> int:
        """Samples in a window."""
        return samples_in(self.hop_ms, self.rate_hz)

    def text(self, text: str | None) -> str | None:
        """Return a text as it is compared; None without one, or without a normaliser."""
        return self.judges[NORMALISER](text) if text is not None and NORMALISER in self.judges else None

    def heard(self, audio: Floats) -> str | None:
        """Return what the recogniser hears, as it is compared; None where it or the normaliser is not here.

        In sound that is none, as an engine may give it, nothing is heard: to leave it out would spare the engine.
        """
        if RECOGNISER not in self.judges:
            return None
        try:
            return self.text(self.judges[RECOGNISER](audio, self.rate_hz))
        except MediaError:
            return self.text("")

    @property
    def can_align(self) -> bool:
        """Whether somebody is here who tells when words begin."""
        return ALIGNER in self.judges

    def onsets_ms(self, audio: Floats, text: str) -> tuple[float, ...] | None:
        """Return when each word of a text begins in a sound, in ms from its begin; None where that cannot be told."""
        try:
            found: tuple[float, ...] | None = self.judges[ALIGNER](audio, self.rate_hz, text)
        except MediaError:
            return None
        return found

    def scores(self, role: str, *sounds: Floats) -> dict[str, float]:
        """Return a judge's scores of sounds by name; none where it is not here, or cannot judge them."""
        if role not in self.judges:
            return {}
        try:
            found: dict[str, float] = self.judges[role](*sounds, self.rate_hz)
        except MediaError:  # silent throughout, or too short: no number, and the score says of how many items it is
            return {}
        return {name: score for name, score in found.items() if math.isfinite(score)}

    def overlaps(self, reference: str | None, **texts: str | None) -> dict[str, float]:
        """Return what texts share with their reference: the counts of the judges that are here, `judge.text.count`."""
        if reference is None:
            return {}
        return {
            f"{role}.{name}.{count}": float(number)
            for role in OVERLAPS
            if role in self.judges
            for name, text in present(texts).items()
            for count, number in zip(OVERLAPS[role].counts, self.judges[role]([text], [reference])[0], strict=True)
        }

    def media(self, **shown: NDArray[Any]) -> dict[str, bytes]:
        """Return sounds `[samples]` and pictures `[height, width, 3]` as files hold them; nothing where none are kept.

        Sound that is none, as an engine may give it, has no file.
        """
        if not self.keeps_media:
            return {}
        pictures = {f"{name}.png": png_of(part) for name, part in shown.items() if part.ndim == 3}
        sounds = {
            f"{name}.flac": flac_of(part, self.rate_hz)
            for name, part in shown.items()
            if part.ndim == 1 and len(part) and np.isfinite(part).all()
        }
        return pictures | sounds


def present(roles: Mapping[str, Thing | None]) -> dict[str, Thing]:
    """Return what is there of some things by name."""
    return {name: value for name, value in roles.items() if value is not None}


__all__ = ["Desk", "Floats", "Ints", "JudgeUse", "Side", "Talker", "present"]
