"""Trials of virtual cases without a process of their own: what is tested here is what becomes of their results."""

from __future__ import annotations

import pytest

from josie_bench.bench import case_run as case_run_module
from josie_bench.bench.simulation import simulate
from josie_bench.bench.supervise import TrialOutcome


def drawn(job, on_progress, held=()):
    """Return what the trial's process would bring home."""
    assert job.case.is_virtual
    return TrialOutcome(status="OK", reason=None, recording=simulate(job.case, 24_000, job.trial))


@pytest.fixture(autouse=True)
def _no_trial_processes(monkeypatch):
    monkeypatch.setattr(case_run_module, "run_trial_apart", drawn)
