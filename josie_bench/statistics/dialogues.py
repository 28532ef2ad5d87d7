"""The dialogues that were held, and their scores beside those of what takes no model."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from josie_bench.statistics.quality_figures import judged_of
from josie_bench.statistics.turn_baselines import BASELINES, with_baselines
from josie_bench.statistics.unjudged import why_none
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score
from josie_bench.terms.timeline import Timeline

TASK = "conversation"


def dialogue_scores(
    recording: Recording,
    statistics: Collection[str],
    scores: Callable[[Sequence[Timeline]], dict[str, Score]],
    baselines: Collection[str] = tuple(BASELINES),
) -> dict[str, Score]:
    """Return the scores of the dialogues of a recording and of baselines on them, or why there are none.

    Args:
        recording: of dialogues.
        statistics: the name of every score.
        scores: those of some dialogues.
        baselines: that can have such scores.
    """
    judged = judged_of(recording)
    rows = judged.of(TASK)
    if (why := why_none(judged, TASK, (), rows)) is not None:
        return dict.fromkeys(statistics, why)
    return with_baselines([row.timeline for row in rows if row.timeline is not None], scores, baselines)
