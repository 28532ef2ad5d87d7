"""Which engines to take: by component from rounds of candidates, then as a whole against the deadline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from josie_bench.bench.engine_comparison import WINDOW, medians, part_time, refuse_unlike, takes_options
from josie_bench.errors import UsageError
from josie_bench.model.presets import find_sizes
from josie_bench.plugins import find_member
from josie_bench.statistics.order_statistics import needed_samples
from josie_bench.statistics.paired_ratio import paired_ratio, ratio_verdict
from josie_bench.suites.calibration import is_calibrated
from josie_bench.suites.groups import ComponentKeys
from josie_bench.terms.calibration_choice import CalibrationChoice
from josie_bench.terms.case import Case
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.engine_comparison import PartTime
from josie_bench.terms.plan_options import USUAL, PlanOptions
from josie_bench.terms.result import CaseResult
from josie_bench.terms.score import Score

P95, SLOWEST = "compute_time.p95", "compute_time.max"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A case that was measured to its end.

    Attributes:
        bound_ms: upper bound of its p95 of compute time, what the deadline is held against; its slowest answer where
            its windows are so alike that they bound no p95.
    """

    case: Case
    result: CaseResult
    bound_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rank:
    """What a candidate's engine takes for one component.

    Attributes:
        ratio: time of the best candidate's engine / its time, over rounds; None for that candidate itself.
        verdict: `quicker`, `slower` or `undecided` than the best candidate's engine; `same` for an equal engine.
    """

    engine: tuple[str, str]
    time: PartTime
    ratio: Score | None
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartChoice:
    """Which engine one component gets: the least of those that are quicker than the best candidate's, or that one.

    Attributes:
        ranking: the candidates' engines, the quickest first; each engine once.
    """

    component: str
    engine: tuple[str, str]
    ranking: tuple[Rank, ...]


def closed_loop_candidates(cases: Sequence[Case]) -> list[Case]:
    """Return the closed-loop cases, which must be able to be held against each other.

    Raises:
        UsageError: fewer than two, unlike each other, or too few rounds or windows for an interval.
    """
    found = [case for case in cases if find_member("scenarios", case.scenario).ARRIVAL == "closed"]
    if len(found) < 2:
        raise UsageError(f"cases of scenario compute: {len(found)}; best chooses among two or more, add some")
    refuse_unlike(found)
    first = found[0]
    if first.blocks.kinds > 1:
        raise UsageError(f"case {first.id} has blocks of several kinds: best compares windows of one, leave blocks out")
    if first.rounds < (needed := needed_samples(0.5)):
        raise UsageError(f"{first.rounds} rounds cannot tell engines apart: add --set rounds={needed}")
    if first.rounds * first.windows < (needed := needed_samples(0.95)):
        windows = -(-needed // first.rounds)
        raise UsageError(
            f"{first.rounds} rounds of {first.windows} windows cannot bound a p95, which takes {needed}: "
            f"add --set windows={windows}"
        )
    return found


def due_ms(case: Case) -> float:
    """Return when an answer must be there for the next window to find the model idle and the listener served."""
    return min(case.deadline_ms, *(case.blocks.lengths_ms or (case.hop_ms,)))


def ranked(cases: Sequence[Case], results: Sequence[CaseResult]) -> list[Candidate]:
    """Return the cases that were measured to their end, the least bound of p95 first."""
    by_id = {result.id: result for result in results}
    found = []
    for case in cases:
        result = by_id[case.id]
        bound_ms = _bound_ms(result)
        if result.status == "OK" and bound_ms is not None:
            found.append(Candidate(case=case, result=result, bound_ms=bound_ms))
    return sorted(found, key=lambda candidate: candidate.bound_ms)


def _bound_ms(result: CaseResult) -> float | None:
    score, slowest = result.metrics.get(P95), result.metrics.get(SLOWEST)
    if score is not None and score.ci is not None:
        return score.ci.high
    if score is None or score.na is None or score.na.reason != "insufficient_samples" or slowest is None:
        return None
    return slowest.value


def choose_parts(candidates: Sequence[Candidate]) -> list[PartChoice]:
    """Return which engine each component gets; `candidates` are in order of their bound.

    Where the interval of the ratio to the best candidate's engine holds 1 it is a toss-up, and that engine stays: every
    further runtime in a process brings threads and caches of its own, which can disturb the others.
    """
    first = candidates[0].case
    names = find_sizes(first.model).components_for(first.modalities)
    choices = (_choose(name, candidates) for name in names if name in ComponentKeys.model_fields)
    return [choice for choice in choices if choice is not None]


def _choose(component: str, candidates: Sequence[Candidate]) -> PartChoice | None:
    best = candidates[0]
    own = best.case.engines.of(component)
    if not (own_ms := medians(best.result.rounds, component)):
        return None  # the component is never called
    ranks: dict[tuple[str, str], Rank] = {}
    for candidate in candidates:
        engine = candidate.case.engines.of(component)
        if engine not in ranks:
            ranks[engine] = _rank(component, candidate, own_ms, is_own=engine == own)
    ranking = sorted(ranks.values(), key=_median_ms)
    chosen = next((rank.engine for rank in ranking if rank.verdict == "quicker"), own)
    return PartChoice(component=component, engine=chosen, ranking=tuple(ranking))


def _rank(component: str, candidate: Candidate, own_ms: Mapping[int, float], *, is_own: bool) -> Rank:
    ratio = None if is_own else paired_ratio(own_ms, medians(candidate.result.rounds, component))
    return Rank(
        engine=candidate.case.engines.of(component),
        time=part_time(candidate.result, component),
        ratio=ratio,
        verdict="same" if ratio is None else ratio_verdict(ratio),
    )


def _median_ms(rank: Rank) -> float:
    return float("inf") if rank.time.value_ms is None else rank.time.value_ms


def mixed_engines(
    best: EngineChoice,
    chosen: Mapping[str, tuple[str, str]],
    options: PlanOptions = USUAL,
    calibration: CalibrationChoice | None = None,
) -> EngineChoice:
    """Return the engines with each component on its own choice; the backend of the rest stays while one uses it.

    Args:
        best: what is begun from.
        chosen: (backend, precision) by component.
        options: of TensorRT's engines among the candidates.
        calibration: the set of the calibrated ones.
    """
    wanted = {name: best.of(name) for name in ComponentKeys.model_fields}
    wanted |= chosen
    rest = (best.backend, best.precision)
    if rest not in wanted.values():
        rest = Counter(wanted.values()).most_common(1)[0][0]
    apart = tuple((name, *engine) for name, engine in wanted.items() if engine != rest)
    mix = EngineChoice(backend=rest[0], precision=rest[1], apart=apart)
    mix = replace(mix, options=options) if takes_options(mix) else mix
    return replace(mix, calibration=calibration) if is_calibrated(mix) else mix


def window_ratio(base: CaseResult, other: CaseResult) -> Score:
    """Return the ratio of whole windows' times, base / other, over rounds."""
    return paired_ratio(medians(base.rounds, WINDOW), medians(other.rounds, WINDOW))
