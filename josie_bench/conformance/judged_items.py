"""Builds a recording of judged items that is rich enough for every statistic of items."""

from __future__ import annotations

import numpy as np

from josie_bench.terms.judged import REFERENCE, SIDES, Judged, JudgedItem, JudgeUse
from josie_bench.terms.recording import Recording, untimed

ITEMS = 30  # each of a speaker of its own: enough for an interval over speakers
ROLES = ("recogniser", "normaliser", "dnsmos", "pesq", "stoi", "pixel_decoder", "inception")
FEATURES = 4  # fewer than items: else there is no Fréchet distance
OPINIONS = ("p808", "ovrl", "sig", "bak")


def judged_recording() -> Recording:
    """Return items of every task on both sides: each other one has a word wrong, and the engines one more in ten."""
    rows = [
        row
        for side in SIDES
        for index in range(ITEMS)
        for row in (_codec(index, side), _transcribe(index, side), _look(index, side))
    ]
    judges = tuple(JudgeUse(role=role, identity=f"{role}:library=1.0:-") for role in ROLES)
    judged = Judged(tasks=("codec", "transcribe", "look"), rows=tuple(rows), judges=judges)
    return untimed(sample_rate_hz=16_000, window_ms=300.0, judged=judged)


def _codec(index: int, side: str) -> JudgedItem:
    before = {f"{name}.before": 3.5 + 0.01 * index for name in OPINIONS}
    after = {f"{name}.after": 2.5 + 0.01 * index for name in OPINIONS}
    return JudgedItem(
        item=f"item-{index}",
        cluster=f"speaker-{index}",
        task="codec",
        side=side,
        values=before | after | {"pesq": 2.0, "stoi": 0.8},
        texts={"reference": "one two three four", "before": "one two three four", "after": _heard(index, side)},
    )


def _transcribe(index: int, side: str) -> JudgedItem:
    texts = {"reference": "one two three four", "written": _heard(index, side), "frequent": "five two"}
    return JudgedItem(item=f"item-{index}", cluster=f"speaker-{index}", task="transcribe", side=side, texts=texts)


def _look(index: int, side: str) -> JudgedItem:
    before = np.random.default_rng(index).standard_normal(FEATURES, dtype=np.float32)
    after = before + np.float32(1.0 if side == REFERENCE else 1.5)
    features = {"before": before, "after": after}
    return JudgedItem(
        item=f"item-{index}",
        cluster=f"item-{index}",
        task="look",
        side=side,
        values={"psnr": 30.0 + 0.01 * index},
        features=features,
    )


def _heard(index: int, side: str) -> str:
    is_wrong = index % 2 == 0 or (side != REFERENCE and index % 10 == 5)
    return "one two tree four" if is_wrong else "one two three four"
