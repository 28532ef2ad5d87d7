"""A job survives its way to the trial's process."""

from __future__ import annotations

from pathlib import Path

from josie_bench.bench.job import Job, read_job, write_job
from josie_bench.terms.budget import parse_budget


def test_a_case_comes_back_equal(tmp_path, make_case):
    budgets = (parse_budget("response_latency.p99.ci.high < 300 ms"), parse_budget("jitter.rfc3550 < 5 ms", "warn"))
    job = Job(case=make_case(budgets=budgets, token_budget=4), engines=Path("/somewhere"), folder=tmp_path)
    assert read_job(write_job(job)) == job
