"""Power: what is drawn on average, at most and in idleness, and what may be. Definition `power/1`."""

from __future__ import annotations

from josie_bench.metrics import Metric
from josie_bench.statistics.energy import DRAWS, Floats, Stretch, idle_power_w, mean_power_w
from josie_bench.statistics.percentiles import median_over_rounds, percentile_scores
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import NotAvailable, Score, missing
from josie_bench.terms.telemetry import POWER, POWER_INSTANT, POWER_LIMIT, Telemetry, gpu_absence

STATISTICS = {
    **{f"{draw}.mean": f"of {what}, while windows are measured" for draw, what in DRAWS.items()},
    **{f"{draw}.idle": f"of {what}, while everything is loaded and nothing comes" for draw, what in DRAWS.items()},
    "gpu.p99": "of the readings of the trial's GPU, every 50 ms while windows are measured",
    "gpu.cap": "the least that the trial's GPUs were allowed to draw meanwhile",
}


def _compute(recording: Recording) -> dict[str, Score]:
    return median_over_rounds([_of_round(one) for one in recording.by_round()])


def _of_round(recording: Recording) -> dict[str, Score]:
    stretch, told = recording.measured_stretch(), recording.telemetry
    if stretch is None:
        return dict.fromkeys(STATISTICS, missing("no_samples", "no window was measured"))
    return {
        **{f"{draw}.mean": _score(mean_power_w(told, draw, stretch)) for draw in DRAWS},
        **{f"{draw}.idle": _score(idle_power_w(recording, draw)) for draw in DRAWS},
        "gpu.p99": _p99(told, stretch),
        "gpu.cap": _score(_cap(told, stretch)),
    }


def _p99(told: Telemetry | None, stretch: Stretch) -> Score:
    """Return the 99th percentile of one GPU's readings; those of several are not taken at one instant."""
    gpus = [] if told is None else told.gpus()
    if told is None or not gpus:
        return Score(value=None, n=0, na=gpu_absence(told))
    if len(gpus) > 1:
        return missing("ambiguous", f"power of {len(gpus)} GPUs is not read at one instant, so it has no sum")
    name = POWER_INSTANT if len(told.series(gpus[0], POWER_INSTANT)[0]) else POWER
    return percentile_scores(_inside(told, gpus[0], name, stretch), (99.0,))["p99"]


def _cap(told: Telemetry | None, stretch: Stretch) -> float | NotAvailable:
    gpus = [] if told is None else told.gpus()
    if told is None or not gpus:
        return gpu_absence(told)
    limits = [_inside(told, gpu, POWER_LIMIT, stretch) for gpu in gpus]
    if not all(len(readings) for readings in limits):
        return NotAvailable(reason="not_supported", detail="a GPU does not tell its power limit")
    return float(sum(readings.min() for readings in limits))


def _inside(told: Telemetry, gpu: str, name: str, stretch: Stretch) -> Floats:
    instants, values = told.series(gpu, name)
    return values[(instants >= stretch[0]) & (instants <= stretch[1])]


def _score(power: float | NotAvailable) -> Score:
    return Score(value=None, n=0, na=power) if isinstance(power, NotAvailable) else Score(value=power, n=1)


METRIC = Metric(
    title="Power",
    unit="W",
    direction="none",
    definition="power/1",
    origin="from the close of the first measured window to the last answer",
    description=(
        "`mean` is the mean power that `energy` is made of, n/a where that is. `gpu.p99` is taken from NVML's power "
        "of the instant, or, where a GPU does not tell that, from the one that it averages itself, mostly over a "
        "second; `gpu.cap` is its enforced limit, to set both beside. `idle` is of the time for which a case with "
        "`idle: 10 s` waits before its first window. Of several rounds the median, with an interval from six rounds "
        "on."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
