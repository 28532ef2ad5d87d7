"""`alignment`: something is heard and seen at one instant; from which frame on does what the model says depend on it?

A shape changes colour, and a tone sounds. Three sessions hear and see the same but for that: nothing happens, it is
only heard, it is only seen. The first frame whose tokens are others than where nothing happens is where the model puts
what happened; the skew of both is how far apart it puts them. That can be read of any model, also of one that was not
trained to say what it perceives: it then tells how the cues reach what is drawn, not whether they are understood. A
model that does not react in time has no such frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from josie_bench.runtime.answer import Answer
from josie_bench.tasks import Desk
from josie_bench.terms.corpus import Item, OpenCorpus
from josie_bench.terms.judged import ENGINE, JudgedItem
from josie_bench.terms.timebase import samples_in, whole_frames
from josie_bench.terms.window import Window

SUMMARY = "a tone and a change of colour at one instant: from where on the model's tokens depend on either"
COMPONENTS = ("audio_encoder", "vision_encoder", "temporal_transformer", "depth_transformer", "audio_decoder")
JUDGES = ()
CORPUS = "shapes"
CUE_MS = (1_000.0, 2_000.0)  # when it happens
LIMIT_MS = 2_000.0  # after which no reaction is waited for
TONE_HZ, TONE_MS, TONE_LEVEL = 1_000.0, 200.0, 0.3
PICTURES = 2  # of a window: one temporal patch
HEARD, SEEN = "heard", "seen"
Frames = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """What happens at one instant, and the windows in which it comes.

    Attributes:
        at_ms: when.
        picture: `[height, width, 3]` before it.
        hop_ms, frame_ms: how long a window and a frame are; whole frames make a window.
        rate_hz: of the sound.
    """

    at_ms: float
    picture: Frames
    hop_ms: float
    frame_ms: float
    rate_hz: int

    def window(self, index: int, *, is_heard: bool, is_seen: bool) -> Window:
        """Return a window of the session in which the cue is heard, seen, both or neither."""
        frames = whole_frames(self.hop_ms, self.frame_ms)
        assert frames is not None, "a case's hop is whole frames"
        instants = (index + (np.arange(PICTURES) + 1) / PICTURES) * self.hop_ms
        return Window(
            index=index,
            frame_count=frames,
            audio=self._sound(index) * np.float32(is_heard),
            frames=tuple(255 - self.picture if is_seen and at >= self.at_ms else self.picture for at in instants),
        )

    def _sound(self, index: int) -> NDArray[np.float32]:
        """Return the samples of a window with the tone that begins with the cue."""
        hop = samples_in(self.hop_ms, self.rate_hz)
        since = index * hop + np.arange(hop) - samples_in(self.at_ms, self.rate_hz)
        is_on = (since >= 0) & (since < samples_in(TONE_MS, self.rate_hz))
        wave = TONE_LEVEL * np.cos(2.0 * np.pi * TONE_HZ * since / self.rate_hz)
        sound: NDArray[np.float32] = np.where(is_on, wave, 0.0).astype(np.float32)
        return sound


def can_use(item: Item, corpus: OpenCorpus) -> bool:
    """Return whether an item has a picture."""
    return corpus.is_seen(item)


def rows(item: Item, desk: Desk) -> Iterator[JudgedItem]:
    """Yield how long after the cue the first tokens of the engines depend on hearing it, and on seeing it."""
    step = desk.sides[ENGINE].step
    assert step is not None, "who perceives has a step"
    low, high = CUE_MS
    cue = Cue(
        at_ms=low + Random(item.id).random() * (high - low),
        picture=desk.corpus.frames(item)[0],
        hop_ms=desk.hop_ms,
        frame_ms=step.sizes.frame_ms,
        rate_hz=desk.rate_hz,
    )
    yield JudgedItem(item=item.id, cluster=item.id, task="alignment", values=reactions(cue, step, step.reset))


def reactions(cue: Cue, step: Callable[[Window], Answer], reset: Callable[[], None]) -> dict[str, float]:
    """Return by `heard` and `seen` the start of the first frame that depends on it, minus the cue's instant, in ms.

    One that does not come until `LIMIT_MS` after the cue is left out. Steps are told beside it, for the floor.
    """
    count = int(-(-(cue.at_ms + LIMIT_MS) // cue.hop_ms))

    def session(*, is_heard: bool, is_seen: bool) -> Iterator[NDArray[np.int64]]:
        reset()
        for index in range(count):
            yield tokens(step(cue.window(index, is_heard=is_heard, is_seen=is_seen)))

    without = list(session(is_heard=False, is_seen=False))
    found = {"hop_ms": cue.hop_ms, "frame_ms": cue.frame_ms}
    for name in (HEARD, SEEN):
        for index, answer in enumerate(session(is_heard=name == HEARD, is_seen=name == SEEN)):
            if len(others := np.flatnonzero((answer != without[index]).any(axis=0))):
                found[name] = index * cue.hop_ms + int(others[0]) * cue.frame_ms - cue.at_ms
                break
    return found


def tokens(answer: Answer) -> NDArray[np.int64]:
    """Return `[1 + codebooks, frames]` the text and the codes of an answer."""
    return np.concatenate([answer.text_ids[None], answer.codes[0]])
