"""What the cases of a run say to a statement, with the scale that they say it on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from josie_bench.backends import computes_on_gpu
from josie_bench.plugins import find_member, member_names
from josie_bench.statistics.growth import Axis, all_growth
from josie_bench.terms.allocation import DYNAMIC
from josie_bench.terms.claim import Measured, Scale
from josie_bench.terms.machine import facts_of
from josie_bench.terms.quantity import SIZE_BYTES, duration_ms
from josie_bench.terms.result import CaseResult, MetricScore, Result
from josie_bench.terms.timebase import mib_from_bytes

PAPERS_PRESET = "josie-v4o"
PAPERS_MEMORY = 8 * SIZE_BYTES["GiB"]  # what makers call 8 GB
TAILS = ("p99", "p95")  # "maintains" is said of nearly all windows; the farthest one that is known on both sides counts
RAN = ("OK", "UNSTEADY")
FAILED = ("ERROR", "TIMEOUT", "OOM")
SAVINGS = ("allocation", "precision", "prune_to")  # settings that save memory, as the paper's three do
WORD_LOSS = "task_parity.wer_text"  # in margins, of which one is so many word errors
NO_MODEL = ("null", "simulated")
# Another model, faults, or a machine that is not its own; `busy` is what results up to 1.4 call it.
UNUSUAL = ("ablate", "beside", "busy", "faults", "context", "prune_to", "layers")


def cases_of(result: Result, **settings: object) -> Iterator[CaseResult]:
    """Yield the cases in which the whole model ran under its usual conditions, with these settings."""
    for case in with_a_model(result):
        own = case.settings
        is_usual = not any(own.get(name) for name in UNUSUAL)
        if is_usual and all(own.get(name) == value for name, value in settings.items()):
            yield case


def with_a_model(result: Result) -> Iterator[CaseResult]:
    """Yield the cases that ran a model, under whatever conditions."""
    return (case for case in result.cases if case.settings.get("backend") not in NO_MODEL)


def scale_of(result: Result, case: CaseResult) -> Scale:
    """Return on what a case was measured."""
    preset, backend = str(case.settings.get("preset")), str(case.settings.get("backend"))
    facts = facts_of(result, case)
    gpus = facts.get("gpu")
    memories = [gpu.get("memory_mib") for gpu in gpus if isinstance(gpu, Mapping)] if isinstance(gpus, list) else []
    is_small = any(isinstance(mib, int) and 0 < mib <= mib_from_bytes(PAPERS_MEMORY) for mib in memories)
    on_gpu = runs_on_gpu(backend)
    return Scale(
        preset=preset,
        backend=f"{backend}-{case.settings.get('precision')}",
        host=_gpu_names(gpus) if on_gpu else str(facts.get("cpu")),
        is_papers=preset == PAPERS_PRESET and on_gpu and is_small,
    )


def runs_on_gpu(backend: str) -> bool:
    """Return whether a backend computes on a GPU; one that is not installed here is not known to."""
    return backend in member_names("backends") and computes_on_gpu(find_member("backends", backend))


def _gpu_names(gpus: object) -> str:
    found = [str(gpu.get("name")) for gpu in gpus if isinstance(gpu, Mapping)] if isinstance(gpus, list) else []
    return ", ".join(found) or "a GPU that is not named"


def window_of(case: CaseResult, setting: str = "window") -> float | None:
    """Return how long the windows of a case are, or its hop; None where they change."""
    blocks = case.settings.get("blocks")
    if isinstance(blocks, Mapping) and blocks.get("lengths"):
        return None
    value = case.settings.get(setting) or case.settings.get("window")
    return duration_ms(value) if isinstance(value, str) else None


def tails(
    result: Result,
    metric: str,
    window_ms: float,
    waited_ms: Callable[[float, float], float] = lambda *_: 0.0,
    *,
    is_hop_equal: bool = False,
) -> tuple[Measured, ...]:
    """Return the tail of a metric in each conversation with windows of this length.

    Args:
        result: of the run.
        metric: in milliseconds.
        window_ms: of the cases that are looked at.
        waited_ms: from window and hop, what is added to each number.
        is_hop_equal: only of cases in which the next window closes when this one is over.
    """
    found = []
    for case in cases_of(result, scenario="realtime", mode="realtime"):
        hop_ms = window_of(case, "hop")
        if case.status != "OK" or hop_ms is None or window_of(case) != window_ms:
            continue
        if is_hop_equal and hop_ms != window_ms:
            continue
        keys = (f"{metric}.{tail}" for tail in TAILS)
        scores = ((key, case.metrics.get(key)) for key in keys)
        known = next(((key, score) for key, score in scores if score is not None and _is_bounded(score)), None)
        if known is not None:
            found.append(measured(result, case, *known, shift=waited_ms(window_ms, hop_ms)))
    return tuple(found)


def _is_bounded(score: MetricScore) -> bool:
    return score.value is not None and score.ci is not None and None not in (score.ci.low, score.ci.high)


def measured_growth(result: Result, *, axis: Axis, part: str) -> tuple[Measured, ...]:
    """Return the exponents of a part's time along an axis, one for each set of cases that differ in it alone."""
    unlike = [name for name in UNUSUAL if name not in axis.settings]
    by_id = {case.id: case for case in with_a_model(result) if not any(map(case.settings.get, unlike))}
    found = []
    for growth in all_growth([*by_id.values()], (axis,)):
        score = growth.score
        if growth.part != part or score.value is None:
            continue
        found.append(
            Measured(
                case=f"{growth.cases[0]} … {growth.cases[-1]}",
                statistic=f"{part}, {growth.sizes[0]:g} to {growth.sizes[-1]:g} {axis.unit}",
                value=score.value,
                unit="(exponent)",
                scale=scale_of(result, by_id[growth.cases[0]]),
                n=score.n,
                low=None if score.interval is None else score.interval.low,
                high=None if score.interval is None else score.interval.high,
            )
        )
    return tuple(found)


def measured_word_loss(result: Result, *, options: frozenset[str]) -> tuple[Measured, ...]:
    """Return how many percentage points more word errors than the reference the text of trained models has.

    Args:
        result: of the run.
        options: those of `SAVINGS` that the case has, and no other; the reference has none.
    """
    from josie_bench.statistics.non_inferiority import MARGINS  # scipy

    points = 100.0 * MARGINS["wer"].worst
    found = []
    for case in with_a_model(result):
        score = case.metrics.get(WORD_LOSS)
        if case.status != "OK" or _savings_of(case) != options or score is None or score.value is None:
            continue
        high = None if score.ci is None or score.ci.high is None else points * score.ci.high
        lost = replace(measured(result, case, WORD_LOSS, score), value=points * score.value, low=None, high=high)
        found.append(replace(lost, statistic="word errors more than the reference's", unit="percentage points"))
    return tuple(found)


def measured_change(
    result: Result, setting: str, value: str, figure: str, *, sign: float = 1.0
) -> tuple[Measured, ...]:
    """Return by how many per cent a figure of trained models changes with a setting, `sign` times.

    Args:
        result: of the run.
        setting: and `value`, `figure`: as in `terms.contrast.Contrast`.
        value: what those have that are held against the others.
        figure: that changes.
        sign: -1 where the statement is of what becomes less.
    """
    by_id = {case.id: case for case in result.cases}
    found = []
    for contrast in result.contrasts:
        if (contrast.setting, contrast.value, contrast.figure) != (setting, value, figure) or contrast.relative is None:
            continue
        ci = contrast.relative_ci
        bounds = [None, None] if ci is None else [ci.low, ci.high]
        sides = [None if bound is None else 100.0 * sign * bound for bound in bounds]
        low, high = sides if sign > 0 else reversed(sides)
        found.append(
            Measured(
                case=f"{contrast.cases[0]} beside {contrast.bases[0]}",
                statistic=f"{figure}, seeds: {contrast.seeds}",
                value=100.0 * sign * contrast.relative,
                unit="%",
                scale=scale_of(result, by_id[contrast.cases[0]]),
                n=contrast.n,
                low=low,
                high=high,
                is_trained=True,
            )
        )
    return tuple(found)


def _savings_of(case: CaseResult) -> frozenset[str]:
    own = case.settings
    is_narrow = own.get("precision") != "fp32" or bool(own.get("components"))
    chosen = {
        "allocation": own.get("allocation") == DYNAMIC,
        "precision": is_narrow,
        "prune_to": own.get("prune_to") is not None,
    }
    return frozenset(name for name, is_chosen in chosen.items() if is_chosen)


def measured(result: Result, case: CaseResult, key: str, score: MetricScore, *, shift: float = 0.0) -> Measured:
    """Return a score that has a value, `shift` added to all its numbers."""
    assert score.value is not None
    low, high = (None, None) if score.ci is None else (score.ci.low, score.ci.high)
    return Measured(
        case=case.id,
        statistic=key,
        value=score.value + shift,
        unit=score.unit,
        scale=scale_of(result, case),
        n=score.n,
        low=None if low is None else low + shift,
        high=None if high is None else high + shift,
        is_trained=case.is_trained,
    )
