"""Which window comes when, how long it is and what it holds: blocks of windows, in turn of several lengths or contents.

Everything is whole nanoseconds, so that a schedule of any length is exact and every process that reads it agrees.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from josie_bench.terms.timebase import ms_from_ns, ns_from_ms
from josie_bench.terms.visits import Clips

RECORDED = "recorded"
# What a window can hold: the recording as it goes on; the same with noise too faint to hear or see, so that no two
# windows are alike; the recording's first window again and again; silence and black pictures.
CONTENTS = (RECORDED, "unique", "repeated", "silent")
WARM, COLD = CACHES = ("warm", "cold")


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """How a conversation is cut into blocks of windows.

    Attributes:
        windows: of a block; None is one block without end.
        lengths_ms: of the windows of a block, block by block in turn; empty keeps the case's window and hop.
        contents: some of `CONTENTS`, block by block in turn; all lengths come with one content before the next.
        pause_ms: between two blocks nothing arrives for so long.
        caches: one of `CACHES`; cold ones are emptied between two blocks.
    """

    windows: int | None = None
    lengths_ms: tuple[float, ...] = ()
    contents: tuple[str, ...] = (RECORDED,)
    pause_ms: float = 0.0
    caches: str = WARM

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Blocks:
        """Return the blocks whose fields were written as JSON."""
        lists = {"lengths_ms": tuple(data["lengths_ms"]), "contents": tuple(data["contents"])}
        return cls(windows=data["windows"], pause_ms=data["pause_ms"], caches=data["caches"], **lists)

    @property
    def kinds(self) -> int:
        """How many kinds of block there are; after so many blocks they come round again."""
        return max(1, len(self.lengths_ms)) * len(self.contents)

    @property
    def cycle(self) -> int:
        """How many windows hold every kind of block once; 1 where there is one block without end."""
        return 1 if self.windows is None else self.windows * self.kinds


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One window's place in the schedule.

    Attributes:
        block: its index; the first of a block follows a change of length or content, a pause, or all of them.
        start_ns: when its hop begins, from the session's start; pauses count.
        media_ns: where its hop begins in the media; no media goes by in a pause.
        hop_ns: how long its hop is.
        window_ns: how much media its step sees.
        content: one of `CONTENTS`.
        turn_ns: when a user's typed turn began that comes with it, from the session's start; None where none does, or
            where turns have no instants of their own.
        clips: the recordings that are heard and seen, which `media_ns` is in then; None for all of them.
    """

    index: int
    block: int
    start_ns: int
    media_ns: int
    hop_ns: int
    window_ns: int
    content: str
    turn_ns: int | None = None
    clips: Clips | None = None

    @property
    def close_ns(self) -> int:
        """When its hop ends, from the session's start."""
        return self.start_ns + self.hop_ns

    @property
    def kind(self) -> str:
        """Its length, and its content where that is not the recording: `300 ms`, `300 ms silent`."""
        length = f"{ms_from_ns(self.hop_ns):g} ms"
        return length if self.content == RECORDED else f"{length} {self.content}"


def slots(blocks: Blocks, *, window_ms: float, hop_ms: float) -> Iterator[Slot]:
    """Yield the windows of a session without end.

    Args:
        blocks: how they are cut.
        window_ms: length of every window where `blocks` names no lengths.
        hop_ms: time between closes, likewise.
    """
    start_ns = media_ns = 0
    pause_ns = ns_from_ms(blocks.pause_ms)
    lengths = [(ns_from_ms(ms), ns_from_ms(ms)) for ms in blocks.lengths_ms] or [
        (ns_from_ms(window_ms), ns_from_ms(hop_ms))
    ]
    for index in count():
        block = index // blocks.windows if blocks.windows else 0
        if blocks.windows and block and index % blocks.windows == 0:
            start_ns += pause_ns
        window_ns, hop_ns = lengths[block % len(lengths)]
        yield Slot(
            index=index,
            block=block,
            start_ns=start_ns,
            media_ns=media_ns,
            hop_ns=hop_ns,
            window_ns=window_ns,
            content=blocks.contents[block // len(lengths) % len(blocks.contents)],
        )
        start_ns += hop_ns
        media_ns += hop_ns
