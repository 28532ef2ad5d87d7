"""How often the model takes over, as Full-Duplex-Bench v1.0 counts it. Definition `compat_fdb_takeover/1`."""

from __future__ import annotations

from collections.abc import Sequence

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.dialogues import dialogue_scores
from josie_bench.statistics.full_duplex_bench import is_taken, is_taken_amid
from josie_bench.statistics.turn_baselines import named_with_baselines
from josie_bench.statistics.turn_scores import share_score
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score
from josie_bench.terms.timeline import Timeline

STATISTICS = named_with_baselines(
    {
        "turn": "of turns that find it silent, until the next; higher is better",
        "pause": "of such turns with a pause, until their own end; lower is better",
    }
)


def _scores(timelines: Sequence[Timeline]) -> dict[str, Score]:
    return {"turn": share_score(timelines, is_taken), "pause": share_score(timelines, is_taken_amid)}


def _compute(recording: Recording) -> dict[str, Score]:
    return dialogue_scores(recording, STATISTICS, _scores)


METRIC = Metric(
    title="Takeover rate (Full-Duplex-Bench v1.0)",
    unit="ratio",
    direction="none",
    definition="compat_fdb_takeover/1",
    origin="a turn's start → the next turn's, or its own end",
    description=(
        "TOR of Lin et al. (2025, arXiv 2503.04721), by the thresholds of its evaluation scripts: the model has "
        "taken over if a second or more lies between its first sound and its last in the sample. Beyond that it asks "
        "for more than three words in a shorter time, which are not counted here, and recognises words where we "
        "detect sound. Samples are cut out of longer conversations. Our own figures are `response_timing` and "
        "`pause_handling`. Fewer than 30 events make no rate."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=("conversation",),
)
