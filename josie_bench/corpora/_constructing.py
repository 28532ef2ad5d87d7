"""Putting clips of speech together to a conversation, so that it is known to the sample what happens when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

import numpy as np

from josie_bench.corpora._scenes import pick
from josie_bench.errors import CorpusError
from josie_bench.terms.corpus import Floats, Heard, Mark
from josie_bench.terms.timebase import samples_in

PAUSE_MS = (200.0, 900.0)  # within a turn
PAUSES = (0, 1, 2)  # in a turn
GAP_MS = (200.0, 700.0)  # from one side to the other
YIELD_MS = (150.0, 400.0)  # from an interruption until the other side is silent
NOISE_MS = (500.0, 2000.0)
NOISE_LEVEL = 0.02  # standard deviation: about 20 dB below speech
FADE = 80  # samples over which a clip that is cut ends, and goes on
ENDINGS = ("plain", "plain", "back_channel", "interruption")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """Somebody's words: `[samples]`, what is said, and when each word is, where that is known."""

    audio: Floats
    words: str
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Voices:
    """What each side may say, and the sample rate of all clips. Without back-channels nobody gives any."""

    user: Sequence[Clip]
    partner: Sequence[Clip]
    back_channels: Sequence[Clip]
    sample_rate_hz: int


@dataclass(frozen=True, slots=True)
class _Timeline:
    """What was placed so far: who says what from which sample on, and the marks."""

    voices: Voices
    draws: Random
    placed: list[tuple[str, int, Floats]] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)

    def place(self, who: str, start: int, clip: Floats) -> int:
        """Put a clip at a sample and return where it ends."""
        self.placed.append((who, start, clip))
        return start + len(clip)

    def mark(self, kind: str, start: int, end: int, *, who: str | None = None, name: str = "") -> None:
        """Note what happens from `start` until `end`."""
        self.marks.append(Mark(kind=kind, name=name, start=start, end=end, who=who))

    def drawn(self, limits_ms: tuple[float, float]) -> int:
        """Return a number of samples between two durations."""
        low, high = limits_ms
        return samples_in(low + self.draws.random() * (high - low), self.voices.sample_rate_hz)


def construct(voices: Voices, *, seed: str, exchanges: int = 4, answer_ms: tuple[float, float] = GAP_MS) -> Heard:
    """Return a conversation in which user and partner speak in turn; the same seed gives the same one.

    A user's turn is a clip with up to two pauses before words of it, so that who follows the words can tell a pause
    from an end; one whose words' times are not known has no pause. The partner answers with a clip. While it speaks the
    user may say a word without taking the turn, or take it: then the partner falls silent a little later. Stretches of
    noise lie over the user's microphone.

    Args:
        voices: what each side may say.
        seed: of all that is drawn.
        exchanges: how often each side speaks.
        answer_ms: from a user's turn to the partner's answer.

    Raises:
        CorpusError: a side has nothing to say, or a clip holds no samples.
    """
    clips = [*voices.user, *voices.partner, *voices.back_channels]
    if not voices.user or not voices.partner or not all(clip.audio.size for clip in clips):
        raise CorpusError(
            "a conversation: each side needs a clip that holds samples: give one, and leave out empty ones"
        )
    timeline = _Timeline(voices, Random(seed))
    here = timeline.drawn(GAP_MS)
    for left in reversed(range(exchanges)):
        here = _user_turn(timeline, here) + timeline.drawn(answer_ms)
        here = _partner_turn(timeline, here, is_last=not left)
    return _rendered(timeline, here + timeline.drawn(GAP_MS))


def _user_turn(timeline: _Timeline, start: int) -> int:
    """Place a clip with pauses before some of its words, and return where it ends."""
    clip = pick(timeline.draws, timeline.voices.user)
    end = start
    for index, piece in enumerate(_pieces(clip, pick(timeline.draws, PAUSES), timeline.draws)):
        if index:
            pause = timeline.drawn(PAUSE_MS)
            timeline.mark("pause", end, end + pause, who="user")
            end += pause
        end = timeline.place("user", end, piece)
    timeline.mark("turn", start, end, who="user", name=clip.words)
    return end


def _pieces(clip: Clip, cuts: int, draws: Random) -> list[Floats]:
    """Return a clip cut before up to `cuts` of its words, never before the first."""
    starts = [mark.start for mark in clip.marks if mark.kind == "word" and 0 < mark.start < len(clip.audio)]
    chosen: set[int] = set()
    while len(chosen) < min(cuts, len(set(starts))):
        chosen.add(pick(draws, starts))
    edges = [0, *sorted(chosen), len(clip.audio)]
    pieces = [clip.audio[first:end] for first, end in pairwise(edges)]
    for index in range(len(pieces) - 1):
        pieces[index] = _faded(pieces[index])
        pieces[index + 1] = _faded(pieces[index + 1][::-1])[::-1]
    return pieces


def _partner_turn(timeline: _Timeline, start: int, *, is_last: bool) -> int:
    """Place the partner's answer and what the user does meanwhile, and return when the user's next turn begins."""
    draws, clip = timeline.draws, pick(timeline.draws, timeline.voices.partner)
    length = len(clip.audio)
    ending = "plain" if is_last else pick(draws, ENDINGS)
    if ending == "interruption":
        cut = round(length * (0.3 + 0.5 * draws.random()))
        kept = min(length, cut + timeline.drawn(YIELD_MS))
        end = timeline.place("partner", start, _faded(clip.audio[:kept]) if kept < length else clip.audio)
        timeline.mark("turn", start, end, who="partner", name=clip.words)
        _mark_words(timeline, start, end, clip)
        timeline.mark("interruption", start + cut, end, who="user")
        return start + cut
    end = timeline.place("partner", start, clip.audio)
    timeline.mark("turn", start, end, who="partner", name=clip.words)
    _mark_words(timeline, start, end, clip)
    fitting = [word for word in timeline.voices.back_channels if len(word.audio) < length]
    if ending == "back_channel" and fitting:
        word = pick(draws, fitting)
        said = start + round((length - len(word.audio)) * draws.random())
        timeline.mark("back_channel", said, timeline.place("user", said, word.audio), who="user", name=word.words)
    return end + timeline.drawn(GAP_MS)


def _mark_words(timeline: _Timeline, start: int, end: int, clip: Clip) -> None:
    """Note the partner's words, each of them that is begun before it falls silent."""
    for mark in clip.marks:
        if start + mark.start < end:
            timeline.mark("word", start + mark.start, min(start + mark.end, end), who="partner", name=mark.name)


def _faded(clip: Floats) -> Floats:
    """Return a clip that was cut off without the click that the cut would make."""
    count = min(FADE, len(clip))
    slope = np.ones(len(clip), dtype=np.float32)
    slope[len(clip) - count :] = np.linspace(1.0, 0.0, count, endpoint=False, dtype=np.float32)
    return clip * slope


def _rendered(timeline: _Timeline, length: int) -> Heard:
    """Return both sides' sound, with noise over the user's, and all marks in order."""
    sound = {who: np.zeros(length, dtype=np.float32) for who in ("user", "partner")}
    for who, start, clip in timeline.placed:
        sound[who][start : start + len(clip)] += clip
    for start, end in _overlaps(timeline):
        timeline.mark("overlap", start, end)
    generator = np.random.default_rng(timeline.draws.getrandbits(64))
    for _ in range(pick(timeline.draws, (0, 1, 2))):
        count = min(timeline.drawn(NOISE_MS), length)
        start = round((length - count) * timeline.draws.random())
        sound["user"][start : start + count] += generator.normal(0.0, NOISE_LEVEL, count).astype(np.float32)
        timeline.mark("noise", start, start + count, name="white")
    return Heard(
        audio=np.clip(sound["user"], -1.0, 1.0),
        sample_rate_hz=timeline.voices.sample_rate_hz,
        marks=tuple(sorted(timeline.marks, key=lambda mark: (mark.start, mark.end, mark.kind))),
        partner=sound["partner"],
    )


def _overlaps(timeline: _Timeline) -> list[tuple[int, int]]:
    """Return when both sides speak."""
    spans = {
        who: [(start, start + len(clip)) for speaker, start, clip in timeline.placed if speaker == who]
        for who in ("user", "partner")
    }
    both = ((max(one[0], other[0]), min(one[1], other[1])) for one in spans["user"] for other in spans["partner"])
    return [(start, end) for start, end in both if start < end]
