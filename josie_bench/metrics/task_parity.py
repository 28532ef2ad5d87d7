"""What engines lose in quality against the reference, in units of what is allowed. Definition `task_parity/2`."""

from __future__ import annotations

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.item_bootstrap import LEVEL
from josie_bench.statistics.non_inferiority import NonInferiority
from josie_bench.statistics.quality_figures import FIGURES, judged_of, loss
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Interval, Score, missing

STATISTICS = {
    name: f"loss of {name} over its margin of {figure.margin.worst:g}"
    for name, figure in FIGURES.items()
    if figure.margin is not None
}


def _compute(recording: Recording) -> dict[str, Score]:
    judged = judged_of(recording)
    return {name: _in_margins(loss(FIGURES[name], judged)) for name in STATISTICS}


def _in_margins(found: NonInferiority | Score) -> Score:
    if isinstance(found, Score):
        return found
    if not found.margin:
        return missing("no_margin", "a share of a figure of 0 leaves no margin", n=found.n)
    interval = None
    if found.upper is not None:
        high = found.upper / found.margin
        interval = Interval(level=LEVEL, low=None, high=high, method=f"one-sided, {found.method}")
    return Score(value=found.loss / found.margin, n=found.n, interval=interval)


METRIC = Metric(
    title="Loss of quality against the reference",
    unit="ratio",
    direction="lower",
    definition="task_parity/2",
    origin="the engines' figure against that of the eager FP32 reference, on the same items",
    description=(
        "How much worse the engines' figure is, over the loss that still counts as none: 0.2 percentage points of word "
        "errors, 0.3 of BLEU and chrF, 0.05 of an opinion score, 0.01 of STOI and of exact matches, 0.1 dB of frames, "
        "2 % of the reference's KID. Below 0 the engines are better. They are no worse where the upper bound "
        "(one-sided, 95 %, both figures made anew on the same draws) is below 1: to find no difference is not enough. "
        "Where fewer than five items or speakers differ, as many as may differ unseen count in it as if they came to "
        "nothing, and of sound and pictures there is no bound. "
        "A reference that is no better than what does nothing, a word error rate of 1, no exact match or a BLEU of 0, "
        "has nothing to lose, and then there is none. `wer_codec` is the decoded rate: both sides have the same "
        "recordings, so that the difference to their own rate loses as much. Each figure in its own unit is in the "
        "case's notes."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    judges=("recogniser", "normaliser", "bleu", "chrf", "dnsmos", "pesq", "stoi", "pixel_decoder", "inception"),
)
