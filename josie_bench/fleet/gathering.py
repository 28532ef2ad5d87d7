"""Lots that came home to one run: in the order of the suite, each case with its host, and nothing pooled over hosts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from josie_bench.bench.capacity import level_settings
from josie_bench.bench.plan import Plan
from josie_bench.bench.run import compare_cases
from josie_bench.bench.run_state import RunState
from josie_bench.fleet.dispatch import Ended
from josie_bench.fleet.parcel import LEVEL, case_of
from josie_bench.suites.sources import Sources
from josie_bench.terms.case import Case
from josie_bench.terms.fleet import FleetHost
from josie_bench.terms.result import CaseResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A lot that came home.

    Attributes:
        host: that it was run on.
    """

    ended: Ended
    host: FleetHost


def gather(
    state: RunState, cases: Sequence[Case], parts: Sequence[Part], plan: Plan, absent: Callable[[Case], CaseResult]
) -> None:
    """Fill `state` with what came home, and with what is said of cases that did not.

    What cases were, how to run them again and what they say of each other is not taken from who measured them.

    Args:
        state: of the run, empty but for its fleet.
        cases: of the suite, in order.
        parts: in any order.
        plan: of the run.
        absent: gives the result of a case that nobody ran.
    """
    parts = sorted(parts, key=lambda part: part.ended.lot.index)
    found: dict[str, list[CaseResult]] = {}
    lost = frozenset[str]() if state.fleet is None else state.fleet.lost
    for part in parts:
        _take_raw(state, part)
        for case, result in _owned(part, plan, Sources()):
            found.setdefault(case.id, []).append(_labelled(result, case, part, lost))
    for case in cases:
        state.case_results += found.get(case.id) or [absent(case)]
    for series in (state.recordings, state.parities, state.judged):
        _in_order(series, [result.id for result in state.case_results])
    compare_cases(state, cases, state.case_results)


def _take_raw(state: RunState, part: Part) -> None:
    """Take in all of a part but its cases."""
    data = part.ended.data
    assert data is not None, "what has a host came home"
    state.recordings |= data.recordings
    state.parities |= data.parities
    state.judged |= data.judged
    state.subjects |= {subject.weights_sha256: subject for subject in data.result.subjects}
    state.datasets |= {file.sha256: file for file in data.result.datasets}


def _owned(part: Part, plan: Plan, sources: Sources) -> Iterator[tuple[Case, CaseResult]]:
    """Yield the results of a part with the case that each belongs to, a level to its search, and as `plan` has it."""
    lot, data = part.ended.lot, part.ended.data
    assert data is not None, "what has a host came home"
    for result in data.result.cases:
        case = case_of(result.id, lot, sources)
        assert case is not None, "it was asked for"
        owner = next(asked for asked in lot.cases if case.id == asked.id or case.id.startswith(f"{asked.id}{LEVEL}"))
        settings = plan.settings(owner)
        yield (
            owner,
            replace(
                result,
                settings=settings if case is owner else level_settings(settings, case),
                reproduce=plan.reproduce(owner),
            ),
        )


def _labelled(result: CaseResult, case: Case, part: Part, lost: Collection[str]) -> CaseResult:
    """Return the result with where it is from, and what must be known of that."""
    notes = [f"tried again: {attempt.worker} gave nothing: {attempt.reason}" for attempt in part.ended.attempts]
    if not case.is_virtual:
        notes += _of_worker(part.host, part.ended.worker, lost)
    return replace(
        result,
        host=part.host.label,
        worker=part.ended.worker,
        attempts=list(part.ended.attempts),
        notes=[*result.notes, *notes],
    )


def _of_worker(host: FleetHost, name: str | None, lost: Collection[str]) -> Iterator[str]:
    """Yield what must be known of a worker to read the times that it measured."""
    others = [worker.name for worker in host.workers if worker.name != name]
    if others:
        gone = sum(other in lost for other in others)
        until = f"; {gone} of them {'were' if gone > 1 else 'was'} lost on the way" if gone else ""
        what = f"{len(others)} other worker{'s' * (len(others) > 1)} of the fleet"
        yield f"{what} measured on the same machine at the same time{until}"
    for niceness in (worker.niceness for worker in host.workers if worker.name == name and worker.niceness > 0):
        yield f"its worker had niceness {niceness}: all else on the machine went before it (RAY_worker_niceness=0)"


def _in_order(series: dict[str, Any], names: Sequence[str]) -> None:
    """Bring the series into the order of the cases, so that files of them do not hang on who came home first."""
    ordered = {name: series[name] for name in names if name in series}
    series.clear()
    series.update(ordered)
