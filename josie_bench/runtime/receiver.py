"""The receiver: chunks as they arrive → windows of what is there, whatever was lost, late, doubled, mixed up or broken.

Chunks are taken by their number. Audio is played frame by frame in order: a frame that is missing while later ones are
there is played as silence; where nothing is there at all, silence goes out and the numbers wait, for what is late is
better than nothing. What waits longer than two frames is left out, so that lateness does not stay. Of pictures the
newest count, words come in order as soon as they can. A chunk that is broken or comes twice is refused with a reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from josie_bench.runtime.chunks import Chunk
from josie_bench.terms.window import Window

SPARE_FRAMES = 2  # of audio that may wait beyond a window
FULL_SCALE = 1.0
WRONG_LENGTH, WRONG_SHAPE, NOT_FINITE, OUT_OF_RANGE = "wrong length", "wrong shape", "not finite", "out of range"
NOT_TEXT, DUPLICATE, TOO_LATE = "not text", "duplicate", "too late"

Frames = tuple[NDArray[np.uint8], ...]


class Receiver:
    """What has arrived of a session and was not played yet.

    Args:
        frame_samples: of a frame of audio.

    Attributes:
        refused: chunks that were not taken, by reason.
        concealed: frames of audio that were missing and played as silence.
        skipped: frames of audio that were left out to catch up.
    """

    def __init__(self, frame_samples: int) -> None:
        self._samples = frame_samples
        self.refused: Counter[str] = Counter()
        self.concealed = self.skipped = 0
        self.restart(0, 0)

    def restart(self, frame: int, window: int) -> None:
        """Forget all that has arrived: a session begins whose first chunks have these numbers."""
        self._next_frame = frame
        self._audio: dict[int, NDArray[np.float32]] = {}
        self._missed: set[int] = set()  # frames that were passed over: their chunks are not doubles
        self._silences = 0  # played while nothing was there, so by how many frames what is played is late
        self._seen = self._read = window - 1
        self._pictures: Frames = ()
        self._shape: tuple[int, ...] | None = None
        self._words: dict[int, str] = {}
        self._late_words: set[int] = set()

    def take(self, chunks: Iterable[Chunk]) -> None:
        """Keep what is whole and new, and count the rest by its reason."""
        takers: dict[str, Callable[[int, Any], str | None]] = {
            "audio": self._take_audio,
            "vision": self._take_pictures,
            "text": self._take_words,
        }
        for chunk in chunks:
            if (reason := takers[chunk.modality](chunk.sequence, chunk.content)) is not None:
                self.refused[reason] += 1

    def window(self, sent: Window) -> Window:
        """Return a window with what is there for it.

        Args:
            sent: the window as the client has it: when it is, what it could hold, and who speaks.
        """
        audio = None if sent.audio is None else self._play(sent.frame_count)
        frames, self._pictures = self._pictures, ()
        text = " ".join(self._words.pop(number) for number in sorted(self._words)) or None
        found = replace(sent, audio=audio, frames=frames, text=text)
        lacks = tuple(name for name in sent.modalities() if name not in found.modalities())
        return replace(found, dropped=(*sent.dropped, *lacks))

    def _play(self, count: int) -> NDArray[np.float32] | None:
        """Return the next frames `[count * samples]`; None where not one is there."""
        self._catch_up(count)
        silence = np.zeros(self._samples, dtype=np.float32)
        played: list[NDArray[np.float32]] = []
        found = 0
        while len(played) < count:
            if (frame := self._audio.pop(self._next_frame, None)) is not None:
                played.append(frame)
                found += 1
                self._next_frame += 1
            elif not self._audio:
                played.append(silence)
                self._silences += 1
            elif not self._pass_over():
                played.append(silence)
        self.concealed += count - found
        return np.concatenate(played) if found else None

    def _catch_up(self, count: int) -> None:
        """Leave out the oldest frames where more is to be played than a window and a little."""
        if not self._audio:
            return
        span = max(self._audio) + 1 - self._next_frame
        without_sound = min(self._silences, span - len(self._audio))
        for _ in range(span - without_sound - count - SPARE_FRAMES):
            self.skipped += self._audio.pop(self._next_frame, None) is not None
            self._pass_over()

    def _pass_over(self) -> bool:
        """Go on to the next frame without this one; return whether it makes up for a silence that was played."""
        self._missed.add(self._next_frame)
        self._next_frame += 1
        makes_up = self._silences > 0
        self._silences -= makes_up
        return makes_up

    def _take_audio(self, sequence: int, frame: NDArray[np.float32]) -> str | None:
        if len(frame) != self._samples:
            return WRONG_LENGTH
        if not np.isfinite(frame).all():
            return NOT_FINITE
        if np.abs(frame).max() > FULL_SCALE:
            return OUT_OF_RANGE
        if sequence in self._missed:
            self._missed.discard(sequence)
            return TOO_LATE
        if sequence in self._audio or sequence < self._next_frame:
            return DUPLICATE
        self._audio[sequence] = frame
        return None

    def _take_pictures(self, sequence: int, pictures: Frames) -> str | None:
        shapes = {picture.shape for picture in pictures}
        if len(shapes) != 1 or self._shape not in (None, *shapes):
            return WRONG_SHAPE
        if sequence <= self._seen:
            return DUPLICATE if sequence == self._seen else TOO_LATE
        self._shape = shapes.pop()
        self._pictures, self._seen = pictures, sequence
        return None

    def _take_words(self, sequence: int, content: Any) -> str | None:
        try:
            words = bytes(content).decode()
        except UnicodeDecodeError:
            return NOT_TEXT
        if sequence in self._words or (sequence <= self._read and sequence not in self._late_words):
            return DUPLICATE
        self._late_words.discard(sequence)
        self._late_words.update(range(self._read + 1, sequence))
        self._read = max(self._read, sequence)
        self._words[sequence] = words
        return None
