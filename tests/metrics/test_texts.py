"""What the model writes and says, held against what it was to be: rows made by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from josie_bench.conformance.recordings import recording
from josie_bench.metrics import all_metrics, definition_of, metrics_of
from josie_bench.statistics.text_overlap import OVERLAPS
from josie_bench.terms.judged import REFERENCE, Judged, JudgedItem, JudgeUse

METRICS = all_metrics()
ROLES = ("recogniser", "normaliser", "bleu", "chrf")
COPY = {"bleu": (4, 4, 4, 3, 2, 1, 4, 3, 2, 1), "chrf": (9, 9, 9, 8, 8, 8, 7, 7, 7, 6, 6, 6, 5, 5, 5, 4, 4, 4)}
HALF = {"bleu": (4, 4, 2, 1, 0, 0, 4, 3, 2, 1), "chrf": (9, 9, 5, 8, 8, 2, 7, 7, 0, 6, 6, 0, 5, 5, 0, 4, 4, 0)}


def counted(text, numbers):
    return {
        f"{judge}.{text}.{name}": float(number)
        for judge, overlap in OVERLAPS.items()
        for name, number in zip(overlap.counts, numbers[judge], strict=True)
    }


def row(index, task="answer", side="engine", values=None, **texts):
    return JudgedItem(item=f"i{index}", cluster=f"s{index}", task=task, side=side, values=values or {}, texts=texts)


def of(*rows, tasks=("transcribe", "describe", "answer"), absent=None):
    uses = tuple(
        JudgeUse(role=role, identity=f"{role}:x=1:-")
        if role != absent
        else JudgeUse(role=role, reason="pip install it")
        for role in ROLES
    )
    return replace(recording([]), judged=Judged(tasks=tasks, rows=rows, judges=uses))


@pytest.mark.parametrize("name", ["bleu", "chrf"])
def test_overlap_is_of_the_corpus_and_stands_beside_what_takes_no_model(name):
    """One text that is right and one that is half so: the figure is of their sums, not the mean of two figures."""
    guessed = counted("frequent", HALF)
    rows = [
        row(0, "transcribe", values=counted("written", COPY) | guessed),
        row(1, "transcribe", values=counted("written", HALF) | guessed),
    ]
    found = METRICS[name].compute(of(*rows))
    sums = [float(sum(pair)) for pair in zip(COPY[name], HALF[name], strict=True)]
    assert found["transcribe"].value == pytest.approx(OVERLAPS[name].of_sums(np.array(sums)))
    assert found["transcribe"].value > found["transcribe.frequent"].value > 0.0
    assert found["answer"].na.reason == "no_samples"


def test_bleu_of_two_texts_worked_by_hand():
    """Words 6 of 8, pairs 4 of 6, triples 2 of 4, fours 1 of 2: (3/4 · 2/3 · 1/2 · 1/2)^¼ = (1/8)^¼."""
    rows = [row(index, values=counted("written", numbers)) for index, numbers in enumerate((COPY, HALF))]
    assert METRICS["bleu"].compute(of(*rows))["answer"].value == pytest.approx(100 * (1 / 8) ** 0.25)


@pytest.mark.parametrize("name", ["bleu", "chrf"])
def test_without_its_judge_there_is_no_overlap_and_the_reason(name):
    rows = [row(0, "transcribe", reference="a", written="a")]
    found = METRICS[name].compute(of(*rows, absent=name))
    assert {score.na.reason for score in found.values()} == {"no_judge"}
    assert found["transcribe"].na.detail == "pip install it"


def test_overlap_has_an_interval_over_speakers_and_the_judges_in_its_definition():
    rows = [row(index, "transcribe", values=counted("written", (COPY, HALF)[index % 2])) for index in range(40)]
    found = METRICS["bleu"].compute(of(*rows))["transcribe"]
    assert found.interval.low < found.value < found.interval.high
    assert found.interval.method == "bootstrap over 40 clusters"
    assert definition_of(METRICS["bleu"], of(*rows)) == "bleu/1 normaliser:x=1:- bleu:x=1:-"


def test_a_voice_is_held_against_what_was_written_and_what_was_right():
    """Written "a red ball", heard "a bed ball": 1 of 3; right is "a red square": 2 of 3; the question is heard."""
    texts = {"asked": "what is it", "before": "what it", "reference": "a red square", "written": "a red ball"}
    found = METRICS["wer_speech"].compute(of(row(0, heard="a bed ball", **texts)))
    rates = {name: score.value for name, score in found.items()}
    assert rates == pytest.approx({"written": 1 / 3, "reference": 2 / 3, "silent": 1.0, "floor": 1 / 3})


def test_a_voice_that_is_silent_has_a_rate_of_1_and_one_without_text_none():
    silent = METRICS["wer_speech"].compute(of(row(0, reference="a b", written="a b", heard="")))
    assert (silent["written"].value, silent["floor"].na.reason) == (1.0, "no_samples")
    mute = METRICS["wer_speech"].compute(of(row(0, reference="a b", written="", heard="you")))
    assert (mute["written"].na.reason, mute["reference"].value) == ("no_samples", 1.0)


def test_a_conversation_says_nothing_of_words():
    asked = set(metrics_of(of(tasks=("conversation",))))
    assert not asked & {"wer_speech", "bleu", "chrf"}


@pytest.mark.parametrize("worse", [0, 40])
def test_engines_whose_texts_share_less_are_worse(worse):
    """Of 40 halves 80 of 160 words are right, 40 of 120 pairs, and half a triple and a quarter of a four."""
    rows = [
        row(index, "transcribe", side, counted("written", HALF if side == "engine" and index < worse else COPY))
        for side in ("engine", REFERENCE)
        for index in range(40)
    ]
    found = METRICS["task_parity"].compute(of(*rows))
    for name in ("bleu.transcribe", "chrf.transcribe"):
        assert found[name].interval.high > 1.0  # forty that are alike show nothing of those that were not asked
    worst = (100 - 100 * (1 / 2 * 1 / 3 * 0.5 / 80 * 0.25 / 40) ** 0.25) / 0.3
    assert found["bleu.transcribe"].value == pytest.approx(worst if worse else 0.0)
    assert found["bleu.answer"].na.reason == "no_samples"


def test_a_voice_that_is_heard_the_same_loses_nothing():
    def rows(heard):
        sides = {"engine": heard, REFERENCE: "a b c"}
        return [
            row(index, side=side, reference="a b c", written="a b c", heard=text)
            for side, text in sides.items()
            for index in range(40)
        ]

    same, worse = (METRICS["task_parity"].compute(of(*rows(heard)))["wer_speech"] for heard in ("a b c", "a b"))
    assert same.value == 0.0
    assert same.interval.high == pytest.approx((1 - 0.05 ** (1 / 40)) / 0.002)
    assert worse.value == pytest.approx((1 / 3) / 0.002)
