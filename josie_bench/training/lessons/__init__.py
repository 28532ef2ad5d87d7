"""A lesson: what of a corpus is heard, what is said and written to it, and when. Every other file here is one.

Its file name is its key in a recipe. Every member offers:

- `SUMMARY`: what is learnt, in a line.
- `CORPUS`: whose items it takes.
- `TYPED`: what is typed to ask for it, or None.
- `ITEMS`: how many items, one behind the other, are one tape; one where something is seen.
- `SEES`: whether an item's pictures are seen, from where its sound begins.
- `told(item, heard, write) -> Told`: an item as a lesson; where nobody is heard, `heard` is silence as long as a clip.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from josie_bench.model.sizes import TextSizes
from josie_bench.model.tokenizer import BytePairTokenizer

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An item as a lesson.

    Attributes:
        heard: the user's sound, `[frames * frame_samples]`.
        said: the model's sound, likewise; None where it says nothing.
        text: ids `[frames]` that it writes.
        aloud, starts: bool `[frames]`, see `training.sequences.Tape`.
        asked_at: the frame before which `TYPED` is typed; None where a crop begins with it, wherever it begins.
            Only of a lesson with one item a tape.
    """

    heard: Floats
    said: Floats | None
    text: Ids
    aloud: npt.NDArray[np.bool_]
    starts: npt.NDArray[np.bool_]
    asked_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """How words become ids, one a frame.

    Attributes:
        tokenizer: of the model.
        text: its special ids.
        frame_samples: of a frame.
    """

    tokenizer: BytePairTokenizer
    text: TextSizes
    frame_samples: int

    def words(self, words: Iterable[tuple[int, str]], first: int, frames: int) -> Ids:
        """Return the ids of a stretch that is written from frame `first` on, `[frames]`.

        Args:
            words: each with the frame from which it is written, or behind those before it; ids beyond the stretch are
                lost, as words are that somebody does not get to say.
            first: what comes before the first word, and between words, is a pad.
            frames: how long the stretch is.
        """
        ids = np.full(frames, self.text.pad_id, np.int16)
        free = 0
        for frame, word in words:
            # Every word begins with a space, so that it is written alike wherever it stands.
            pieces = self.tokenizer.encode(f" {word}")[: max(0, frames - max(free, frame - first))]
            begin = max(free, frame - first)
            free = begin + len(pieces)
            ids[begin:free] = pieces
        return ids

    def silence(self, frames: int) -> Ids:
        """Return `frames` of silence."""
        return np.full(frames, self.text.silence_id, np.int16)
