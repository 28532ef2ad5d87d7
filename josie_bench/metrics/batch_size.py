"""Batch size: how many sessions' windows a step of the model answers together. Definition `batch_size/1`."""

from __future__ import annotations

import numpy as np

from josie_bench.metrics import OF_SESSIONS, Metric
from josie_bench.statistics.batches import batches_of
from josie_bench.statistics.percentiles import mean_score
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score


def _compute(recording: Recording) -> dict[str, Score]:
    sizes = [batches_of(one).size for one in recording.by_round()]
    runs = np.repeat(np.arange(len(sizes)), [len(size) for size in sizes])
    return {"mean": mean_score(np.concatenate(sizes).astype(np.float64), runs)}


METRIC = Metric(
    title="Batch size",
    unit="windows",
    direction="none",
    definition="batch_size/1",
    origin="windows on which work began at one instant",
    description=(
        "How many windows, each of another session, one step of the model answers: N over the number of steps. 1 where "
        "`batching` is `sequential`. It grows with the load, for who closes while a step runs is in the next one; a "
        "size near the number of sessions says that the model never rests. An interval comes from the means of several "
        "runs."
    ),
    statistics={"mean": "answered windows over steps; its interval comes from several runs"},
    compute=_compute,
    of=OF_SESSIONS,
)
