"""Builds a recording of judged items that is rich enough for every statistic of items."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from josie_bench.statistics.text_overlap import OVERLAPS
from josie_bench.terms.dropout import Dropout
from josie_bench.terms.judged import ENGINE, REFERENCE, WHOLE, Judged, JudgedItem, JudgeUse
from josie_bench.terms.recording import Recording, untimed
from josie_bench.terms.timeline import BACK_CHANNEL, BARGE_IN, NOISE, PAUSE, TURN, Span, Timeline, TimelineEvent
from josie_bench.terms.word_onset import WordOnset

ITEMS = 30  # each of a speaker of its own: enough for an interval over speakers
CUES = 190  # five times 38; enough for an interval of the 95th percentile
TASKS = ("codec", "transcribe", "describe", "answer", "look", "conversation", "alignment")
ROLES = (
    *("recogniser", "normaliser", "bleu", "chrf", "dnsmos", "pesq", "stoi"),
    *("pixel_decoder", "inception", "inception_64", "pocketsphinx_words"),
)
FEATURES = 4  # fewer than items: else there is no Fréchet distance
JUDGES = tuple(JudgeUse(role=role, identity=f"{role}:library=1.0:-") for role in ROLES)
OPINIONS = ("p808", "ovrl", "sig", "bak")


def judged_recording() -> Recording:
    """Return items of every task on both sides: each other one has a word wrong, and the engines one more in ten."""
    rows = [
        row
        for side in (ENGINE, REFERENCE)
        for index in range(ITEMS)
        for row in (
            _codec(index, side),
            _written(index, side, "transcribe"),
            _written(index, side, "describe"),
            _answer(index, side),
            _look(index, side),
        )
    ]
    rows += [*map(_conversation, range(ITEMS)), *map(_alignment, range(CUES))]
    return untimed(sample_rate_hz=16_000, window_ms=300.0, judged=Judged(tasks=TASKS, rows=tuple(rows), judges=JUDGES))


def lacking_recording() -> Recording:
    """Return items that were done while something was lost, which costs one in ten of them a word, and with it all."""
    rows = [
        row
        for side in (ENGINE, WHOLE)
        for index in range(ITEMS)
        for row in (
            _written(index, side, "transcribe"),
            _written(index, side, "describe"),
            _answer(index, side),
            replace(_conversation(index), side=side),
        )
    ]
    lost = Dropout(of=("audio", "text"), lost=0.2, burst=3.0)
    judged = Judged(
        tasks=("transcribe", "describe", "answer", "conversation"), rows=tuple(rows), judges=JUDGES, dropout=lost
    )
    return untimed(sample_rate_hz=16_000, window_ms=300.0, judged=judged)


def _codec(index: int, side: str) -> JudgedItem:
    before = {f"{name}.before": 3.5 + 0.01 * index for name in OPINIONS}
    after = {f"{name}.after": 2.5 + 0.01 * index for name in OPINIONS}
    noise = {f"{name}.noise": 1.5 for name in OPINIONS} | {"pesq.noise": 1.1, "stoi.noise": 0.3}
    return JudgedItem(
        item=f"item-{index}",
        cluster=f"speaker-{index}",
        task="codec",
        side=side,
        values=before | after | noise | {"pesq": 2.0, "stoi": 0.8},
        texts={"reference": "one two three four", "before": "one two three four", "after": _heard(index, side)},
    )


def _written(index: int, side: str, task: str) -> JudgedItem:
    texts = {"reference": "one two three four", "written": _heard(index, side), "frequent": "five two"}
    return JudgedItem(
        item=f"item-{index}",
        cluster=f"speaker-{index}",
        task=task,
        side=side,
        values=_overlaps(index, side, "frequent"),
        texts=texts,
    )


def _answer(index: int, side: str) -> JudgedItem:
    texts = {
        "asked": "what is it",
        "before": "what is it",
        "reference": "one two three four",
        "written": _heard(index, side),
        "frequent": "five two",
        "heard": "one two three",
    }
    return JudgedItem(
        item=f"item-{index}",
        cluster=f"speaker-{index}",
        task="answer",
        side=side,
        values=_overlaps(index, side, "frequent", "copy"),
        texts=texts,
        onsets={"heard": _onsets(index, 100.0), "recorded": _onsets(index, 0.0)},
    )


def _onsets(index: int, late_ms: float) -> tuple[WordOnset, ...]:
    """Return three words that begin so late, and some up to 20 ms later."""
    return tuple(
        WordOnset(text=word, due_ms=due, is_said=True, onset_ms=due + late_ms + 10.0 * (index % 3))
        for word, due in (("one", 0.0), ("two", 300.0), ("three", 600.0))
    )


def _overlaps(index: int, side: str, *guesses: str) -> dict[str, float]:
    """Return counts as of texts of which some runs are right; guesses share fewer."""
    kept = {"written": 0.5 if _is_wrong(index, side) else 1.0} | dict.fromkeys(guesses, 0.25)
    return {
        f"{judge}.{text}.{count}": 8.0 * (share if count.startswith(("right", "shared")) else 1.0)
        for judge, overlap in OVERLAPS.items()
        for text, share in kept.items()
        for count in overlap.counts
    }


def _spans(*edges: tuple[float, float]) -> tuple[Span, ...]:
    return tuple(Span(start_ms=start, end_ms=end) for start, end in edges)


HELD = Timeline(  # a model that answers both turns in time, and is interrupted by the second
    dialogue="held",
    end_ms=14_000.0,
    events=tuple(
        TimelineEvent(kind=kind, span=Span(start_ms=start, end_ms=end))
        for kind, start, end in (
            (BARGE_IN, 1_000.0, 3_000.0),
            (TURN, 1_000.0, 3_000.0),
            (PAUSE, 1_500.0, 2_000.0),
            (BACK_CHANNEL, 5_000.0, 5_300.0),
            (BARGE_IN, 8_000.0, 9_000.0),
            (TURN, 8_000.0, 9_000.0),
            (NOISE, 13_000.0, 13_200.0),
        )
    ),
    user=_spans((1_000.0, 1_500.0), (2_000.0, 3_000.0), (5_000.0, 5_300.0), (8_000.0, 9_000.0)),
    played=_spans((3_400.0, 8_150.0), (9_500.0, 12_000.0)),
    emitted=_spans((3_300.0, 8_100.0), (9_400.0, 11_900.0)),
    yields_ms=(8_100.0, 11_900.0),
)


def _conversation(index: int) -> JudgedItem:
    name = f"item-{index}"
    return JudgedItem(item=name, cluster=name, task="conversation", timeline=replace(HELD, dialogue=name))


def _alignment(index: int) -> JudgedItem:
    """Return what is heard 10 ms late, and seen up to 148 ms early, in no order."""
    values = {"hop_ms": 300.0, "frame_ms": 50.0, "heard": 10.0, "seen": -4.0 * (index * 67 % 38)}
    return JudgedItem(item=f"cue-{index}", cluster=f"cue-{index}", task="alignment", values=values)


def _look(index: int, side: str) -> JudgedItem:
    before = np.random.default_rng(index).standard_normal(FEATURES, dtype=np.float32)
    after = before + np.float32(1.0 if side == REFERENCE else 1.5)
    features = {"before": before, "after": after, "flat": np.full(FEATURES, 9.0, dtype=np.float32) + before / 2}
    features |= {f"{name}.64": 2 * vector for name, vector in features.items()}
    return JudgedItem(
        item=f"item-{index}",
        cluster=f"item-{index}",
        task="look",
        side=side,
        values={"psnr": 30.0 + 0.01 * index, "psnr.flat": 20.0},
        features=features,
    )


def _is_wrong(index: int, side: str) -> bool:
    return index % 2 == 0 or (side == ENGINE and index % 10 == 5)


def _heard(index: int, side: str) -> str:
    return "one two tree four" if _is_wrong(index, side) else "one two three four"
