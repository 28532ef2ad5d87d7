"""The noise floor: which one holds for a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from josie_bench.bench.comparability import conditions_digest
from josie_bench.terms.noise_floor import NoiseFloor, fitting
from josie_bench.terms.result import CaseResult, Result


def floor_for(
    a: Result, case_a: CaseResult, b: Result, case_b: CaseResult, *, floors: Sequence[NoiseFloor], now: datetime
) -> tuple[NoiseFloor | None, str | None]:
    """Return the noise floor that holds for both sides, or None and why there is none."""
    host = a.host.get("fingerprint")
    if host != b.host.get("fingerprint") or not isinstance(host, str):
        return None, "the sides are of different hosts: no noise floor holds for both"
    if a.run.tool != b.run.tool:
        return None, "the sides are of different versions of josie-bench: no noise floor holds for both"
    digests = [conditions_digest(case) for case in (case_a, case_b)]
    return fitting(floors, host=host, tool=a.run.tool, conditions=digests, now=now)


def is_of(floor: NoiseFloor, case_a: CaseResult, case_b: CaseResult) -> bool:
    """Return whether it was measured with one of these very cases, so that its spread of runs is theirs."""
    return floor.conditions in (conditions_digest(case_a), conditions_digest(case_b))
