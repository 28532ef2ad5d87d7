"""Stalls: for how long the listener's player runs dry. Definition `stalls/1`."""

from __future__ import annotations

from josie_bench.metrics import Metric, closed_loop_scores
from josie_bench.statistics.series import measured_spurts
from josie_bench.terms.playback import PREBUFFERS_MS, audible_stalls_ns
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing
from josie_bench.terms.timebase import ms_from_ns, ns_from_ms

STATISTICS = {
    f"{kind}.p{ms}": f"{words} with a prebuffer of {ms} ms; no interval"
    for kind, words in {"total": "all stalls together", "worst": "the longest stall"}.items()
    for ms in PREBUFFERS_MS
}


def _compute(recording: Recording) -> dict[str, Score]:
    if not recording.is_open_loop:
        return closed_loop_scores(STATISTICS)
    spoken = measured_spurts(recording)
    if not spoken:
        return dict.fromkeys(STATISTICS, missing("silent", "the model did not speak in the measured windows"))
    chunks = sum(len(spurt.rows) for spurt in spoken)
    parts = [(spurt.ready_ns, spurt.duration_ns) for spurt in spoken]
    heard = {ms: audible_stalls_ns(parts, ns_from_ms(ms)) for ms in PREBUFFERS_MS}
    found = {f"total.p{ms}": int(stalls.sum()) for ms, stalls in heard.items()}
    found |= {f"worst.p{ms}": int(stalls.max(initial=0)) for ms, stalls in heard.items()}
    return {statistic: Score(value=ms_from_ns(ns), n=chunks) for statistic, ns in found.items()}


METRIC = Metric(
    title="Stalls",
    unit="ms",
    direction="lower",
    definition="stalls/1",
    origin="a chunk of speech is due in the player → it is readable",
    description=(
        "The stalls x_j that `underruns` counts, those above 5 ms, as times: their sum over all speech of the measured "
        "windows, and the longest. A sum grows with how much was said, so it compares trials of equal length. 0 where "
        "the player never ran dry. n is the number of chunks. A model that never speaks gives n/a, and so does a "
        "closed loop."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
