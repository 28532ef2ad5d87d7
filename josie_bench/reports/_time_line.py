"""An item on one time line: the waveform of each sound, what goes on, and the words that are written, above each other.

Places are shares of the whole line in per cent, so that the page lays it out at any width.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import soundfile
from numpy.typing import NDArray

from josie_bench.terms.judged import JudgedItem
from josie_bench.terms.timebase import ms_of_samples, s_from_ms
from josie_bench.terms.timeline import BARGE_IN, Span, Timeline
from josie_bench.terms.track import Track, WrittenWord

SOUND, GIVEN = "flac", "before"
BINS_PER_S, MOST_BINS = 25, 1_500  # of a waveform: a bin is 2 pixels, and a long one no larger than what is heard
PER_S_REM, LETTER_REM = 3.2, 0.5  # as wide as the page makes a second, and about what a letter takes
MOST_ROWS = 6  # of words: more come so fast that they lie on each other
USER_SPEAKS, YIELDS = "the user speaks", "decides to listen"
KINDS = {
    "turn": "the user's turn",
    "back_channel": "back-channel",
    "side_talk": "side talk",
    "seen": "a clip is seen",
    "typed": "typed",
}
EVERY_S = (1, 2, 5, 10, 30, 60)
MOST_TICKS, TICK_S = 40, 0.4  # how many at most, and about how wide the words of one are


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something that goes on, or a word, or an instant; `row` is how deep it lies in its lane."""

    left: float
    width: float | None = None
    text: str = ""
    row: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One line of the drawing.

    Attributes:
        what: it shows, and whose.
        wave: the outline of a waveform, in a box of 1000 × 100 that is `left` and `width` of the line; empty without.
        marks: what else is in it.
        rows: how many of words lie below each other.
    """

    what: str
    wave: str = ""
    left: float = 0.0
    width: float = 0.0
    marks: tuple[Mark, ...] = ()
    rows: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLine:
    """All lanes of an item, how long it is, how wide it is drawn at least, and where its seconds are told."""

    seconds: float
    width_rem: float
    lanes: tuple[Lane, ...]
    ticks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A sound of one side: its samples and when it begins and ends."""

    side: str
    name: str
    samples: NDArray[np.float32]
    span: Span


def time_line(rows: Sequence[JudgedItem], called: Callable[[str, str], str]) -> TimeLine | None:
    """Return an item's rows on one line; None where no sound of it can be read and nothing was written.

    Args:
        rows: of one item, one for each side.
        called: what something of a side is called, given side and name.
    """
    sounds = [sound for row in rows for sound in _sounds(row)]
    end_ms = max((_end_ms(row) for row in rows), default=0.0)
    end_ms = max([end_ms, *(sound.span.end_ms for sound in sounds)])
    if not end_ms or not (sounds or any(row.track for row in rows)):
        return None
    loudest = max((float(np.abs(sound.samples).max()) for sound in sounds), default=0.0)
    waves = [(sound.name, _wave_lane(sound, called(sound.side, sound.name), loudest, end_ms)) for sound in sounds]
    lanes = [lane for name, lane in waves if name == GIVEN]
    lanes += _user_lanes(rows[0], end_ms)
    lanes += [lane for name, lane in waves if name != GIVEN]
    lanes += [lane for row in rows for lane in _model_lanes(row, called, end_ms)]
    seconds = s_from_ms(end_ms)
    return TimeLine(
        seconds=seconds,
        width_rem=seconds * PER_S_REM,
        lanes=tuple(lanes),
        ticks=tuple(_ticks(seconds)),
    )


def _end_ms(row: JudgedItem) -> float:
    ends = [row.timeline.end_ms] if row.timeline else []
    if row.track:
        ends += [span.end_ms for spans in row.track.marks.values() for span in spans]
        ends += [word.at_ms + 500.0 for word in row.track.words[-1:]]  # so that the last can be read
    return max(ends, default=0.0)


def _sounds(row: JudgedItem) -> Iterator[Sound]:
    """Yield the sounds of a row that can be read; what cannot has no waveform."""
    begins_ms = row.track.begins_ms if row.track else {}
    for file, content in row.media.items():
        name, _, ending = file.partition(".")
        if ending != SOUND:
            continue
        try:
            samples, rate_hz = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)
        except soundfile.SoundFileError:
            continue
        if not len(samples):
            continue
        begin_ms = begins_ms.get(name, 0.0)
        span = Span(start_ms=begin_ms, end_ms=begin_ms + ms_of_samples(len(samples), rate_hz))
        yield Sound(side=row.side, name=name, samples=samples[:, 0], span=span)


def _wave_lane(sound: Sound, what: str, loudest: float, end_ms: float) -> Lane:
    left, width = _place(sound.span, end_ms)
    return Lane(what=what, wave=outline(sound.samples, loudest, sound.span), left=left, width=width)


def outline(samples: NDArray[np.float32], loudest: float, span: Span) -> str:
    """Return the path around the lowest and highest sample `[samples]` of each bin, in a box of 1000 × 100.

    Args:
        samples: at least one.
        loudest: what reaches the box's edge; 0 where all is silent.
        span: from when to when it sounds.
    """
    bins = min(len(samples), MOST_BINS, max(1, round(BINS_PER_S * s_from_ms(span.end_ms - span.start_ms))))
    begins = np.linspace(0, len(samples), bins, endpoint=False).astype(np.int64)
    scale = 50.0 / loudest if loudest else 0.0
    across = (np.arange(bins) + 0.5) * 1000.0 / bins
    high = 50.0 - scale * np.maximum.reduceat(samples, begins)
    low = 50.0 - scale * np.minimum.reduceat(samples, begins)
    points = [*zip(across, high, strict=True), *zip(across[::-1], low[::-1], strict=True)]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"


def _user_lanes(row: JudgedItem, end_ms: float) -> Iterator[Lane]:
    """Yield what goes on around the model: of a conversation what its timeline says, else what the track marks."""
    found = [*_happenings(row.timeline), *_marked(row.track)]
    for what in dict.fromkeys(lane for lane, _ in found):
        places = [_place(span, end_ms) for lane, span in found if lane == what]
        yield Lane(what=what, marks=tuple(Mark(left=left, width=width) for left, width in places))


def _happenings(timeline: Timeline | None) -> Iterator[tuple[str, Span]]:
    if timeline is None:
        return
    for span in timeline.user:
        yield USER_SPEAKS, span
    for event in timeline.events:
        if event.kind != BARGE_IN:  # every turn is one too, and counts as such where the model speaks
            yield KINDS.get(event.kind, event.kind), event.span


def _marked(track: Track | None) -> Iterator[tuple[str, Span]]:
    for kind, spans in (track.marks if track else {}).items():
        for span in spans:
            yield KINDS.get(kind, kind), span


def _model_lanes(row: JudgedItem, called: Callable[[str, str], str], end_ms: float) -> Iterator[Lane]:
    """Yield what a side writes and when it decides to listen."""
    if row.timeline and row.timeline.yields_ms:
        marks = tuple(Mark(left=_share(at, end_ms)) for at in row.timeline.yields_ms)
        yield Lane(what=called(row.side, YIELDS), marks=marks)
    if row.track:
        words = tuple(_laid(row.track.words, end_ms))
        yield Lane(what=called(row.side, "written"), marks=words, rows=1 + max((word.row for word in words), default=0))


def _laid(words: Iterable[WrittenWord], end_ms: float) -> Iterator[Mark]:
    """Yield words in the first row in which each finds room."""
    free_rem = [-math.inf] * MOST_ROWS
    for word in words:
        at_rem = s_from_ms(word.at_ms) * PER_S_REM
        row = next((row for row, free in enumerate(free_rem) if free <= at_rem), MOST_ROWS - 1)
        free_rem[row] = at_rem + (len(word.text) + 1) * LETTER_REM
        yield Mark(left=_share(word.at_ms, end_ms), text=word.text, row=row)


def _ticks(seconds: float) -> Iterator[Mark]:
    every = next((every for every in EVERY_S if seconds / every <= MOST_TICKS), EVERY_S[-1])
    for second in range(0, math.ceil(seconds - TICK_S), every):
        yield Mark(left=100.0 * second / seconds, text=f"{second} s")


def _place(span: Span, end_ms: float) -> tuple[float, float]:
    return _share(span.start_ms, end_ms), _share(span.end_ms - span.start_ms, end_ms)


def _share(at_ms: float, end_ms: float) -> float:
    return 100.0 * at_ms / end_ms
