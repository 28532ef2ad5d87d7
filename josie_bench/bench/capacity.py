"""What became of a search for the most sessions: its levels, the curve over them, and what binds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from josie_bench.bench.capacity_limits import MEMORY, TIME, limits_of
from josie_bench.bench.roofline_limit import ROOFLINE
from josie_bench.bench.room import Room
from josie_bench.bench.rounds import Round, ends_case
from josie_bench.statistics.capacity_search import ONE_SIDED_LEVEL, Turn, miss_ratio, next_turn, verdict_of
from josie_bench.suites.identity import case_sha
from josie_bench.suites.sources import Sources
from josie_bench.terms.capacity import MOST_AT_A_LEVEL, TOO_MANY, Capacity, CapacityLevel, CapacityLimit, Probe, Search
from josie_bench.terms.case import Case
from josie_bench.terms.recording import Recording
from josie_bench.terms.result import CaseResult, Verdict

SEARCH = "search"
TOO_MUCH = ("OOM", "TIMEOUT")  # a trial that ends so held too many sessions, or could not keep up with them
QUANTILES = ("response_latency.p50", "response_latency.p95", "response_latency.p99")


def level_case(case: Case, sessions: int, sources: Sources | None = None) -> Case:
    """Return the case with so many sessions in real time: as a suite with that number would have it.

    Args:
        case: the search.
        sessions: how many.
        sources: the files that it names, where they were looked at already.
    """
    level = replace(
        case,
        scenario="realtime",
        capacity=None,
        sessions=replace(case.sessions, count=sessions),
        rounds=MOST_AT_A_LEVEL,
        id=f"{case.id}/sessions={sessions}",
    )
    return replace(level, sha=case_sha(level, sources or Sources()))


def level_settings(settings: Mapping[str, object], level: Case) -> dict[str, object]:
    """Return the settings of a level as a lock would write them, from those of its search."""
    own = {"name": level.id, "scenario": level.scenario, "sessions": level.sessions.count, "rounds": level.rounds}
    return {name: value for name, value in {**settings, **own}.items() if name != "capacity"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Why a search cannot go on: how the trial ended that it needed."""

    status: str
    reason: str | None


def probe_of(round_: Round, sessions: int, search: Search) -> Probe | Ended:
    """Return what a trial says of its level, or how it ended where it says nothing."""
    outcome, recording = round_.outcome, round_.recording
    if outcome.status in TOO_MUCH:
        return Probe(sessions=sessions, verdict=TOO_MANY)
    if ends_case(outcome) or recording is None:
        return Ended(status=outcome.status, reason=outcome.reason)
    return Probe(sessions=sessions, verdict=verdict_of(miss_ratio(recording), search.target))


def turn_of(case: Case, probes: Sequence[Probe]) -> Turn:
    """Return what the search of a case tries next."""
    assert case.capacity is not None
    return next_turn(case.capacity, probes)


def capacity_of(
    case: Case,
    probes: Sequence[Probe],
    results: Mapping[int, CaseResult],
    recordings: Mapping[int, Recording],
    *,
    room: Room,
    ended: Ended | None,
) -> Capacity:
    """Return what was found.

    Args:
        case: of scenario capacity.
        probes: in the order they were run.
        results: of the levels that were measured, by their sessions.
        recordings: likewise.
        room: on this machine.
        ended: why there is no answer although trials are left, or why it may not be trusted; None where neither is so.
    """
    assert case.capacity is not None
    turn = doubted(turn_of(case, probes), results)
    levels = [
        _level(sessions, [probe.verdict for probe in probes if probe.sessions == sessions], result, recordings)
        for sessions, result in sorted(results.items())
    ]
    limits = limits_of(case, results, room)
    is_answered = turn.is_settled and ended is None
    return Capacity(
        target=case.capacity.target,
        level=ONE_SIDED_LEVEL,
        sessions=turn.held if is_answered else None,
        stop_reason=turn.reason if ended is None else ended.reason,
        levels=levels,
        limits=limits,
        binds=_binding(turn, case.capacity, limits) if is_answered else None,
    )


def least_verdict(case: Case, capacity: Capacity) -> list[Verdict]:
    """Return the gate on the number of sessions; none where the suite asks for no least."""
    assert case.capacity is not None
    least, found = case.capacity.least, capacity.sessions
    if least is None:
        return []
    is_least = capacity.binds == SEARCH  # more may hold than were shown to
    result = "pass" if found is not None and found >= least else "n/a" if found is None or is_least else "fail"
    detail = capacity.stop_reason if found is None else f"{found} sessions were found"
    return [Verdict(expr=f"capacity.sessions >= {least}", result=result, severity="gate", detail=detail or "")]


def distrust(turn: Turn, results: Mapping[int, CaseResult]) -> Ended | None:
    """Return why the answer may not be trusted: what held, or that one session did not, was measured invalidly."""
    found = results.get(turn.held or 1)
    if not turn.is_settled or found is None or not _is_invalid(found):
        return None
    return Ended(status=found.status, reason=f"{found.id}: {found.reason}")


def doubted(turn: Turn, results: Mapping[int, CaseResult]) -> Turn:
    """Return where a search stands: of one more than held nothing was shown where that was measured invalidly."""
    above = results.get(turn.held + 1)
    if not turn.is_settled or not turn.held or above is None or not _is_invalid(above):
        return turn
    reason = f"{turn.held} sessions hold, and of {turn.held + 1} nothing was shown: {above.reason}"
    return replace(turn, is_open=True, reason=reason)


def _is_invalid(result: CaseResult) -> bool:
    return result.status.startswith("INVALID")


def _level(
    sessions: int, verdicts: list[str], result: CaseResult, recordings: Mapping[int, Recording]
) -> CapacityLevel:
    score = miss_ratio(recordings[sessions]) if sessions in recordings else None
    p50, p95, p99 = (_value(result, key) for key in QUANTILES)
    return CapacityLevel(
        sessions=sessions,
        case=result.id,
        verdicts=verdicts,
        windows=result.windows_measured,
        missed=None if score is None else score.count,
        miss_ratio=None if score is None else score.value,
        miss_bound=None if score is None or score.interval is None else score.interval.high,
        p50_ms=p50,
        p95_ms=p95,
        p99_ms=p99,
        utilisation=_value(result, "utilisation.mean") or _value(result, "compute_rtf.mean"),
        reason=result.reason,
    )


def _value(result: CaseResult, key: str) -> float | None:
    score = result.metrics.get(key)
    return None if score is None else score.value


def _binding(turn: Turn, search: Search, limits: Sequence[CapacityLimit]) -> str:
    """Return what keeps the answer from being larger."""
    held = turn.held
    if held == search.most or turn.is_open:
        return SEARCH
    known = {limit.name: limit.sessions for limit in limits if limit.sessions is not None}
    reached = (name for name in (MEMORY, ROOFLINE) if known.get(name, held + 1) <= held)
    return next(reached, TIME)
