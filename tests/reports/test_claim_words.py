"""Statements in words: numbers with intervals, limits as limits, and the scale beside what was measured."""

from __future__ import annotations

from josie_bench.claims import find_claim, ledger
from josie_bench.reports._claim_words import (
    HEADS,
    answered,
    count_words,
    detail_lines,
    row,
    run_words,
    verdict_words,
    why_words,
)
from tests.claims.paper_runs import case, run, tail

RUN = run(case(metrics=tail(80.0, 90.5, 100.0)))
BY_ID = {entry.claim.id: entry for entry in ledger(RUN)}


def cells(name):
    return dict(zip(HEADS, row(BY_ID[name]), strict=True))


def test_a_row_holds_published_recomputed_and_verdict():
    found = cells("mem.audio_buffer")
    assert found["published"] == "4.8KB (300ms × 16kHz × 2 bytes)"
    assert found["recomputed"] == "9.60 kB"
    assert found["measured"] == "—"
    assert found["verdict"] == "refuted_arithmetic"


def test_each_reading_has_a_line_and_a_limit_says_that_it_is_one():
    found = cells("lat.sub300")
    assert found["recomputed"].splitlines()[3] == "R + W: at least 405 ms"
    assert found["measured"].splitlines()[0] == "R: 90.5 [80.0, 100.0] ms (response_latency.p99, pace)"


SUB300 = (
    "ambiguous (C, R, R + H/2: pending; R + W: refuted_arithmetic); on this scale R, R + H/2: confirmed; R + W: refuted"
)


def test_what_holds_on_this_scale_stands_behind_the_verdict():
    assert verdict_words(BY_ID["lat.sub300"]) == SUB300
    assert verdict_words(BY_ID["mem.weights"]) == "confirmed"
    assert verdict_words(BY_ID["opt.together"]) == (
        "ambiguous (as measured together, each of what the others leave, each of the whole: not_testable)"
    )


def test_a_reason_is_the_two_numbers_or_what_is_waited_for():
    claim = find_claim("mem.video_buffer")
    (outcome,) = BY_ID["mem.video_buffer"].outcomes
    assert why_words(claim, outcome) == "56.0 MB, published 1.08 MB"
    (outcome,) = BY_ID["abl.rms_norm.convergence"].outcomes
    assert why_words(outcome.reading and find_claim("abl.rms_norm.convergence"), outcome).startswith(
        "models of the paper's size, trained"
    )


def test_a_statement_in_full_has_source_formula_and_evidence():
    text = "\n".join(detail_lines(BY_ID["lat.sub300"]))
    assert "source:      Gülmez, J.O.S.I.E.v4o (2025), section 8.2" in text
    assert "  formula:    from a window's close to its answer: at least the same floor" in text
    evidence = "response_latency.p99 of pace, n = 400, nano, onnxruntime-fp32, a processor"
    assert f"  measured:   90.5 [80.0, 100.0] ms, {evidence}" in text
    assert "  on this scale: confirmed" in text


def test_counts_are_of_all_and_the_run_says_on_what_it_measured():
    entries = list(BY_ID.values())
    assert count_words(entries).startswith(f"{len(entries)} statements: ")
    assert {entry.claim.id for entry in answered(entries)} == {"lat.sub300", "lat.window"}
    assert run_words(entries).startswith("Measured on nano, onnxruntime-fp32, a processor. Of the paper's ")
    assert run_words(list(ledger())).startswith("This run speaks to none of them. ")
