"""A comparison in words, worked by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from josie_bench.reports._comparison_words import (
    ANSWERS,
    answer,
    case_name,
    change_words,
    condition_lines,
    design_words,
    margin_words,
    metric_row,
    reason_lines,
    shown_metrics,
    verdict_words,
)
from josie_bench.terms.comparison import VERDICTS
from tests.reports.comparisons import FEW, OPEN, PLAIN, QUICKER, REFUSED, SAMPLE, SHARE, SLOWER, WHOLE, comparison_of


def test_every_verdict_has_an_answer():
    assert set(ANSWERS) == set(VERDICTS)
    assert answer(SAMPLE) == "B is worse in a gated metric."


def test_a_row_says_all_there_is():
    assert metric_row(SLOWER) == (
        "response_latency.p50 (gate)", "100 ms", "105 ms", "+5.06 % [+3.91 %, +6.10 %]", "±1 %, default", "8",
        "0.00781", "SLOWER",
    )  # fmt: skip
    assert metric_row(PLAIN)[0] == "cold_start.total"
    assert metric_row(PLAIN)[-2:] == ("—", "SAME")


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        (OPEN, "+0.500 % [no bound, +2.00 %]"),
        (SHARE, "+0.100 pp [−0.200 pp, +0.310 pp]"),
        (QUICKER, "−30.0 % [−35.0 %, −20.0 %]"),
    ],
)
def test_changes_have_their_sign_and_their_unit(metric, words):
    assert change_words(metric) == words


def test_shares_are_told_in_per_cent_and_their_margins_in_points():
    assert metric_row(SHARE)[1:3] == ("0 %", "0.100 %")
    assert margin_words(SHARE.margin, SHARE) == "±0.5 pp, default"
    assert margin_words(None, SHARE) == "none"


def test_an_open_verdict_says_what_would_settle_it():
    assert verdict_words(OPEN) == "AMBIGUOUS: 3 more blocks would settle it"
    assert verdict_words(FEW) == "AMBIGUOUS: it takes at least 7 more blocks"
    assert verdict_words(SLOWER) == "SLOWER"


def test_why_it_is_open_is_told_once_for_all_of_one_reason():
    lost = replace(FEW, metric="jitter.max", reason="only one side has it")
    assert reason_lines([SLOWER, OPEN, FEW, lost]) == [
        "compute_time.p50, host_memory.peak: because", "jitter.max: only one side has it",
    ]  # fmt: skip


def test_gated_metrics_are_shown_and_of_others_those_that_changed():
    assert shown_metrics(WHOLE) == [SLOWER, OPEN, SHARE, QUICKER]
    assert shown_metrics(WHOLE, is_all=True) == WHOLE.metrics


def test_cases_and_conditions_are_named():
    assert (case_name(WHOLE), case_name(REFUSED)) == ("A/x → B/x", "y")
    assert condition_lines(WHOLE) == ["backend: eager → onnx|runtime (varied)"]
    assert condition_lines(REFUSED) == ["window: 200 ms → 300 ms (must not differ)"]
    assert "interleaved" in design_words(SAMPLE)
    assert design_words(comparison_of(design="stored")) == "two stored runs"
