"""How cases are to be run: a plan needs no more than where things lie."""

from __future__ import annotations

from josie_bench.bench.journal import Journal
from josie_bench.bench.plan import Plan


def test_a_plan_keeps_what_its_journal_keeps_in_its_scratch_folder(tmp_path, make_case):
    journal = Journal()
    plan = Plan(
        engines=tmp_path, scratch=tmp_path / "trials", reproduce=str, settings=lambda case: {}, journal=journal
    )  # fmt: skip
    assert plan.kept.next_folder().parent == tmp_path / "trials"
    assert plan.kept.engines(make_case()) is None
