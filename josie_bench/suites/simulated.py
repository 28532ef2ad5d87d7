"""Backend `simulated` in a suite: its keys as a law, the law as a lock writes it, and what has no meaning beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from josie_bench.plugins import find_member
from josie_bench.suites.groups import BlockKeys, SimulatedKeys
from josie_bench.suites.schema import CaseKeys
from josie_bench.terms.sessions import CONTINUOUS
from josie_bench.terms.simulated import ServiceLaw

SIMULATED = "simulated"
# What decides how a model computes, what it is given and what runs beside it; `simulated` runs none.
OF_A_MODEL = (
    *(
        "precision",
        "components",
        "beside",
        "stream",
        "modalities",
        "mode",
        "turn_taking",
        "silence",
        "weights",
        "ablate",
    ),
    *("dropout", "quantizer", "context", "prune_to", "allocation", "layers", "temporal_patches", "token_budget"),
    *("temperature", "threads", "idle", "tensorrt", "fused", "calibration"),
)


def law_of(keys: CaseKeys) -> ServiceLaw | None:
    """Return the law of a case on backend `simulated`, None for every other."""
    if keys.backend != SIMULATED:
        return None
    law = keys.simulated or SimulatedKeys()
    return ServiceLaw(
        median_ms=law.median,
        sigma=law.sigma,
        rho=law.rho,
        run_sigma=law.run_sigma,
        stall_ms=law.stall,
        stall_every=law.stall_every,
        drift=law.drift,
        second_median_ms=law.median if law.second_median is None else law.second_median,
        second_share=law.second_share,
        further_ms=law.further,
        seed=law.seed,
        clock=law.clock,
    )


def locked_law(law: ServiceLaw) -> dict[str, Any]:
    """Return the law as a suite writes it."""
    return {
        "median": f"{law.median_ms!r} ms",
        "sigma": law.sigma,
        "rho": law.rho,
        "run_sigma": law.run_sigma,
        "stall": f"{law.stall_ms!r} ms",
        "stall_every": law.stall_every,
        "drift": law.drift,
        "second_median": f"{law.second_median_ms!r} ms",
        "second_share": law.second_share,
        "further": f"{law.further_ms!r} ms",
        "seed": law.seed,
        "clock": law.clock,
    }


def simulated_conflicts(keys: CaseKeys) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the settings that conflict, the one to mend first, and what is wrong with how to mend it."""
    yield from _without_a_model(keys) if keys.backend == SIMULATED else _with_a_model(keys)
    yield from _law(keys.simulated or SimulatedKeys())
    if keys.simulated is not None and keys.simulated.further > 0.0 and keys.batching != CONTINUOUS:
        what = "simulated.further is of windows stepped together: leave it out, or set batching to continuous"
        yield ("simulated.further", "batching"), what


def _with_a_model(keys: CaseKeys) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield a law that nothing follows."""
    if keys.simulated is not None:
        named = tuple(f"simulated.{name}" for name in SimulatedKeys.model_fields)
        yield (*named, "backend"), f"simulated is the law of backend {SIMULATED}: leave it out, or set that backend"
    for name, value in keys.components:
        if value is not None and value.startswith(SIMULATED):
            what = f"components: the law of backend {SIMULATED} is for whole windows: set it as the case's backend"
            yield (f"components.{name}",), what


def _without_a_model(keys: CaseKeys) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield what has no meaning where nothing computes. A value that is the default anyway is none: locks write all."""
    for name in OF_A_MODEL:
        if (value := getattr(keys, name)) != (default := CaseKeys.model_fields[name].default):
            inner = [f"{name}.{part}" for part in _changed(value, default)]
            what = f"{name} has no meaning with backend {SIMULATED}, which runs no model: leave it out"
            yield (*inner, name, "backend"), what
    for name in ("contents", "caches"):
        if getattr(keys.blocks, name) != getattr(BlockKeys(), name):
            what = f"blocks.{name} has no meaning with backend {SIMULATED}, which looks at none: leave it out"
            yield (f"blocks.{name}", "backend"), what
    if find_member("scenarios", keys.scenario).ARRIVAL in ("compared", "judged"):
        what = (
            f"scenario {keys.scenario} looks at what models give, and {SIMULATED} runs none: take realtime or compute"
        )
        yield ("scenario", "backend"), what


def _changed(value: object, default: object) -> list[str]:
    """Return the keys of a nested setting that differ from the default; none of one that is not nested."""
    names = getattr(type(default), "model_fields", {})
    return [name for name in names if getattr(value, name) != getattr(default, name)]


def _law(law: SimulatedKeys) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield what is half said of a law."""
    if (law.stall > 0.0) != (law.stall_every is not None):
        named = ("simulated.stall", "simulated.stall_every")
        yield named, "simulated: a stall has a length and a distance: set both stall and stall_every, or neither"
    if law.second_share > 0.0 and law.second_median is None:
        what = "simulated: where the second mode lies is not said: set simulated.second_median"
        yield ("simulated.second_share",), what
