"""docs/claims.md: a row for every statement, whole tables."""

from __future__ import annotations

from josie_bench.claims import all_claims, counts, ledger
from josie_bench.reports._claims_page import reference_markdown

PAGE = reference_markdown()


def test_every_statement_has_a_row_of_as_many_cells_as_the_head():
    rows = [line for line in PAGE.splitlines() if line.startswith("| `") and line.count(" | ") == 5]
    ids = [line.split("`")[1] for line in rows]
    assert ids == [claim.id for claim in all_claims()]


def test_the_counts_are_those_of_the_ledger():
    for verdict, number in counts(ledger()).items():
        assert f"| `{verdict}` | {number} | " in PAGE


def test_a_row_tells_number_reason_and_formula():
    assert "**refuted_arithmetic**: 9.60 kB, published 4.80 kB [0.3 s · 16 000 Hz · 2 B]" in PAGE
