"""How time and memory grow with what is asked: the exponent b of size^b over cases that differ in one size alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from josie_bench.terms.quantity import duration_ms
from josie_bench.terms.result import CaseResult, RoundResult
from josie_bench.terms.score import Score

FEWEST_SIZES = 3
WINDOW, MEMORY = "window", "memory"  # beside the components: what all of a window takes, and what the process holds
HOST_MEMORY = "host_memory.steady_increment"
GPU_MEMORY = ("process_vram.end", "process_vram.device_growth")  # the second where NVML hides the process
NOT_COMPARED = ("name", "budgets", "timeout")  # settings that change nothing measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A size that cases can differ in.

    Attributes:
        settings: that say it, as a lock writes them.
        size: of a case; None where it has none.
    """

    name: str
    unit: str
    settings: tuple[str, ...]
    size: Callable[[CaseResult], float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """How one part grows along one axis.

    Attributes:
        part: a component, `WINDOW` or `MEMORY`.
        sizes: those that were measured, rising.
        cases: their ids, in that order.
        score: the exponent, the median over rounds; not available with too few rounds.
    """

    axis: Axis
    part: str
    sizes: tuple[float, ...]
    cases: tuple[str, ...]
    score: Score


def memory_key(case: CaseResult) -> str | None:
    """Return the score of what the case's process holds where its engines compute: of GPUs, or else of the host.

    None where they compute on GPUs and NVML tells nothing.
    """
    if not any(key in case.metrics for key in GPU_MEMORY):
        return HOST_MEMORY
    known = (key for key in GPU_MEMORY if key in case.metrics and case.metrics[key].value is not None)
    return next(known, None)


def _window_ms(case: CaseResult) -> float | None:
    value = case.settings.get("window")
    return duration_ms(value) if isinstance(value, str) else None


def _seen_tokens(case: CaseResult) -> float | None:
    score = case.metrics.get("vision_tokens.mean")
    return None if score is None else score.value


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int) else None


def _layers_of(component: str) -> Axis:
    def size(case: CaseResult) -> float | None:
        layers = case.settings.get("layers")
        return _number(layers.get(component)) if isinstance(layers, Mapping) else None

    return Axis(name=f"layers of {component}", unit="layers", settings=("layers",), size=size)


LENGTH = Axis(name="length of the window", unit="ms", settings=("window", "hop"), size=_window_ms)
TOKENS = Axis(name="vision tokens", unit="tokens", settings=("token_budget",), size=_seen_tokens)
CONTEXT = Axis(
    name="context", unit="positions", settings=("context",), size=lambda case: _number(case.settings.get("context"))
)
TEMPORAL_LAYERS, DEPTH_LAYERS = _layers_of("temporal_transformer"), _layers_of("depth_transformer")
AXES = (LENGTH, TOKENS, CONTEXT, TEMPORAL_LAYERS, DEPTH_LAYERS)


def all_growth(cases: Sequence[CaseResult], axes: Sequence[Axis] = AXES) -> Iterator[Growth]:
    """Yield the growth of every part along every axis that so many cases differ in and nothing else."""
    for axis in axes:
        for group in _groups(cases, axis):
            for part in _parts(group):
                yield _growth(axis, group, part)


def exponents(sizes: Sequence[float], values: Sequence[Sequence[float]]) -> list[float]:
    """Return for each round the b for which size^b comes nearest to its values: least squares of the logarithms.

    Args:
        sizes: `[sizes]`, above zero.
        values: `[sizes][rounds]`, above zero.

    >>> [round(b, 9) for b in exponents([1.0, 2.0, 4.0], [[3.0, 1.0], [12.0, 2.0], [48.0, 4.0]])]
    [2.0, 1.0]
    """
    logs = np.log(np.array(values, dtype=np.float64))
    slopes: list[float] = np.polyfit(np.log(np.array(sizes, dtype=np.float64)), logs, 1)[0].tolist()
    return slopes


def _groups(cases: Sequence[CaseResult], axis: Axis) -> Iterator[list[tuple[float, CaseResult]]]:
    """Yield, by rising size, the cases that differ in nothing but the axis; of each size the first."""
    groups: dict[str, dict[float, CaseResult]] = {}
    for case in cases:
        size = axis.size(case)
        if case.status == "OK" and case.rounds and size is not None and size > 0.0:
            groups.setdefault(_all_but(case, axis), {}).setdefault(size, case)
    for group in groups.values():
        if len(group) >= FEWEST_SIZES:
            yield sorted(group.items(), key=lambda pair: pair[0])


def _all_but(case: CaseResult, axis: Axis) -> str:
    kept = {key: value for key, value in case.settings.items() if key not in (*NOT_COMPARED, *axis.settings)}
    return json.dumps([case.host, kept], sort_keys=True, default=str)  # sizes on two machines are no growth


def _parts(group: Sequence[tuple[float, CaseResult]]) -> list[str]:
    names = dict.fromkeys(name for _, case in group for round_ in case.rounds for name in round_.component_p50_ms)
    return [*names, WINDOW, MEMORY]


def _growth(axis: Axis, group: Sequence[tuple[float, CaseResult]], part: str) -> Growth:
    from josie_bench.statistics.paired_ratio import median_over_rounds  # scipy: only where there is something to grow

    by_round = [_by_round(case, part) for _, case in group]
    common = sorted(set.intersection(*(set(values) for values in by_round)))
    sizes = tuple(size for size, _ in group)
    values = [[found[index] for index in common] for found in by_round]
    slopes = exponents(sizes, values) if common else []
    return Growth(
        axis=axis,
        part=part,
        sizes=sizes,
        cases=tuple(case.id for _, case in group),
        score=median_over_rounds(np.array(slopes, dtype=np.float64)),
    )


def _by_round(case: CaseResult, part: str) -> dict[int, float]:
    """Return what a part took in each whole round, by its index; rounds without a value above zero are left out."""
    key = memory_key(case)
    found = {round_.index: _value(round_, part, key) for round_ in case.rounds if round_.status == "OK"}
    return {index: value for index, value in found.items() if value is not None and value > 0.0}


def _value(round_: RoundResult, part: str, key: str | None) -> float | None:
    if part == WINDOW:
        return round_.compute_p50_ms
    if part == MEMORY:
        return None if key is None else round_.values.get(key)
    return round_.component_p50_ms.get(part)
