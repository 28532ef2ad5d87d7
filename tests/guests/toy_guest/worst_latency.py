"""A metric that breaks what it can: no version, an infinite number, the warm-up counted, a statistic too many."""

from __future__ import annotations

import dataclasses

import numpy as np
from toy_guest.answered_share import METRIC as GOOD

from josie_bench.terms.score import Score


def compute(recording):
    took = np.where(recording.is_answered, recording.finished_ns - recording.scheduled_ns, np.inf)
    return {"worst": Score(value=float(np.max(took)), n=len(took)), "extra": Score(value=1.0, n=1)}


METRIC = dataclasses.replace(
    GOOD, definition="worst_latency", unit="furlongs", statistics={"worst": "of all"}, compute=compute
)
