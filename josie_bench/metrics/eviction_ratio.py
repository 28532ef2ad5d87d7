"""Eviction ratio: the share of sessions that were sent away. Definition `eviction_ratio/1`."""

from __future__ import annotations

import numpy as np

from josie_bench.metrics import OF_SESSIONS, Metric
from josie_bench.statistics.evictions import lost
from josie_bench.statistics.proportion import count_score
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score


def _compute(recording: Recording) -> dict[str, Score]:
    talks, rows = recording.conversation_of_each(), recording.measured()
    gone = len(np.unique(talks[rows & lost(recording)]))
    return {"of_sessions": count_score(gone, len(np.unique(talks[rows])), method="Clopper-Pearson over sessions")}


METRIC = Metric(
    title="Eviction ratio",
    unit="ratio",
    direction="lower",
    definition="eviction_ratio/1",
    origin="a session comes → it is sent away",
    description=(
        "The share of sessions with measured windows which were sent away, now or in the warm-up, because `eviction` "
        "saw too many windows missed. A session that was sent away was not held: each window that would have come "
        "until it had left by itself counts as missed in `deadline_miss_ratio`, and `session_minutes` tells them "
        "apart. It is 0 where `eviction` is not set."
    ),
    statistics={"of_sessions": "share of the sessions that were sent away"},
    compute=_compute,
    of=OF_SESSIONS,
)
