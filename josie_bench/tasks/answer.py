"""`answer`: a clip is seen, a voice asks about it, and the model answers in words and by voice.

The model is given what a user's microphone and camera give: the clip's frames while it lasts, and nothing typed. What
it writes in the whole session is its answer, so words before the question count against it. What it says is heard by
the recogniser. Beside it stands what takes no eyes: the commonest answer to that question.

When a word is written and when it is said are told on one clock, that of the model's frames: what is written and
sounded for a frame begins with it. When a listener has either, a window later, is not in it; that the decoder gives
sound late is. The corpus's own recording of the right answer, whose onsets are known, goes through the same aligner.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from josie_bench.tasks import ALIGNER, Desk, Floats, Ints, Talker, present
from josie_bench.tasks._onsets import onsets_of
from josie_bench.tasks._writing import text_of, track_of, words_of
from josie_bench.terms.corpus import Frames, Heard, Item, OpenCorpus
from josie_bench.terms.judged import ENGINE, JudgedItem
from josie_bench.terms.timebase import ms_of_samples, samples_in
from josie_bench.terms.timeline import TURN, Span
from josie_bench.terms.window import Window
from josie_bench.terms.word_onset import WordOnset

SUMMARY = "a clip is seen, a voice asks about it, and the model answers in words and by voice"
COMPONENTS = ("audio_encoder", "vision_encoder", "temporal_transformer", "depth_transformer", "audio_decoder")
JUDGES = ("recogniser", "normaliser", "bleu", "chrf", ALIGNER)
CORPUS = "questions"
ASKED, ANSWER = "asked", "answer"  # labels of an item
REST_MS = 3_000.0  # behind the question, in which it is answered
PICTURES = 2  # of a window: one temporal patch


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The tokens `[frames]` that the model wrote, and its sound `[samples]`, from where the session began."""

    ids: Ints
    audio: Floats


def can_use(item: Item, corpus: OpenCorpus) -> bool:
    """Return whether something is seen and asked about in an item, and the answer is known."""
    made = corpus.corpus
    return None not in (made.hear, made.frames, made.labels) and {ASKED, ANSWER} <= _labels(corpus, item).keys()


def kind(item: Item, corpus: OpenCorpus) -> str:
    """Return what a question is about."""
    return _labels(corpus, item)[ASKED]


def rows(item: Item, desk: Desk) -> Iterator[JudgedItem]:
    """Yield a row for each side: what was asked, what is true, what was written and what is heard of the voice."""
    heard = desk.corpus.hear(item, sample_rate_hz=desk.rate_hz)
    (question,) = (mark for mark in heard.marks if mark.kind == "turn" and mark.who == "user")
    length = question.end + samples_in(REST_MS, desk.rate_hz)
    audio = np.zeros(length, dtype=np.float32)
    audio[: question.end] = heard.audio[: question.end]
    labels = _labels(desk.corpus, item)
    frames = desk.corpus.shown(item, desk.hop_ms)
    reference, asked, before = desk.text(labels[ANSWER]), desk.text(question.name), desk.heard(audio[: question.end])
    blind = commonest_answers(desk.corpus.name, tuple(_pair(desk.corpus, other) for other in desk.corpus.items))
    asking = Span(
        start_ms=ms_of_samples(question.start, desk.rate_hz), end_ms=ms_of_samples(question.end, desk.rate_hz)
    )
    recorded = _recorded(desk, heard)
    marks = {"seen": Span(start_ms=0.0, end_ms=len(frames) // PICTURES * desk.hop_ms), TURN: asking}
    for name, side in desk.sides.items():
        assert side.step is not None, "who answers has a step"
        comes = side.hear(audio)
        given = answered(side.step, comes, frames, desk.hop_samples)
        wrote = text_of(given.ids, side.step.sizes.text)
        written, frequent = desk.text(wrote), desk.text(blind[labels[ASKED]])
        texts = {
            "said": question.name,
            "asked": asked,
            "before": before,
            "wrote": wrote,
            "reference": reference,
            "written": written,
            "frequent": frequent,
            "heard": desk.heard(given.audio),
        }
        spoken = _spoken(desk, side.step, given, texts["heard"])
        given_first = {"seen": frames[-1], "before": comes[: question.end]} if name == ENGINE else {}
        yield JudgedItem(
            item=item.id,
            cluster=item.speaker or "",
            task="answer",
            side=name,
            values=desk.overlaps(reference, written=written, frequent=frequent, copy=asked),
            texts=present(texts),
            track=track_of(desk, side.step, given.ids, begins_ms={"heard": desk.hop_ms}, marks=marks),
            onsets=present({"heard": spoken, "recorded": recorded}),
            media=desk.media(**given_first, heard=given.audio),
        )


def _spoken(desk: Desk, step: Talker, given: Given, heard: str | None) -> tuple[WordOnset, ...] | None:
    """Return the words that the model wrote, and when it says them."""
    words = words_of(given.ids, step.sizes.text, frame_ms=step.sizes.frame_ms, begin_ms=0.0)
    return onsets_of(desk, given.audio, [(word.text, word.at_ms) for word in words], heard)


def _recorded(desk: Desk, heard: Heard) -> tuple[WordOnset, ...] | None:
    """Return the words of the right answer as the corpus has it said; none where it has no such recording."""
    if heard.partner is None:
        return None
    marks = [mark for mark in heard.marks if mark.kind == "word" and mark.who == "partner"]
    due = [(mark.name, ms_of_samples(mark.start, desk.rate_hz)) for mark in marks]
    return onsets_of(desk, heard.partner, due, desk.text(" ".join(name for name, _ in due)))


def answered(step: Talker, audio: Floats, frames: Frames, hop: int) -> Given:
    """Return what the model writes and says while it hears and sees, from the start of a session.

    Args:
        step: of the model.
        audio: `[samples]` at its rate.
        frames: `[frames, height, width, 3]`, two for each of the first windows.
        hop: samples of a window, whole frames.
    """
    frame = step.sizes.audio.frame_samples
    windows = -(-len(audio) // hop)
    heard = np.pad(audio, (0, windows * hop - len(audio))).reshape(windows, hop)
    step.reset()
    answers = [
        step(
            Window(
                index=index,
                frame_count=hop // frame,
                audio=share,
                frames=tuple(frames[PICTURES * index : PICTURES * (index + 1)]),
            )
        )
        for index, share in enumerate(heard)
    ]
    return Given(
        ids=np.concatenate([answer.text_ids for answer in answers]),
        audio=np.concatenate([answer.audio for answer in answers]),
    )


@cache
def commonest_answers(corpus: str, pairs: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Return for each thing that is asked about the answer that most items of a corpus have, of several the first.

    Args:
        corpus: its name.
        pairs: of all its items, what is asked about and the answer.
    """
    counts: dict[str, Counter[str]] = {}
    for asked, answer in pairs:
        counts.setdefault(asked, Counter())[answer] += 1
    return {asked: found.most_common(1)[0][0] for asked, found in counts.items()}


def _labels(corpus: OpenCorpus, item: Item) -> Mapping[str, str]:
    assert corpus.corpus.labels is not None
    return corpus.corpus.labels(item)


def _pair(corpus: OpenCorpus, item: Item) -> tuple[str, str]:
    labels = _labels(corpus, item)
    return labels[ASKED], labels[ANSWER]
