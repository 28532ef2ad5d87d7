"""Which machine a number of a result is of: the one that ran it all, or that of the fleet which ran the case."""

from __future__ import annotations

from josie_bench.terms.result import CaseResult, Result


def facts_of(result: Result, case: CaseResult) -> dict[str, object]:
    """Return the facts of the machine that measured a case."""
    found = None if result.fleet is None else result.fleet.host(case.host)
    return result.host if found is None else found.facts


def only_machine(result: Result) -> dict[str, object] | None:
    """Return the facts of the machine that measured, or None where a fleet has several."""
    if result.fleet is None or not result.fleet.hosts:
        return result.host
    return result.fleet.hosts[0].facts if len(result.fleet.hosts) == 1 else None
