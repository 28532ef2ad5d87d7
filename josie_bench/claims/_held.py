"""What the cases of a run say of memory: how much is held where engines compute, what saves of it, what is enough."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from josie_bench.claims._evidence import (
    PAPERS_MEMORY,
    PAPERS_PRESET,
    SAVINGS,
    cases_of,
    runs_on_gpu,
    scale_of,
    window_of,
    with_a_model,
)
from josie_bench.claims._stated import PRECISION, WINDOW_MS
from josie_bench.statistics.growth import NOT_COMPARED, memory_key
from josie_bench.terms.allocation import DYNAMIC
from josie_bench.terms.claim import Measured, Scale
from josie_bench.terms.precision import WEIGHT_BYTES
from josie_bench.terms.quantity import SIZE_BYTES, size_bytes
from josie_bench.terms.result import OUT_OF_CAP, CaseResult, Result

PEAK = "process_vram.peak"
PAPERS_GIB = PAPERS_MEMORY / SIZE_BYTES["GiB"]
HEARS_AND_SEES = {"audio", "vision"}


def memory_scale_of(result: Result, case: CaseResult) -> Scale:
    """Return on what a case was measured of which memory is asked: how large the GPU is does not matter for that."""
    is_papers = case.settings.get("preset") == PAPERS_PRESET and _is_on_gpu(case)
    return replace(scale_of(result, case), is_papers=is_papers)


def measured_vram(result: Result) -> tuple[Measured, ...]:
    """Return the most that each case of the paper's model held of a GPU, or how much was not enough, in GiB.

    At the paper's scale are those at FP16 with windows of 300 ms on a GPU of 8 GB, which has 8 GiB, or held to as much.
    Out of memory counts where it was the case's cap that ran out; of a GPU that others use it would say nothing.
    """
    found = []
    for case in cases_of(result, preset=PAPERS_PRESET):
        if not _is_on_gpu(case) or not _is_one_whole_session(case):
            continue
        scale, cap_gib = scale_of(result, case), _cap_gib(case)
        peak_gib = _peak_gib(case) if case.status == "OK" else None
        if peak_gib is not None:
            is_small = scale.is_papers or (cap_gib is not None and peak_gib <= cap_gib <= PAPERS_GIB)
            one = _held(case, replace(scale, is_papers=is_small), PEAK, peak_gib)
            found.append(replace(one, high=peak_gib))
        elif cap_gib is not None and case.status == "OOM" and OUT_OF_CAP in (case.reason or ""):
            one = _held(case, replace(scale, is_papers=cap_gib <= PAPERS_GIB), "gpu_memory.cap, out of memory", cap_gib)
            found.append(replace(one, low=cap_gib))
    return tuple(found)


def _held(case: CaseResult, scale: Scale, statistic: str, gib: float) -> Measured:
    is_papers = scale.is_papers and case.settings.get("precision") == PRECISION
    return Measured(
        case=case.id,
        statistic=statistic,
        value=gib,
        unit="GiB",
        scale=replace(scale, is_papers=is_papers),
        n=max(len(case.rounds), 1),
    )


def _is_on_gpu(case: CaseResult) -> bool:
    return runs_on_gpu(str(case.settings.get("backend")))


def _is_one_whole_session(case: CaseResult) -> bool:
    own = case.settings
    modalities = own.get("modalities")
    sees = isinstance(modalities, list | tuple) and set(modalities) >= HEARS_AND_SEES
    return sees and own.get("sessions", 1) == 1 and not own.get("components") and window_of(case) == WINDOW_MS


def _cap_gib(case: CaseResult) -> float | None:
    reserve = case.settings.get("gpu_memory")
    cap = reserve.get("cap") if isinstance(reserve, Mapping) else None
    return None if cap is None else size_bytes(str(cap)) / SIZE_BYTES["GiB"]


def _peak_gib(case: CaseResult) -> float | None:
    """Return the most that was held; of a case with a cap as its check saw it, else as NVML listed it."""
    if _cap_gib(case) is not None:
        cap = None if case.validity is None else case.validity.cap
        mib = None if cap is None else cap.peak_mib
    else:
        score = case.metrics.get(PEAK)
        mib = None if score is None else score.value
    return None if mib is None else mib * SIZE_BYTES["MiB"] / SIZE_BYTES["GiB"]


def measured_saving(result: Result, *, options: frozenset[str]) -> tuple[Measured, ...]:
    """Return by how many per cent a case holds less than one that is like it but for some of `SAVINGS`.

    Held is what the process has at its end where its engines compute: on the host what it has beyond its libraries, on
    a GPU all that NVML lists, the driver's context included. The two are set against each other round by round. The
    paper speaks of a model at FP16, so at its scale is what is saved of that.

    Args:
        result: of the run.
        options: those of `SAVINGS` that the case has and the other has not.
    """
    from josie_bench.statistics.paired_ratio import paired_ratio  # scipy: the ledger without a run needs none

    cases = [case for case in with_a_model(result) if case.status == "OK" and case.rounds]
    found = []
    for case, base in _pairs(cases, options):
        key = memory_key(base)
        if key is None or memory_key(case) != key:
            continue
        ratio = paired_ratio(_by_round(case, key), _by_round(base, key))
        if ratio.value is None:
            continue
        scale = memory_scale_of(result, base)
        low, high = (None, None) if ratio.interval is None else (ratio.interval.low, ratio.interval.high)
        found.append(
            Measured(
                case=case.id,
                statistic=f"{key}, less than in {base.id}",
                value=_less(ratio.value),
                unit="%",
                scale=replace(scale, is_papers=scale.is_papers and base.settings.get("precision") == PRECISION),
                n=ratio.n,
                low=None if high is None else _less(high),
                high=None if low is None else _less(low),
            )
        )
    return tuple(found)


def _less(ratio: float) -> float:
    return 100.0 * (1.0 - ratio)


def _by_round(case: CaseResult, key: str) -> dict[int, float]:
    return {round_.index: round_.values[key] for round_ in case.rounds if key in round_.values}


def _pairs(cases: Sequence[CaseResult], options: frozenset[str]) -> Iterator[tuple[CaseResult, CaseResult]]:
    """Yield each case that has the options with the first of each precision that is like it and has none of them."""
    alike: dict[str, list[CaseResult]] = {}
    for case in cases:
        alike.setdefault(_but_for_savings(case), []).append(case)
    for group in alike.values():
        for case in group:
            bases: dict[object, CaseResult] = {}
            for base in group:
                if _saved(case, base) == options:
                    bases.setdefault(base.settings.get("precision"), base)
            yield from ((case, base) for base in bases.values())


def _but_for_savings(case: CaseResult) -> str:
    left_out = (*NOT_COMPARED, *SAVINGS, "components")
    kept = {key: value for key, value in case.settings.items() if key not in left_out}
    return json.dumps([case.host, kept], sort_keys=True)


def _saved(case: CaseResult, base: CaseResult) -> frozenset[str] | None:
    """Return which of `SAVINGS` a case has and a base has not; None where the base has one that the case has not."""
    own, other = case.settings, base.settings
    differs = {name: _choice(own, name) != _choice(other, name) for name in SAVINGS}
    is_plain = {
        "allocation": other.get("allocation") != DYNAMIC,
        "precision": not other.get("components") and (bool(own.get("components")) or _width(own) < _width(other)),
        "prune_to": other.get("prune_to") is None,
    }
    saved = frozenset(name for name in SAVINGS if differs[name])
    return saved if all(is_plain[name] for name in saved) else None


def _choice(settings: Mapping[str, object], saving: str) -> object:
    if saving == "allocation":
        return settings.get(saving) == DYNAMIC
    return (settings.get(saving), settings.get("components") or None) if saving == "precision" else settings.get(saving)


def _width(settings: Mapping[str, object]) -> float:
    """Return the bytes of a weight; of a precision that is not known nobody can say that it is narrower."""
    return WEIGHT_BYTES.get(str(settings.get("precision")), math.inf)
