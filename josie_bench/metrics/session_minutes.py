"""Session minutes: how much of the sessions' time was held, missed and lost. Definition `session_minutes/1`."""

from __future__ import annotations

from josie_bench.metrics import OF_SESSIONS, Metric, closed_loop_scores
from josie_bench.statistics.evictions import session_time
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing
from josie_bench.terms.timebase import min_from_ns

STATISTICS = {
    "held": "minutes of windows that were answered within the deadline; no interval",
    "missed": "minutes of windows that were late, dropped or not answered while their session was there; no interval",
    "lost": "minutes of windows that came when their session had been sent away; no interval",
}


def _compute(recording: Recording) -> dict[str, Score]:
    if not recording.is_open_loop:
        return closed_loop_scores(STATISTICS)
    n = int(recording.measured().sum())
    if n == 0:
        return dict.fromkeys(STATISTICS, missing("no_samples", "no window was measured"))
    time = session_time(recording)
    parts = (time.held_ns, time.missed_ns, time.lost_ns)
    return {name: Score(value=min_from_ns(ns), n=n) for name, ns in zip(STATISTICS, parts, strict=True)}


METRIC = Metric(
    title="Session minutes",
    unit="min",
    direction="none",
    definition="session_minutes/1",
    origin="scheduled window close → deadline",
    description=(
        "The sum of hops over all measured windows, of all sessions and rounds, by what became of them: answered with "
        "R_k ≤ D, not so while their session was there, or lost because it had been sent away (`eviction`). The three "
        "are all the time for which sessions that were let in wanted to stay, so that nobody who was sent away is left "
        "out; of those who were refused nothing is in it (`refusal_ratio`)."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_SESSIONS,
)
