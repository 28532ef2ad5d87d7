"""Telemetry: what the machine did beside a trial, as one long table of readings, and what of it could not be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from josie_bench.terms.score import NotAvailable
from josie_bench.terms.timebase import NS_PER_S, ns_from_ms

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Words = NDArray[np.str_]

MISSED_READINGS = 3  # a source that is silent for as many of its intervals has a gap
# NVML's reasons for which a GPU runs slower than it could; the power cap (0x4) is a legal operating point.
POWER_CAP = 0x4
THROTTLE_REASONS = {
    0x8: "hardware slowdown",
    0x20: "too hot (driver)",
    0x40: "too hot (hardware)",
    0x80: "power brake",
}
COUNTER = "_total"  # ends the names of what counts up
GPU = "gpu"  # begins the names of sources that are one
OWN_PROCESSES, FOREIGN_PROCESSES, OWN_MEMORY = "own_processes", "foreign_processes", "own_memory"
MEMORY_USED = "memory_used"  # of a GPU, by whomever, in MiB
POWER, POWER_INSTANT, POWER_LIMIT = "power", "power_instant", "power_limit"  # of a GPU, in watts
ENERGY = f"energy{COUNTER}"  # of a GPU or a meter, in joules
METER = "meter."  # begins the names of sources that meter energy
RAPL = f"{METER}rapl"  # the processor's own
TELEMETRY = "telemetry"  # the source that tells what watching itself cost
UNWATCHED = NotAvailable(reason="not_measured", detail="nobody watched the machine")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One thing that is read now and then.

    Attributes:
        units: by name of what it reads. A name that ends in `COUNTER` counts up from some beginning.
        read: returns values by name; one that could not be read this time is missing, and one that was but says
            nothing is NaN.
    """

    name: str
    interval_ms: float
    units: Mapping[str, str]
    read: Callable[[], Mapping[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsentSource:
    """One thing that cannot be read on this machine, and why.

    Attributes:
        reason: a word group from a fixed list: `no_driver`, `no_library`, `not_supported`, `not_permitted`, `no_limit`.
        detail: a sentence for people.
    """

    name: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Telemetry:
    """What was read beside the trials of a case, one row per value.

    Attributes:
        instant_ns: `[rows]` of the host's monotonic clock, in order within a source of one round.
        source, name, unit: `[rows]`.
        value: `[rows]`.
        round: `[rows]` index of the trial beside which it was read.
        interval_ms: by source, how long from one reading to the next was meant to be.
        absent: what could not be read.
    """

    instant_ns: Ints
    source: Words
    name: Words
    value: Floats
    unit: Words
    round: Ints
    interval_ms: Mapping[str, float]
    absent: tuple[AbsentSource, ...] = ()

    def head(self) -> dict[str, Any]:
        """Return what is no column, as JSON can hold it."""
        return {"interval_ms": dict(self.interval_ms), "absent": [asdict(source) for source in self.absent]}

    def series(self, source: str, name: str) -> tuple[Ints, Floats]:
        """Return the instants and values of one name, in order; empty where it was never read."""
        is_asked = (self.source == source) & (self.name == name)
        return self.instant_ns[is_asked], self.value[is_asked]

    def beside(self, index: int) -> Telemetry:
        """Return what was read beside the trial of one round."""
        rows = self.round == index
        columns = {
            name: getattr(self, name)[rows] for name in ("instant_ns", "source", "name", "value", "unit", "round")
        }
        return replace(self, **columns)

    def rate(self, source: str, name: str) -> tuple[Ints, Floats]:
        """Return how much a counter rose a second until each reading, from its second on.

        A counter that fell began anew, in another round or at its end; there it says nothing.
        """
        instants, values = self.series(source, name)
        took, rose = np.diff(instants), np.diff(values)
        is_known = (took > 0) & (rose >= 0)
        rates: Floats = rose[is_known] / took[is_known] * NS_PER_S
        return instants[1:][is_known], rates

    def names(self) -> list[tuple[str, str]]:
        """Return the (source, name) that were read, in order of appearance."""
        return list(dict.fromkeys(zip(self.source.tolist(), self.name.tolist(), strict=True)))

    def sources(self) -> list[str]:
        """Return the sources that were read, in order of appearance."""
        return list(dict.fromkeys(self.source.tolist()))

    def gpus(self) -> list[str]:
        """Return the GPUs that were read and on which the trial computed, or may have where that could not be told."""
        return [source for source in self.sources() if source.startswith(GPU) and self._may_be_ours(source)]

    def _may_be_ours(self, gpu: str) -> bool:
        own = self.series(gpu, OWN_PROCESSES)[1]
        return not len(own) or not bool((own == 0.0).all())

    def gap_share(self, source: str, name: str, start_ns: int, end_ns: int) -> float:
        """Return for which share of a stretch of time one name of a source was not read, 0..1.

        That is where no reading came for longer than `MISSED_READINGS` of its intervals, from the last one on.
        """
        if end_ns <= start_ns:
            return 0.0
        instants, _ = self.series(source, name)
        inside = instants[(instants >= start_ns) & (instants <= end_ns)]
        between = np.diff(np.concatenate(([start_ns], inside, [end_ns])))
        silent = between[between > MISSED_READINGS * ns_from_ms(self.interval_ms[source])]
        return float(silent.sum() / (end_ns - start_ns))


def with_head(columns: Mapping[str, Any], head: Mapping[str, Any]) -> Telemetry:
    """Return the telemetry of its columns and of what `head` gave."""
    absent = tuple(AbsentSource(**source) for source in head["absent"])
    return Telemetry(**columns, interval_ms=head["interval_ms"], absent=absent)


def of_round(telemetry: Telemetry, index: int) -> Telemetry:
    """Return the same as read beside the trial of this round."""
    return replace(telemetry, round=np.full(len(telemetry.instant_ns), index, dtype=np.int64))


def joined(parts: list[Telemetry]) -> Telemetry | None:
    """Return what was read beside several trials, None if beside none; what one could not read is absent."""
    if not parts:
        return None
    intervals: dict[str, float] = {}
    absent: dict[str, AbsentSource] = {}
    for part in parts:
        intervals |= part.interval_ms
        absent |= {source.name: source for source in part.absent}
    return Telemetry(
        instant_ns=np.concatenate([part.instant_ns for part in parts]),
        source=np.concatenate([part.source for part in parts]),
        name=np.concatenate([part.name for part in parts]),
        value=np.concatenate([part.value for part in parts]),
        unit=np.concatenate([part.unit for part in parts]),
        round=np.concatenate([part.round for part in parts]),
        interval_ms=intervals,
        absent=tuple(absent.values()),
    )


def gpu_absence(told: Telemetry | None) -> NotAvailable:
    """Return why nothing is known of a GPU."""
    if told is None:
        return UNWATCHED
    if any(source.startswith(GPU) for source in told.sources()) and not told.gpus():
        return NotAvailable(reason="not_measured", detail="the case computed on no GPU")
    absent = next((source for source in told.absent if source.name.startswith(GPU)), None)
    if absent is None:
        return NotAvailable(reason="not_supported", detail="no GPU told it")
    return NotAvailable(reason=absent.reason, detail=absent.detail)
