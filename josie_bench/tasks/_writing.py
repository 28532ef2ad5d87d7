"""What a model writes in a session and when, and what one writes that goes by no input at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache

import numpy as np

from josie_bench.model.sizes import TextSizes
from josie_bench.model.tokenizer import find_tokenizer
from josie_bench.tasks import Desk, Ints, Talker
from josie_bench.terms.timebase import ms_of_samples
from josie_bench.terms.timeline import Span
from josie_bench.terms.track import Track, WrittenWord
from josie_bench.terms.window import Window


def drawn(step: Talker, windows: Iterable[Window]) -> Ints:
    """Return the text tokens `[frames]` of a step over windows, from the start of a session."""
    step.reset()
    return np.array([number for window in windows for number in step(window).text_ids.tolist()], dtype=np.int64)


def text_of(ids: Ints, text: TextSizes) -> str:
    """Return what tokens `[frames]` write, without silence and pads."""
    written = (number for number in ids.tolist() if number < text.first_special)
    return find_tokenizer(text.tokenizer).decode(written).strip()


def words_of(ids: Ints, text: TextSizes, *, frame_ms: float, begin_ms: float) -> tuple[WrittenWord, ...]:
    """Return the words that tokens `[frames]` write, each at the frame of its first token.

    A word ends before a space and at silence.

    Args:
        ids: tokens.
        text: their sizes.
        frame_ms: how long a frame lasts.
        begin_ms: where the first frame stands.
    """
    tokenizer, is_apart = find_tokenizer(text.tokenizer), True
    words: list[tuple[int, list[int]]] = []
    for frame, number in enumerate(ids.tolist()):
        if number == text.silence_id:
            is_apart = True
        elif number < text.first_special:
            if is_apart or tokenizer.decode([number])[:1].isspace():
                words.append((frame, []))
            words[-1][1].append(number)
            is_apart = False
    told = ((tokenizer.decode(numbers).strip(), frame) for frame, numbers in words)
    return tuple(WrittenWord(text=word, at_ms=begin_ms + frame * frame_ms) for word, frame in told if word)


def track_of(
    desk: Desk,
    step: Talker,
    ids: Ints,
    *,
    begins_ms: Mapping[str, float] | None = None,
    marks: Mapping[str, Span] | None = None,
) -> Track | None:
    """Return what an item's sounds are drawn with; None where none are kept.

    Args:
        desk: that the item is on.
        step: that wrote.
        ids: `[frames]` what it drew.
        begins_ms: when sounds begin that do not begin with the session.
        marks: what goes on.
    """
    if not desk.keeps_media:
        return None
    frame_ms = ms_of_samples(step.sizes.audio.frame_samples, desk.rate_hz)
    return Track(
        begins_ms=begins_ms or {},
        marks={kind: (span,) for kind, span in (marks or {}).items()},
        words=words_of(ids, step.sizes.text, frame_ms=frame_ms, begin_ms=desk.hop_ms),
    )


@cache
def commonest(corpus: str, transcripts: tuple[str | None, ...]) -> str | None:
    """Return the transcript that most items of a corpus have, of several the first: what a guess would be."""
    found = Counter(text for text in transcripts if text)
    return found.most_common(1)[0][0] if found else None
