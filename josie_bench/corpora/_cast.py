"""Who talks in a synthetic conversation, what each may say, and how it sounds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from josie_bench.corpora._constructing import GAP_MS, Clip, Voices, construct
from josie_bench.corpora._espeak import Voice, speak
from josie_bench.corpora._scenes import BACK_CHANNELS
from josie_bench.corpora._voices import speaker_of
from josie_bench.terms.corpus import Heard, Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who talks, what each side may say, and how soon behind a user's turn the partner answers."""

    user: Voice
    partner: Voice
    said: tuple[str, ...]
    answered: tuple[str, ...]
    answer_ms: tuple[float, float] = GAP_MS


def conversation_of(cast: Cast, name: str, split: str) -> Item:
    """Return a conversation of a cast, which is not spoken yet."""
    return Item(id=name, split=split, language="en", speaker=speaker_of(cast.user), is_synthetic=True, recipe=cast)


def hear(_: Path, item: Item, sample_rate_hz: int) -> Heard:
    """Return a conversation: the user's microphone, the partner's words, and what happens when.

    Raises:
        UnavailableError: eSpeak is not installed.
    """
    cast: Cast = item.recipe
    voices = Voices(
        user=_spoken(cast.said, cast.user, sample_rate_hz),
        partner=_spoken(cast.answered, cast.partner, sample_rate_hz),
        back_channels=_spoken(BACK_CHANNELS, cast.user, sample_rate_hz),
        sample_rate_hz=sample_rate_hz,
    )
    return construct(voices, seed=item.id, answer_ms=cast.answer_ms)


def _spoken(sentences: tuple[str, ...], voice: Voice, sample_rate_hz: int) -> tuple[Clip, ...]:
    clips = []
    for words in sentences:
        heard = speak(words, voice, sample_rate_hz=sample_rate_hz)
        marks = tuple(mark for mark in heard.marks if mark.kind == "word")
        clips.append(Clip(audio=heard.audio, words=words, marks=marks))
    return tuple(clips)
