"""Energy: joules for a window, for a second of conversation, for a window on time. Definition `energy/1`."""

from __future__ import annotations

import numpy as np

from josie_bench.metrics import Metric
from josie_bench.statistics.deadlines import excess_ns
from josie_bench.statistics.energy import DRAWS, idle_power_w, mean_power_w
from josie_bench.statistics.percentiles import median_over_rounds
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import NotAvailable, Score, missing
from josie_bench.terms.timebase import s_from_ns

NET = "per_window.net"
PER = {
    "per_window": "a measured window",
    NET: "a measured window, less what is drawn in idleness",
    "per_audio_second": "a second of conversation: the hops of the measured windows together",
    "per_on_time_window": "a measured window that was answered within the case's deadline",
}
STATISTICS = {f"{draw}.{per}": f"J of {what} for {words}" for draw, what in DRAWS.items() for per, words in PER.items()}


def _compute(recording: Recording) -> dict[str, Score]:
    return median_over_rounds([_of_round(one) for one in recording.by_round()])


def _of_round(recording: Recording) -> dict[str, Score]:
    stretch = recording.measured_stretch()
    if stretch is None:
        return dict.fromkeys(STATISTICS, missing("no_samples", "no window was measured"))
    seconds, shares = s_from_ns(stretch[1] - stretch[0]), _shares(recording)
    found: dict[str, Score] = {}
    for draw in DRAWS:
        power = mean_power_w(recording.telemetry, draw, stretch)
        found |= {f"{draw}.{per}": _score(power, 0.0, seconds, share) for per, share in shares.items()}
        idle = idle_power_w(recording, draw)
        found[f"{draw}.{NET}"] = _score(power, idle, seconds, shares["per_window"])
    return {name: found[name] for name in STATISTICS}


def _shares(recording: Recording) -> dict[str, tuple[float, int] | NotAvailable]:
    """Return by what the joules are divided, and of how many windows that is."""
    rows = recording.measured()
    count = int(rows.sum())
    found: dict[str, tuple[float, int] | NotAvailable] = {
        "per_window": (float(count), count),
        "per_audio_second": (s_from_ns(int(recording.hop_ns[rows].sum())), count),
    }
    if not recording.is_open_loop:
        detail = "closed loop: no queueing, not a real-time claim"
        return found | {"per_on_time_window": NotAvailable(reason="closed_loop", detail=detail)}
    on_time = int(np.count_nonzero(excess_ns(recording)["budget"] <= 0.0))
    none = NotAvailable(reason="no_samples", detail="no window was on time")
    return found | {"per_on_time_window": (float(on_time), on_time) if on_time else none}


def _score(
    power: float | NotAvailable, idle: float | NotAvailable, seconds: float, share: tuple[float, int] | NotAvailable
) -> Score:
    """Return the joules of power beyond idle power, over the share; or the first reason why there are none."""
    if isinstance(power, NotAvailable):
        return Score(value=None, n=0, na=power)
    if isinstance(idle, NotAvailable):
        return Score(value=None, n=0, na=idle)
    if isinstance(share, NotAvailable):
        return Score(value=None, n=0, na=share)
    return Score(value=(power - idle) * seconds / share[0], n=share[1])


METRIC = Metric(
    title="Energy",
    unit="J",
    direction="lower",
    definition="energy/1",
    origin="from the close of the first measured window to the last answer",
    description=(
        "Mean power over the measured time, times that time, over what was done in it. `gpu` is NVML's counter of "
        "energy (E₁), of all GPUs that the trial computed on; its power of each instant, added up by trapezoids (E₂), "
        "must come to the same within 5 %, or the number is n/a (`unreliable`). Where a GPU tells no power of the "
        "instant, it is the one that it averages itself. `cpu` is RAPL's counter of the processor's packages, memory "
        "not included; `meter` is an external meter's. These two have nothing to be held against. A counter counts all "
        "that runs on the machine, not the trial alone. `.net` leaves out what was drawn while everything was loaded "
        "and nothing came, which a case with `idle: 10 s` looks at before its first window. Less than 60 s of measured "
        "windows give n/a (`too_short`). Of several rounds the median, with an interval from six rounds on."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
