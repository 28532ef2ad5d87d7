"""Vision tokens: how much was seen in a window. Definition `vision_tokens/1`."""

from __future__ import annotations

from josie_bench.metrics import Metric
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing

STATISTICS = {
    "mean": "tokens of the windows in which something was seen, on average; a count, no interval",
    "max": "the most tokens that a window had",
}


def _compute(recording: Recording) -> dict[str, Score]:
    tokens = recording.vision_tokens[recording.answered()]
    seen = tokens[tokens > 0]
    if not len(seen):
        return dict.fromkeys(STATISTICS, missing("not_seen", "nothing was seen in any measured window"))
    return {
        "mean": Score(value=float(seen.mean()), n=len(seen)),
        "max": Score(value=float(seen.max()), n=len(seen)),
    }


METRIC = Metric(
    title="Vision tokens",
    unit="tokens",
    direction="none",
    definition="vision_tokens/1",
    origin="the pictures of the measured windows that were answered → tokens that went into the temporal transformer",
    description=(
        "How much work the pictures were. A picture becomes a grid of tokens of its own proportions that keeps within "
        "the budget, so that there are mostly fewer than the setting `token_budget` allows. Latencies and memory of "
        "different budgets are to be held against this number."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
