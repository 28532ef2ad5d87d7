"""Cases that differ in their engines alone, or in what works beside them, held beside each other round by round."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import TypeVar

import numpy as np

from josie_bench.backends import options_of
from josie_bench.errors import UsageError
from josie_bench.model.presets import find_sizes
from josie_bench.plugins import find_member
from josie_bench.statistics.paired_ratio import median_over_rounds, paired_ratio, ratio_verdict
from josie_bench.suites.calibration import is_calibrated
from josie_bench.terms.beside import Beside
from josie_bench.terms.calibration_choice import CalibrationChoice
from josie_bench.terms.case import Case
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.engine_comparison import EngineComparison, PartRatio, PartTime
from josie_bench.terms.plan_options import USUAL, PlanOptions
from josie_bench.terms.result import CaseResult, RoundResult

WINDOW = "window"
BASE = EngineChoice(backend="eager", precision="fp32")
T = TypeVar("T")


def compare_engines(cases: Sequence[Case], results: Sequence[CaseResult]) -> list[EngineComparison]:
    """Return a comparison for each set of closed-loop cases of several rounds that have a base among them.

    Of those that differ in their engines it is eager FP32; of those that differ in their neighbours, that without any.
    """
    by_id = {result.id: result for result in results}
    found = []
    for without, is_base in ((_without_engines, _has_base_engines), (_without_neighbours, _is_left_alone)):
        for group in alike(cases, without):
            base = next((case for case in group if is_base(case)), None)
            if base is not None and base.rounds > 1 and len(group) > 1 and _is_closed(base):
                others = [by_id[case.id] for case in group if case is not base]
                found.append(compare(base, by_id[base.id], others))
    return found


def _is_closed(case: Case) -> bool:
    return bool(find_member("scenarios", case.scenario).ARRIVAL == "closed")


def alike(cases: Sequence[Case], without: Callable[[Case], Case] | None = None) -> list[list[Case]]:
    """Return the cases in groups that differ in their engines alone, in order; budgets and timeouts do not count.

    Args:
        cases: in order.
        without: a case as if it had another value of the one thing they may differ in; their engines if not given.
    """
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(repr(asdict((without or _without_engines)(case))), []).append(case)
    return list(groups.values())


def refuse_unlike(cases: Sequence[Case]) -> None:
    """Refuse cases that differ in more than their engines.

    Raises:
        UsageError: two do; it names them and a setting.
    """
    first = _without_engines(cases[0])
    for case in cases[1:]:
        other = _without_engines(case)
        differing = [name for name, value in asdict(first).items() if value != asdict(other)[name]]
        if differing:
            mend = "choose cases that differ in backend, precision or components alone, with --case"
            raise UsageError(f"{cases[0].id} and {case.id} differ in {', '.join(differing)}: {mend}")
    shared_options(cases)
    shared_calibration(cases)


def shared_options(cases: Sequence[Case]) -> PlanOptions:
    """Return the options that all engines of TensorRT among the cases have; those by themselves if there are none.

    Raises:
        UsageError: they have not the same; it names two cases.
    """
    takers = [case for case in cases if takes_options(case.engines)]
    return _shared({case.id: case.engines.options for case in takers}, "tensorrt") or USUAL


def shared_calibration(cases: Sequence[Case]) -> CalibrationChoice | None:
    """Return the set that all calibrated engines among the cases are built from; None for the usual one.

    Raises:
        UsageError: they are not built from the same; it names two cases.
    """
    takers = [case for case in cases if is_calibrated(case.engines)]
    return _shared({case.id: case.engines.calibration for case in takers}, "calibration")


def _shared(values: Mapping[str, T], setting: str) -> T | None:
    """Return the one value that cases have, given by their ids; None if there are none.

    Raises:
        UsageError: they have not the same.
    """
    names = list(values)
    for name in names[1:]:
        if values[name] != values[names[0]]:
            what = "engines are told apart by backend and precision alone"
            raise UsageError(f"{names[0]} and {name} differ in {setting}: {what}: choose one with --case")
    return values[names[0]] if names else None


def takes_options(engines: EngineChoice) -> bool:
    """Return whether TensorRT has a part in any of the engines."""
    return any(options_of(find_member("backends", backend)) is not None for backend, _ in engines.pairs())


def _without_engines(case: Case) -> Case:
    return replace(case, id="", sha="", engines=BASE, budgets=(), timeout_s=0.0)


def _has_base_engines(case: Case) -> bool:
    return case.engines == BASE


def _is_left_alone(case: Case) -> bool:
    return case.beside.is_nothing


def _without_neighbours(case: Case) -> Case:
    return replace(case, id="", sha="", beside=Beside(), budgets=(), timeout_s=0.0)


def held_together(cases: Sequence[Case]) -> list[list[Case]]:
    """Return all cases in groups of which no two are held against each other: in one, engines and neighbours differ."""
    return alike(cases, lambda case: _without_neighbours(_without_engines(case)))


def compare(case: Case, base: CaseResult, others: Sequence[CaseResult]) -> EngineComparison:
    """Return the others held against the base, of which `case` gives the model and the rounds.

    A ratio is of two medians of one round; a round in which one of the two was not measured to its end is left out.
    """
    parts = [*find_sizes(case.model).components, WINDOW]
    parts = [part for part in parts if any(medians(result.rounds, part) for result in (base, *others))]
    return EngineComparison(
        base=base.id,
        cases=[other.id for other in others],
        rounds=case.rounds,
        parts=parts,
        times=[part_time(result, part) for result in (base, *others) for part in parts],
        ratios=[_ratio(base, other, part) for other in others for part in parts],
    )


def medians(rounds: Sequence[RoundResult], part: str) -> dict[int, float]:
    """Return, by round, the median time of a part in milliseconds; rounds that are not whole are left out."""
    return dict(_medians(rounds, part))


def _medians(rounds: Sequence[RoundResult], part: str) -> Iterator[tuple[int, float]]:
    for round_ in rounds:
        time: float | None = round_.compute_p50_ms if part == WINDOW else round_.component_p50_ms.get(part)
        if round_.status == "OK" and time is not None:
            yield round_.index, time


def part_time(result: CaseResult, part: str) -> PartTime:
    """Return what a part of the case takes: the median over its rounds."""
    score = median_over_rounds(np.array(list(medians(result.rounds, part).values()), dtype=np.float64))
    return PartTime(case=result.id, part=part, value_ms=score.value, n=score.n, ci=score.interval, na=score.na)


def _ratio(base: CaseResult, other: CaseResult, part: str) -> PartRatio:
    score = paired_ratio(medians(base.rounds, part), medians(other.rounds, part))
    return PartRatio(
        case=other.id,
        part=part,
        value=score.value,
        n=score.n,
        verdict=ratio_verdict(score),
        ci=score.interval,
        na=score.na,
    )
