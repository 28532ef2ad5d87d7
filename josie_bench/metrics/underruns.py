"""Underruns: how often the listener's player runs dry. Definition `underruns/1`."""

from __future__ import annotations

from josie_bench.metrics import Metric, closed_loop_scores
from josie_bench.statistics.series import measured_spurts
from josie_bench.terms.playback import PREBUFFERS_MS, audible_stalls_ns
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing
from josie_bench.terms.timebase import MS_PER_S, ms_from_ns, ns_from_ms

MS_PER_MINUTE = 60 * MS_PER_S
STATISTICS = {f"p{ms}": f"stalls per minute of speech with a prebuffer of {ms} ms; no interval" for ms in PREBUFFERS_MS}


def _compute(recording: Recording) -> dict[str, Score]:
    if not recording.is_open_loop:
        return closed_loop_scores(STATISTICS)
    spoken = measured_spurts(recording)
    if not spoken:
        return dict.fromkeys(STATISTICS, missing("silent", "the model did not speak in the measured windows"))
    chunks = sum(len(spurt.rows) for spurt in spoken)
    minutes = ms_from_ns(sum(int(spurt.duration_ns.sum()) for spurt in spoken)) / MS_PER_MINUTE
    parts = [(spurt.ready_ns, spurt.duration_ns) for spurt in spoken]
    events = {prebuffer_ms: len(audible_stalls_ns(parts, ns_from_ms(prebuffer_ms))) for prebuffer_ms in PREBUFFERS_MS}
    return {f"p{ms}": Score(value=count / minutes, n=chunks, count=count) for ms, count in events.items()}


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
        "underrun, a window without an answer inside a spurt is heard as one. What the codec is late comes first in a "
        "spurt's sound and is played like the rest, so it shifts all of the speech and changes no stall. n is the "
        "number of chunks. A model that never speaks gives n/a, and so does a closed loop."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
