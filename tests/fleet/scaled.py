"""What the tables of what grows with a fleet have in common."""

from __future__ import annotations

import time

from josie_bench.bench.case_result import blank, scored
from josie_bench.bench.simulation import simulate
from josie_bench.bench.supervise import TrialOutcome


def timed(step):
    """Return the time that this process computed in a step, which a busy machine does not lengthen."""
    begun = time.process_time()
    step()
    return time.process_time() - begun


def measured(case):
    """Return what becomes of a case in virtual time, and its recording."""
    recording = simulate(case, 24_000, 0)
    outcome = TrialOutcome(status="OK", reason=None, recording=recording)
    return scored(blank(case, outcome, None, settings={}, reproduce=""), case, recording), recording
