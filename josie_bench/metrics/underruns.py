"""Underruns: how often the listener's player runs dry. Definition `underruns/1`."""

from __future__ import annotations

import numpy as np

from josie_bench.metrics import Metric, closed_loop_scores
from josie_bench.statistics.series import measured_spurts
from josie_bench.terms.playback import stalls_ns
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing
from josie_bench.terms.timebase import MS_PER_S, ms_from_ns, ns_from_ms

PREBUFFERS_MS = {"p0": 0, "p40": 40, "p80": 80, "p160": 160}
AUDIBLE_STALL_MS = 5.0
MS_PER_MINUTE = 60 * MS_PER_S
STATISTICS = {
    statistic: f"stalls per minute of speech with a prebuffer of {prebuffer_ms} ms; no interval"
    for statistic, prebuffer_ms in PREBUFFERS_MS.items()
}


def _compute(recording: Recording) -> dict[str, Score]:
    if not recording.is_open_loop:
        return closed_loop_scores(STATISTICS)
    spoken = measured_spurts(recording)
    if not spoken:
        return dict.fromkeys(STATISTICS, missing("silent", "the model did not speak in the measured windows"))
    chunks = sum(len(spurt.rows) for spurt in spoken)
    minutes = ms_from_ns(sum(int(spurt.duration_ns.sum()) for spurt in spoken)) / MS_PER_MINUTE
    audible_ns = ns_from_ms(AUDIBLE_STALL_MS)
    found: dict[str, Score] = {}
    for statistic, prebuffer_ms in PREBUFFERS_MS.items():
        stalls = [stalls_ns(spurt.ready_ns, spurt.duration_ns, ns_from_ms(prebuffer_ms)) for spurt in spoken]
        events = int(np.count_nonzero(np.concatenate(stalls) > audible_ns))
        found[statistic] = Score(value=events / minutes, n=chunks, count=events)
    return found


METRIC = Metric(
    title="Underruns",
    unit="1/min",
    direction="lower",
    definition="underruns/1",
    origin="a chunk of speech is due in the player → it is readable",
    description=(
        "A virtual listener plays each talk-spurt: it starts P after the first chunk is readable, chunk j is due at "
        "u_j = e_1 + P + Σ_{i<j} (δ_i + x_i) and stalls for x_j = max(0, e_j − u_j), δ being how long a chunk plays. "
        "Stalls above 5 ms are events; they are counted per minute of speech played. Silence of the model is not an "
        "underrun, a window without an answer inside a spurt is heard as one. n is the number of chunks. A model that "
        "never speaks gives n/a, and so does a closed loop."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
