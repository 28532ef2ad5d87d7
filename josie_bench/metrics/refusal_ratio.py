"""Refusal ratio: the share of sessions that came and were not let in. Definition `refusal_ratio/1`."""

from __future__ import annotations

import numpy as np

from josie_bench.metrics import OF_SESSIONS, Metric
from josie_bench.statistics.proportion import ratio_score
from josie_bench.statistics.series import refused_sessions
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score


def _compute(recording: Recording) -> dict[str, Score]:
    refused = [refused_sessions(one) for one in recording.by_round()]
    runs = np.repeat(np.arange(len(refused)), [len(flags) for flags in refused])
    return {"of_sessions": ratio_score(np.concatenate(refused), runs=runs)}


METRIC = Metric(
    title="Refusal ratio",
    unit="ratio",
    direction="lower",
    definition="refusal_ratio/1",
    origin="a session comes → it is let in",
    description=(
        "The share of sessions that came while others were measured and were refused, for `admit` of them were there "
        "or had their seat kept, or as `admission.busy` left no room. Sessions are numbered as they come, and a number "
        "that no window bears is of one that was refused; those that came behind the last that was let in are not "
        "counted. Nothing of them counts as missed: they were told at once. It is 0 where neither is set."
    ),
    statistics={"of_sessions": "share of the sessions that came which were refused"},
    compute=_compute,
    of=OF_SESSIONS,
)
