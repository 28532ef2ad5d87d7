"""Turn tokens: whether what came out holds tokens that begin or end a turn. Definition `turn_tokens/1`."""

from __future__ import annotations

from josie_bench.metrics import Metric
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing

STATISTICS = {"windows": "share of the answered windows in which such a token came out; a count of all, no interval"}


def _compute(recording: Recording) -> dict[str, Score]:
    rows = recording.answered()
    n = int(rows.sum())
    if recording.turn_tokens is None:
        return {"windows": missing("not_measured", "nobody looked at the tokens")}
    if not n:
        return {"windows": missing("no_samples", "no window was measured and answered")}
    count = int((recording.turn_tokens[rows] > 0).sum())
    return {"windows": Score(value=count / n, n=n, count=count)}


METRIC = Metric(
    title="Turn tokens",
    unit="ratio",
    direction="none",
    definition="turn_tokens/1",
    origin="the text tokens that came out of the measured windows",
    description=(
        "#{k: a token of window k begins or ends a turn} / N over the N measured windows that were answered. Counted "
        "are all special tokens but silence and padding. A conversation of mode realtime must have none: its turns are "
        "made by silence alone. One of mode turn ends its answers with one. They are read from the answer itself, "
        "whatever its draw was allowed."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
