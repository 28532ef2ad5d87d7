"""How far a voice lies from its own text, of words that were placed by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from josie_bench.conformance.recordings import recording
from josie_bench.metrics import all_metrics, definition_of
from josie_bench.statistics.word_onsets import ALIGNS
from josie_bench.terms.judged import REFERENCE, Judged, JudgedItem, JudgeUse
from josie_bench.terms.word_onset import WordOnset

METRICS = all_metrics()


def word(due_ms, onset_ms, *, is_said=True):
    return WordOnset(text="a", due_ms=due_ms, is_said=is_said, onset_ms=onset_ms)


def of(*rows, absent=None):
    uses = tuple(
        JudgeUse(role=role, reason="gone") if role == absent else JudgeUse(role=role, identity=f"{role}:x=1:-")
        for role in ALIGNS
    )
    return replace(recording([]), judged=Judged(tasks=("answer",), rows=rows, judges=uses))


def row(index, voice, recorded=(), side="engine"):
    onsets = {"heard": tuple(voice), "recorded": tuple(recorded)}
    return JudgedItem(item=f"i{index}", cluster=f"s{index}", task="answer", side=side, onsets=onsets)


VOICE = (word(0.0, 90.0), word(300.0, 430.0), word(600.0, 590.0), word(900.0, None), word(950.0, None, is_said=False))
RECORDED = (word(10.0, 20.0), word(205.0, 200.0))


def test_a_word_that_is_said_behind_its_token_makes_a_bias_above_0():
    """90, 130 and −10 ms in each of 24 items: |skew| 76 2/3, bias 70; recordings are 10 and 5 off."""
    rows = [row(index, VOICE, RECORDED) for index in range(24)]
    found = METRICS["voice_skew"].compute(of(*rows, row(0, [word(0.0, 9_000.0)] * 90, side=REFERENCE)))
    assert {name: score.value for name, score in found.items()} == pytest.approx(
        {"mean_abs": 230 / 3, "bias": 70.0, "median_abs": 90.0, "p95_abs": 130.0, "floor": 7.5}
    )


def test_words_that_are_not_said_and_those_that_cannot_be_aligned_are_told_apart():
    """Of five words three have an onset, and four are said."""
    rows = [row(index, VOICE, RECORDED) for index in range(24)]
    found = METRICS["voice_coverage"].compute(of(*rows))
    assert {name: score.value for name, score in found.items()} == {"told": 0.6, "said": 0.8, "floor": 1.0}


def test_a_voice_that_never_says_what_it_writes_has_no_skew_at_all():
    rows = [row(index, [word(0.0, None, is_said=False)] * 4, RECORDED) for index in range(24)]
    skew, coverage = (METRICS[name].compute(of(*rows)) for name in ("voice_skew", "voice_coverage"))
    assert skew["mean_abs"].na.detail == "the onset of 0 words is known: 10 are needed"
    assert (coverage["told"].value, skew["floor"].value) == (0.0, 7.5)


def test_without_the_aligner_there_is_no_number_and_the_reason():
    for name in ("voice_skew", "voice_coverage"):
        found = METRICS[name].compute(of(row(0, ()), absent="pocketsphinx_words"))
        assert {(score.na.reason, score.na.detail) for score in found.values()} == {("no_judge", "gone")}
    told = definition_of(METRICS["voice_skew"], of(row(0, ())))
    assert told == "voice_skew/1 recogniser:x=1:- normaliser:x=1:- pocketsphinx_words:x=1:-"
