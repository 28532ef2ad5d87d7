"""Memory growth: how much more memory the trial holds from minute to minute. Definition `memory_growth/1`."""

from __future__ import annotations

from josie_bench.metrics import Metric
from josie_bench.statistics.percentiles import median_over_rounds
from josie_bench.statistics.slope import slope_score
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing
from josie_bench.terms.timebase import NS_PER_S

STATISTICS = {"slope": "MiB a minute by which the trial's processes grow while windows are measured"}


def _compute(recording: Recording) -> dict[str, Score]:
    if recording.telemetry is None:
        return {"slope": missing("not_measured", "nobody watched the trial's memory")}
    return median_over_rounds([{"slope": _slope(one)} for one in recording.by_round()])


def _slope(recording: Recording) -> Score:
    rows = recording.answered()
    if recording.telemetry is None or not rows.any():
        return missing("not_measured", "no window was measured, or nobody watched")
    begin_ns, end_ns = int(recording.scheduled_ns[rows].min()), int(recording.finished_ns[rows].max())
    instants, sizes = recording.telemetry.series("memory", "resident")
    is_inside = (instants >= begin_ns) & (instants <= end_ns)
    minutes = (instants[is_inside] - begin_ns) / (60 * NS_PER_S)
    return slope_score(minutes, sizes[is_inside])


METRIC = Metric(
    title="Memory growth",
    unit="MiB/min",
    direction="lower",
    definition="memory_growth/1",
    origin="resident memory of the trial's processes, while windows are measured",
    description=(
        "The measured time is cut into 20 equal stretches; the slope is the median of the slopes of all pairs of "
        "their medians (Theil 1950, Sen 1968), so that a step or a peak does not make a slope. Its interval is Sen's, "
        "from Kendall's statistic. A leak is a slope whose lower bound is above what one can live with. What the bench "
        "itself keeps of each window is in it. With several rounds it is the median of theirs. Less than a minute of "
        "measured windows gives n/a (`too_short`)."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
