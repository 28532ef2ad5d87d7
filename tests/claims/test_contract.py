"""Every statement: complete, decidable by what it names, and on the page."""

from __future__ import annotations

from pathlib import Path

import pytest

from josie_bench.claims import all_claims, counts, find_claim, ledger
from josie_bench.errors import UsageError
from josie_bench.metrics import all_metrics
from josie_bench.plugins import member_names
from josie_bench.terms.claim import KINDS, NOT_TESTABLE, PENDING, REFUTED, RELATIONS, SETTLED, VERDICTS

CLAIMS = all_claims()
EACH = pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)


def test_members_are_found_by_their_files_and_give_statements():
    assert {"memory", "latency", "ablations"} <= set(member_names("claims"))
    assert not any(name.startswith("_") for name in member_names("claims"))


def test_ids_are_unique_and_in_the_order_of_the_paper():
    ids = [claim.id for claim in CLAIMS]
    assert len(set(ids)) == len(ids)
    sections = list(dict.fromkeys(claim.section for claim in CLAIMS))
    assert sections[0] == "abstract"
    assert sections.index("3") < sections.index("8.1") < sections.index("9.4") < sections.index("references")


@EACH
def test_a_statement_says_where_it_stands_and_of_which_class_it_is(claim):
    assert claim.kind in KINDS
    assert claim.section
    assert claim.statement
    assert claim.published
    assert not claim.statement.endswith(".")


@EACH
def test_its_readings_have_names_where_there_are_several(claim):
    names = [reading.name for reading in claim.readings]
    assert names
    assert len(set(names)) == len(names)
    assert all(names) or len(names) == 1


@EACH
def test_each_reading_is_decided_by_a_computation_or_says_why_not(claim):
    for reading in claim.readings:
        figure = reading.figure or claim.figure
        is_computed = reading.compute is not None and reading.relation is not None and not reading.is_limit
        reasons = [reading.waits_for, reading.untestable, reading.refuted_by]
        assert sum(map(bool, reasons)) == (not is_computed), "a reason stands where nothing is computed, and only there"
        assert reading.relation is None or reading.relation in RELATIONS
        if reading.compute is not None:
            assert reading.formula
            assert reading.relation is None or figure is not None
        if reading.measure is not None:
            assert figure is not None or reading.relation is None


@EACH
def test_the_metrics_that_answer_it_exist(claim):
    known = {f"{name}.{statistic}" for name, metric in all_metrics().items() for statistic in metric.statistics}
    assert set(claim.metrics) <= known
    if claim.metrics:
        assert any(reading.measure for reading in claim.readings)


def test_without_a_run_nothing_is_measured_and_every_verdict_is_one_of_the_six():
    entries = ledger()
    assert {entry.verdict for entry in entries} <= set(VERDICTS)
    assert not any(entry.is_measured for entry in entries)
    assert sum(counts(entries).values()) == len(CLAIMS)


def test_what_needs_training_or_people_is_never_settled():
    for entry in ledger():
        if entry.claim.kind == "human":
            assert entry.verdict == NOT_TESTABLE
        if entry.claim.kind == "quality":
            assert {outcome.verdict for outcome in entry.outcomes} & set(SETTLED) <= {"refuted_arithmetic"}


def test_a_verdict_without_a_number_has_its_reason():
    for entry in ledger():
        for outcome in entry.outcomes:
            if outcome.verdict in (PENDING, NOT_TESTABLE, REFUTED):
                assert outcome.reason


def test_an_unknown_id_names_the_near_one():
    with pytest.raises(UsageError, match=r"unknown claim 'mem\.wieghts': did you mean 'mem\.weights'\?"):
        find_claim("mem.wieghts")


def test_the_page_is_generated_from_the_statements():
    from josie_bench.reports._claims_page import reference_markdown

    page = Path(__file__).parents[2] / "docs" / "claims.md"
    regenerate = "docs/claims.md is stale: python -m josie_bench.reports._claims_page > docs/claims.md"
    assert page.read_text(encoding="utf-8") == reference_markdown(), regenerate
