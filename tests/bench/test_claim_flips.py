"""A comparison notes the statements of the paper to which its two runs say the opposite."""

from __future__ import annotations

from josie_bench.bench.claim_flips import notes_on_claims
from josie_bench.bench.compare import Question, compare_results
from tests.claims.paper_runs import case, run, tail

FAST, SLOW = (run(case(metrics=tail(*three))) for three in ((80.0, 90.0, 99.0), (310.0, 320.0, 330.0)))


def test_a_flipped_statement_is_a_sentence():
    notes = list(notes_on_claims(FAST, SLOW))
    assert "flipped: lat.sub300 (R) is confirmed on A's scale and refuted on B's" in notes
    assert list(notes_on_claims(FAST, FAST)) == []


def test_a_comparison_has_it_among_its_notes_and_keeps_its_verdict():
    with_flip, without = (compare_results(FAST, other, Question()) for other in (SLOW, FAST))
    assert [note for note in with_flip.notes if note.startswith("flipped: lat.window")]
    assert not [note for note in without.notes if note.startswith("flipped: ")]
    assert with_flip.verdict != "INVALID"
