"""Burst lengths: how many bursts of missed windows have which length. Definition `burst_lengths/1`."""

from __future__ import annotations

import math

import numpy as np

from josie_bench.metrics import Metric, closed_loop_scores
from josie_bench.statistics.deadlines import burst_rows, conversed_excess_ns
from josie_bench.statistics.proportion import ratio_score
from josie_bench.statistics.series import conversations_are
from josie_bench.terms.recording import Bools, Ints, Recording
from josie_bench.terms.score import Score, missing

CLASSES = {"one": (1, 1), "two": (2, 2), "three_to_five": (3, 5), "six_to_ten": (6, 10), "above_ten": (11, math.inf)}
DEADLINES = {"budget": "the case's deadline", "hop": "the windows' own hops"}
STATISTICS = {
    f"{deadline}.{name}": f"share of the bursts past {words} of length {name.replace('_', ' ')}"
    for deadline, words in DEADLINES.items()
    for name in CLASSES
}


def _compute(recording: Recording) -> dict[str, Score]:
    if not recording.is_open_loop:
        return closed_loop_scores(STATISTICS)
    found, runs = conversed_excess_ns(recording)
    return {
        f"{deadline}.{name}": score
        for deadline, excess in found.items()
        for name, score in _histogram(excess > 0.0, runs, conversations_are(recording)).items()
    }


def _histogram(is_late: Bools, runs: Ints | None, runs_are: str) -> dict[str, Score]:
    if not len(is_late):
        return dict.fromkeys(CLASSES, missing("no_samples", "no window was measured"))
    begins, lengths = burst_rows(is_late, runs)
    if not len(lengths):
        return dict.fromkeys(CLASSES, missing("no_miss", "no window missed the deadline"))
    own = None if runs is None else runs[begins]
    return {
        name: ratio_score(np.logical_and(lengths >= least, lengths <= most), runs=own, runs_are=runs_are)
        for name, (least, most) in CLASSES.items()
    }


METRIC = Metric(
    title="Burst lengths",
    unit="ratio",
    direction="none",
    definition="burst_lengths/1",
    origin="scheduled window close → deadline",
    description=(
        "The histogram of miss bursts, each class with its count among all bursts; the classes add up to 1. A burst is"
        " what `miss_bursts` says. The sample is the bursts, and its interval Clopper-Pearson on their n_eff. Without a"
        " miss there is nothing to count (`no_miss`). A closed loop has no deadlines and gives n/a."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
