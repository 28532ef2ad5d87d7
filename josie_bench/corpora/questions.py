"""`questions`: a clip of a coloured shape is seen, a voice asks about it, and another answers.

The clip is over after two seconds, so what is asked about may no longer be in sight. The answer says what was asked
and nothing else, by the one voice that `talks` has. A scene and a speaker are each in one split; the few questions are
in all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np

from josie_bench.corpora._espeak import Voice, missing, speak
from josie_bench.corpora._scenes import Scene, pick
from josie_bench.corpora._shape_clips import FRAMES_PER_S, Clip, draw_clip
from josie_bench.corpora._voices import PARTNER, draw_voice, speaker_of
from josie_bench.terms.corpus import SPLITS, Corpus, Frames, Heard, Item, Mark
from josie_bench.terms.timebase import samples_in

SEED = 5
COUNTS = {"train": 2400, "valid": 200, "test": 200}
LEAD_MS = (200.0, 900.0)  # of looking before the question
ANSWER_MS = (200.0, 300.0)  # behind it
REST_MS = 200.0  # behind the answer
ASKED = {
    "colour": ("what colour is it", "which colour do you see", "tell me the colour"),
    "shape": ("what shape is it", "which shape do you see", "tell me the shape"),
    "size": ("how large is it", "is it small or large", "tell me the size"),
    "direction": ("where is it going", "which way does it move", "tell me the direction"),
    "speed": ("how fast is it", "is it slow or quick", "tell me the speed"),
    "all": ("what do you see", "what is there", "describe it please"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A clip, who asks about it, and what of it."""

    clip: Clip
    voice: Voice
    about: str
    question: str


def answer(scene: Scene, about: str) -> str:
    """Return what is true of a scene.

    Args:
        scene: that is seen.
        about: one of `ASKED`.
    """
    if scene.direction is None and about in {"direction", "speed"}:
        return "it is standing still"
    return {
        "colour": f"it is {scene.colour}",
        "shape": f"it is a {scene.shape}",
        "size": f"it is {scene.size}",
        "direction": f"it is going {scene.direction}",
        "speed": f"it is going {scene.speed}",
        "all": f"a {scene.size} {scene.colour} {scene.shape}",
    }[about]


def read_items(_: Path) -> tuple[Item, ...]:
    """Return the items, none of which is spoken yet; a caption is in one split."""
    return tuple(item for split in SPLITS for item in _draw_split(split))


def frames(_: Path, item: Item) -> Frames:
    """Return the clip of an item, `[frames, height, width, 3]`, ten frames a second from where the sound begins."""
    asked: Asked = item.recipe
    return asked.clip.frames()


def labels(item: Item) -> Mapping[str, str]:
    """Return what is to be told apart in the clip, what is `asked` about, and the `answer`."""
    asked: Asked = item.recipe
    return asked.clip.labels() | {"asked": asked.about, "answer": answer(asked.clip.scene, asked.about)}


def hear(_: Path, item: Item, sample_rate_hz: int) -> Heard:
    """Return the question and, as the partner's, the answer; both are turns, and the answer's words are marked.

    Raises:
        UnavailableError: eSpeak is not installed.
    """
    asked: Asked = item.recipe
    draws = Random(item.id)
    question = speak(asked.question, asked.voice, sample_rate_hz=sample_rate_hz)
    told = speak(answer(asked.clip.scene, asked.about), PARTNER, sample_rate_hz=sample_rate_hz)
    begin = _drawn(LEAD_MS, draws, sample_rate_hz)
    end = begin + len(question.audio)
    start = end + _drawn(ANSWER_MS, draws, sample_rate_hz)
    stop = start + len(told.audio)
    length = stop + samples_in(REST_MS, sample_rate_hz)
    user, partner = np.zeros((2, length), dtype=np.float32)
    user[begin:end], partner[start:stop] = question.audio, told.audio
    words = [
        Mark(kind="word", name=mark.name, start=start + mark.start, end=start + mark.end, who="partner")
        for mark in told.marks
        if mark.kind == "word"
    ]
    turns = (
        Mark(kind="turn", name=asked.question, start=begin, end=end, who="user"),
        Mark(kind="turn", name=answer(asked.clip.scene, asked.about), start=start, end=stop, who="partner"),
    )
    return Heard(audio=user, sample_rate_hz=sample_rate_hz, marks=(*turns, *words), partner=partner)


def _drawn(limits_ms: tuple[float, float], draws: Random, sample_rate_hz: int) -> int:
    low, high = limits_ms
    return samples_in(low + draws.random() * (high - low), sample_rate_hz)


def _draw_split(split: str) -> list[Item]:
    draws = Random(f"{SEED} {split}")
    return [_draw_item(split, index, draws) for index in range(COUNTS[split])]


def _draw_item(split: str, index: int, draws: Random) -> Item:
    clip, voice = draw_clip(split, draws), draw_voice(split, draws)
    while voice.variant == PARTNER.variant:
        voice = draw_voice(split, draws)
    about = tuple(ASKED)[index % len(ASKED)]
    return Item(
        id=f"{split}-{index:04}",
        split=split,
        language="en",
        speaker=speaker_of(voice),
        transcript=clip.scene.caption,
        group=clip.scene.caption,
        is_synthetic=True,
        recipe=Asked(clip=clip, voice=voice, about=about, question=pick(draws, ASKED[about])),
    )


CORPUS = Corpus(
    summary="synthetic questions about clips of coloured shapes, with spoken answers",
    kind="made",
    license="CC0-1.0",
    splits=SPLITS,
    ships_weights=True,
    read_items=read_items,
    hear=hear,
    frames=frames,
    frames_per_s=FRAMES_PER_S,
    labels=labels,
    minutes=137.0,
    needs=missing,
)
