"""What hit which window: events of the trial and readings of the machine joined to the windows they fell into.

A cause is what is known to slow a window down and was there; that it did is not proven. A window can have several.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from josie_bench.statistics.series import left_ns
from josie_bench.terms.recording import Bools, Ints, Recording
from josie_bench.terms.telemetry import THROTTLE_REASONS, Telemetry
from josie_bench.terms.timebase import NS_PER_S, ns_from_ms

Floats = NDArray[np.float64]

LATE_NS = ns_from_ms(1.0)
OTHERS_CORES = 0.5
STOLEN_CORES = 0.05
USUAL_SHARE = 0.95  # of windows lose their core as often, or less often
THROTTLED = sum(THROTTLE_REASONS)
BITS = 16  # of the mask; NVML uses nine

COLLECTION = "garbage collection"
FAULTS = "major page faults"
PREEMPTED = "preempted"
SWAPPED = "swapped in"
QUOTA = "held back by the CPU quota"
OTHERS = "other programs busy"
STOLEN = "core taken by the host"
GPU_SLOWED = "GPU throttled"
PACER = "handed over late"
QUEUED = "waited for the window before"
EVICTED = "session sent away before"


def causes(recording: Recording) -> dict[str, Bools]:
    """Return `[windows]` for each cause whether it hit them; only what could be seen at all is in it."""
    found: dict[str, Bools] = {name: hit != 0 for name, hit in _by_round(recording, _of_trial).items()}
    if recording.preemptions is not None and len(recording.preemptions):
        usual = np.quantile(recording.preemptions, USUAL_SHARE)
        found[PREEMPTED] = recording.preemptions > usual
    return found


def _by_round(recording: Recording, read: Callable[[Recording], Mapping[str, Ints | Bools]]) -> dict[str, Ints]:
    """Return `[windows]` what each round's trial tells by its own clock, by name; 0 where a round does not tell it."""
    rounds = [(len(one.window), read(one)) for one in recording.by_round()]
    names = dict.fromkeys(name for _, told in rounds for name in told)
    columns = {name: [told.get(name, np.zeros(count)) for count, told in rounds] for name in names}
    return {name: np.concatenate(parts).astype(np.int64) for name, parts in columns.items()}


def _of_trial(recording: Recording) -> dict[str, Bools]:
    found: dict[str, Bools] = {}
    start, end = _stretches(recording)
    if recording.is_open_loop:
        found[PACER] = recording.handed_ns - recording.scheduled_ns > LATE_NS
        found[QUEUED] = recording.is_answered & (recording.started_ns - recording.handed_ns > LATE_NS)
    if recording.is_evicted is not None and recording.is_evicted.any():
        found[EVICTED] = recording.is_evicted
    found[COLLECTION] = np.zeros(len(start), dtype=np.bool_)
    for collection in recording.collections:
        found[COLLECTION] |= (collection.start_ns <= end) & (collection.end_ns >= start)
    if recording.major_faults is not None:
        found[FAULTS] = recording.major_faults > 0
    if recording.telemetry is not None:
        found |= _read_causes(recording.telemetry, start, end)
    return found | {cause: (bits & THROTTLED) != 0 for cause, bits in _throttle_bits(recording).items()}


def counted(found: Mapping[str, Bools], rows: Bools) -> tuple[dict[str, int], int]:
    """Return how many of the rows each cause hit, those with any, and how many were hit by none."""
    counts = {cause: int((is_hit & rows).sum()) for cause, is_hit in found.items()}
    is_explained = np.any(list(found.values()), axis=0) if found else np.zeros(len(rows), dtype=np.bool_)
    return {cause: count for cause, count in counts.items() if count}, int((rows & ~is_explained).sum())


def throttle_bits(recording: Recording) -> Ints | None:
    """Return `[windows]` all reasons for which a GPU of the trial ran slower in each; None where no GPU told."""
    return _by_round(recording, _throttle_bits).get(GPU_SLOWED)


def _throttle_bits(recording: Recording) -> dict[str, Ints]:
    told = recording.telemetry
    series = [] if told is None else [told.series(gpu, "throttle_reasons") for gpu in told.gpus()]
    start, end = _stretches(recording)
    bits = [_any_bits(instants, values.astype(np.int64), start, end) for instants, values in series if len(instants)]
    return {GPU_SLOWED: np.bitwise_or.reduce(bits)} if bits else {}


def _stretches(recording: Recording) -> tuple[Ints, Ints]:
    """Return when each window's time began and ended: from its close, or in a closed loop from its start."""
    return recording.scheduled_ns, left_ns(recording)


def _read_causes(told: Telemetry, start: Ints, end: Ints) -> dict[str, Bools]:
    found: dict[str, Bools] = {}

    def risen(source: str, name: str) -> tuple[Floats, Floats] | None:
        instants, values = told.series(source, name)
        return _risen(instants, values, start, end) if len(instants) > 1 else None

    def mark(cause: str, source: str, name: str, is_cause: Callable[[Floats, Floats], Bools]) -> None:
        if (rise := risen(source, name)) is not None:
            found[cause] = is_cause(*rise)

    mark(SWAPPED, "swap", "in_total", lambda rise, _: rise > 0)
    mark(QUOTA, "quota", "throttled_total", lambda rise, _: rise > 0)
    mark(STOLEN, "cpu", "steal_total", lambda rise, seconds: rise >= STOLEN_CORES * seconds)
    own = risen("cpu", "own_total")
    if own is not None:
        mark(OTHERS, "cpu", "busy_total", lambda rise, seconds: rise - own[0] >= OTHERS_CORES * seconds)
    return found


def _bracket(instants: Ints, start: Ints, end: Ints) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the last reading before each stretch and the first behind it, as places in the series."""
    first = np.clip(np.searchsorted(instants, start, side="right") - 1, 0, len(instants) - 1)
    last = np.clip(np.searchsorted(instants, end, side="left"), 0, len(instants) - 1)
    return first, last


def _risen(instants: Ints, values: Floats, start: Ints, end: Ints) -> tuple[Floats, Floats]:
    """Return how much a counter rose around each stretch, and in how many seconds."""
    first, last = _bracket(instants, start, end)
    rise = np.maximum(values[last] - values[first], 0.0)
    return rise, np.maximum(instants[last] - instants[first], 1) / NS_PER_S


def _any_bits(instants: Ints, values: Ints, start: Ints, end: Ints) -> Ints:
    """Return all bits that were set in any reading around each stretch."""
    first, last = _bracket(instants, start, end)
    is_set = (values[:, None] >> np.arange(BITS)) & 1
    before = np.vstack([np.zeros((1, BITS), dtype=np.int64), np.cumsum(is_set, axis=0)])
    in_any = before[last + 1] > before[first]
    bits: Ints = (in_any.astype(np.int64) << np.arange(BITS)).sum(axis=1)
    return bits
