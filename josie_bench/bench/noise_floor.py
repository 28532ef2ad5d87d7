"""The noise floor: taken from many runs of one build, and which one holds for a comparison."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np

from josie_bench.bench.comparability import conditions_digest
from josie_bench.bench.metric_comparison import blocks_of, rounds_without
from josie_bench.statistics.same_build import COMPARISONS, LEAST_RUNS, chance_effects, chance_floor
from josie_bench.terms.comparison import RELATIVE, default_margin, scale_of
from josie_bench.terms.machine import facts_of
from josie_bench.terms.noise_floor import NOISE_SCHEMA, NOISE_VERSION, MetricFloor, NoiseFloor, fitting, pinning_words
from josie_bench.terms.result import CaseResult, Result
from josie_bench.terms.simulated import VIRTUAL


def noise_floor(result: Result, case: CaseResult, *, now: datetime) -> NoiseFloor | None:
    """Return how far the case's runs lie apart, or None where too few of them are whole or nothing was measured.

    Args:
        result: of the run.
        case: of it, whose rounds are the runs.
        now: in UTC.
    """
    floors = [floor for key in case.metrics if (floor := _metric_floor(case, key)) is not None]
    runs = sum(some.status == "OK" for some in case.rounds)
    if runs < LEAST_RUNS or not floors or _is_virtual(case):
        return None
    scenario, backend = _kind(case)
    return NoiseFloor(
        schema=NOISE_SCHEMA,
        schema_version=NOISE_VERSION,
        host=str(facts_of(result, case).get("fingerprint")),
        tool=result.run.tool,
        suite=result.run.suite,
        case=case.id,
        conditions=conditions_digest(case),
        created=now.isoformat(timespec="seconds"),
        runs=runs,
        comparisons=COMPARISONS,
        metrics=floors,
        scenario=scenario,
        backend=backend,
    )


def _kind(case: CaseResult) -> tuple[str, str]:
    """Return the scenario and the backend of a case."""
    return str(case.settings.get("scenario")), str(case.settings.get("backend"))


def _is_virtual(case: CaseResult) -> bool:
    """Return whether its times were drawn, in a clock of its own: how far they lie apart says nothing of a host."""
    law = case.settings.get("simulated")
    return isinstance(law, Mapping) and law["clock"] == VIRTUAL


def _metric_floor(case: CaseResult, key: str) -> MetricFloor | None:
    """Return a metric's floor; one without direction, or that some runs lack, has none."""
    score = case.metrics[key]
    values = np.array(list(blocks_of(case, key).values()), dtype=np.float64)
    if score.direction == "none" or len(values) < LEAST_RUNS or rounds_without(case, key):
        return None
    scale = scale_of(key, score.unit, is_positive=bool((values > 0.0).all()))
    is_ratio = scale == RELATIVE
    floor = chance_floor(chance_effects(values, is_ratio=is_ratio))
    floor = math.expm1(floor) if is_ratio else floor
    default = default_margin(key, score.unit, scale).value
    scaled = np.log(values) if is_ratio else values
    return MetricFloor(
        metric=key,
        scale=scale,
        margin=max(default, floor),
        floor=floor,
        spread=float(np.std(scaled, ddof=1)),
        level=float(np.median(scaled)),
    )


def floor_for(
    a: Result, case_a: CaseResult, b: Result, case_b: CaseResult, *, floors: Sequence[NoiseFloor], now: datetime
) -> tuple[NoiseFloor | None, str | None]:
    """Return the noise floor that holds for both sides, or None and why there is none."""
    facts = facts_of(a, case_a)
    host = facts.get("fingerprint")
    if host != facts_of(b, case_b).get("fingerprint") or not isinstance(host, str):
        return None, "the sides are of different hosts: no noise floor holds for both"
    if a.run.tool != b.run.tool:
        return None, "the sides are of different versions of josie-bench: no noise floor holds for both"
    sides = (case_a, case_b)
    if any(map(_is_virtual, sides)):
        return None, "nothing is measured in virtual time: no noise floor holds for it"
    digests, kinds = [conditions_digest(case) for case in sides], [_kind(case) for case in sides]
    floor, why = fitting(floors, host=host, tool=a.run.tool, conditions=digests, kinds=kinds, now=now)
    return floor, None if why is None else why + pinning_words(facts)


def is_of(floor: NoiseFloor, case_a: CaseResult, case_b: CaseResult) -> bool:
    """Return whether it was measured with one of these very cases, so that its spread of runs is theirs."""
    return floor.conditions in (conditions_digest(case_a), conditions_digest(case_b))


def floors_of_days(
    floors: Sequence[NoiseFloor], a: Result, case_a: CaseResult, case_b: CaseResult
) -> tuple[NoiseFloor, ...]:
    """Return all noise floors of one of these cases on the first side's host, expired ones too."""
    host = facts_of(a, case_a).get("fingerprint")
    if _is_virtual(case_a) or _is_virtual(case_b):
        return ()
    return tuple(floor for floor in floors if floor.host == host and is_of(floor, case_a, case_b))
