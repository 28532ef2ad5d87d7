"""Mean power over a stretch of time, from counters of energy, and held against what power itself adds up to.

A GPU tells both: E₁ is the rise of its counter, E₂ its power of each instant added up by trapezoids. Where the two are
apart, neither is believed. A processor and an external meter tell a counter alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from josie_bench.terms.recording import IDLE, Ints, Recording
from josie_bench.terms.score import NotAvailable
from josie_bench.terms.telemetry import (
    ENERGY,
    METER,
    POWER,
    POWER_INSTANT,
    RAPL,
    UNWATCHED,
    Telemetry,
    gpu_absence,
)
from josie_bench.terms.timebase import NS_PER_S, s_from_ns

Floats = NDArray[np.float64]
Stretch = tuple[int, int]  # begin and end on the host's monotonic clock, nanoseconds

GPU_DRAW, CPU_DRAW, METER_DRAW = "gpu", "cpu", "meter"
DRAWS = {GPU_DRAW: "the trial's GPUs", CPU_DRAW: "the processor's packages", METER_DRAW: "the external meter"}
LEAST_S = 60.0  # shorter ones are not told: counters rise in steps, and clocks take their time
LEAST_IDLE_S = 5.0
APART = 0.05  # |E₁ − E₂| / E₁
COVERED = 0.95  # share of the stretch between its first and its last reading


def mean_power_w(told: Telemetry | None, draw: str, stretch: Stretch, least_s: float = LEAST_S) -> float | NotAvailable:
    """Return what was drawn on average, in watts, or why that is not known.

    Args:
        told: what was read beside one trial.
        draw: one of `DRAWS`: all GPUs of the trial, the processor's packages, or the external meter.
        stretch: of which it is asked.
        least_s: how long it must be.
    """
    if told is None:
        return UNWATCHED
    sources = _sources(told, draw)
    if isinstance(sources, NotAvailable):
        return sources
    seconds = s_from_ns(stretch[1] - stretch[0])
    if seconds < least_s:
        return NotAvailable(reason="too_short", detail=f"{seconds:.3g} s are too few to tell energy of: {least_s:g} do")
    total = 0.0
    for source in sources:
        power = _counted(told, source, stretch)
        power = power if isinstance(power, NotAvailable) or draw != GPU_DRAW else _checked(told, source, stretch, power)
        if isinstance(power, NotAvailable):
            return power
        total += power
    return total


def idle_power_w(recording: Recording, draw: str) -> float | NotAvailable:
    """Return what was drawn on average while everything was loaded and nothing came, in watts. Of one round."""
    phase = next((phase for phase in recording.phases if phase.name == IDLE), None)
    if phase is None:
        detail = "nobody looked at what is drawn in idleness: set `idle: 10 s`"
        return NotAvailable(reason="not_measured", detail=detail)
    return mean_power_w(recording.telemetry, draw, (phase.start_ns, phase.end_ns), LEAST_IDLE_S)


def counted_w(instants: Ints, joules: Floats, stretch: Stretch) -> float | None:
    """Return E₁ over time: how much a counter rose from its first reading in the stretch to its last.

    None where it fell, or where these two leave out more of the stretch than a twentieth.

    Args:
        instants: `[readings]` in nanoseconds.
        joules: `[readings]`.
        stretch: of which it is asked.
    """
    at, values = _inside(instants, joules, stretch)
    if at is None or bool((np.diff(values) < 0).any()):
        return None
    return float(values[-1] - values[0]) / s_from_ns(int(at[-1] - at[0]))


def integrated_w(instants: Ints, watts: Floats, stretch: Stretch) -> float | None:
    """Return E₂ over time: power between its first and its last reading in the stretch, added up by trapezoids.

    None where these two leave out more of the stretch than a twentieth.

    Args:
        instants: `[readings]` in nanoseconds.
        watts: `[readings]`.
        stretch: of which it is asked.
    """
    at, values = _inside(instants, watts, stretch)
    if at is None:
        return None
    seconds = (at - at[0]) / NS_PER_S
    return float(np.trapezoid(values, seconds) / seconds[-1])


def _inside(instants: Ints, values: Floats, stretch: Stretch) -> tuple[Ints | None, Floats]:
    """Return the readings in the stretch; None for the instants where they cover too little of it."""
    begin, end = stretch
    rows = (instants >= begin) & (instants <= end)
    at = instants[rows]
    is_covered = len(at) > 1 and int(at[-1] - at[0]) >= COVERED * (end - begin)
    return (at if is_covered else None), values[rows]


def _sources(told: Telemetry, draw: str) -> list[str] | NotAvailable:
    """Return the sources that count a draw, or why there is none."""
    if draw == GPU_DRAW:
        return told.gpus() or gpu_absence(told)
    found = [source for source in told.sources() if _meters(source, draw)]
    if len(found) > 1:
        detail = f"{', '.join(found)} were read, and may meter the same"
        return NotAvailable(reason="ambiguous", detail=detail)
    absent = next((one for one in told.absent if _meters(one.name, draw)), None)
    if not found and absent is not None:
        return NotAvailable(reason=absent.reason, detail=absent.detail)
    return found or NotAvailable(reason="not_measured", detail="no such meter was read")


def _meters(source: str, draw: str) -> bool:
    return source == RAPL if draw == CPU_DRAW else source.startswith(METER) and source != RAPL


def _counted(told: Telemetry, source: str, stretch: Stretch) -> float | NotAvailable:
    instants, joules = told.series(source, ENERGY)
    absent = next((one for one in told.absent if one.name == f"{source}.{ENERGY}"), None)
    if not len(instants) and absent is not None:
        return NotAvailable(reason=absent.reason, detail=absent.detail)
    power = counted_w(instants, joules, stretch)
    if power is None:
        return NotAvailable(reason="not_measured", detail=f"the energy of {source} was not read throughout")
    return power


def _checked(told: Telemetry, gpu: str, stretch: Stretch, counted: float) -> float | NotAvailable:
    """Return what a GPU's counter told, unless its power adds up to something else."""
    name = POWER_INSTANT if len(told.series(gpu, POWER_INSTANT)[0]) else POWER
    added = integrated_w(*told.series(gpu, name), stretch)
    if added is None:
        return NotAvailable(reason="unreliable", detail=f"the power of {gpu} was not read throughout: nothing to check")
    if abs(counted - added) > APART * counted:
        detail = f"{gpu} counted {counted:.3g} W on average and its power adds up to {added:.3g} W: over 5 % apart"
        return NotAvailable(reason="unreliable", detail=detail)
    return counted
