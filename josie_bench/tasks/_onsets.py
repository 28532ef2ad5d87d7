"""When words that a sound was to say are heard to begin in it."""

from __future__ import annotations

from collections.abc import Iterable

from josie_bench.statistics.word_errors import word_edits
from josie_bench.tasks import Desk, Floats
from josie_bench.terms.word_onset import WordOnset


def onsets_of(
    desk: Desk, audio: Floats, due: Iterable[tuple[str, float]], heard: str | None
) -> tuple[WordOnset, ...] | None:
    """Return for each word that was due whether a sound says it, and when it begins there; None without the judges.

    What the sound does say is aligned with it, not what it was to say: an aligner finds any text in any sound. Of a
    word that the normaliser makes several of, the first is told; one of which it makes none is left out.

    Args:
        desk: with the judges.
        audio: `[samples]` at the model's rate.
        due: words in order, each with when it was due, in ms from the sound's begin.
        heard: what the sound says, as texts are compared; None where nobody knows.
    """
    if heard is None or not desk.can_align:
        return None
    said = heard.split()
    words = [
        (part, at_ms if place == 0 else None)
        for word, at_ms in due
        for place, part in enumerate((desk.text(word) or "").split())
    ]
    onsets_ms = desk.onsets_ms(audio, heard) or (None,) * len(said)
    found, row, column = [], 0, 0
    for word, other in word_edits([word for word, _ in words], said):
        if word and (due_ms := words[row][1]) is not None:
            onset_ms = onsets_ms[column] if word == other else None
            found.append(WordOnset(text=word, due_ms=due_ms, is_said=word == other, onset_ms=onset_ms))
        row, column = row + bool(word), column + bool(other)
    return tuple(found)
