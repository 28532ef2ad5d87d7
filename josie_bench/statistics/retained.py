"""What tasks keep of their quality where modalities are missing: the same items with and without them, drawn together.

A task says something of a loss if what is lost comes in its windows, and if it can be done without: nobody writes down
speech that is never heard, so that there is no retention of it and no 0 either.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from josie_bench.statistics.item_bootstrap import (
    DRAWS,
    SEED,
    Drawing,
    Floats,
    OfSums,
    drawing_of,
    mean_of,
    percentile_interval,
)
from josie_bench.statistics.non_inferiority import figures_of_counts
from josie_bench.statistics.quality_figures import ANSWER, DESCRIBE, TRANSCRIBE, WRITES, match_figure, word_figure
from josie_bench.statistics.retention import READINGS, Task, retention_of
from josie_bench.statistics.turn_scores import FEWEST_EVENTS, judged_events
from josie_bench.statistics.turn_taking import is_timed_right, of_kind
from josie_bench.statistics.unjudged import why_none
from josie_bench.statistics.word_errors import rate_of_sums
from josie_bench.terms.dropout import Dropout
from josie_bench.terms.item_counts import ItemCounts
from josie_bench.terms.judged import ENGINE, WHOLE, Judged, JudgedItem
from josie_bench.terms.score import Score, missing
from josie_bench.terms.timeline import TURN

DIFFERENCE = "difference"
CONVERSATION = "conversation"
NOT_DEFINED = "not_defined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """The figure that says how well a task was done.

    Attributes:
        figure: what people know it as.
        judges: the roles of those whose numbers it is made of.
        counts: what rows count; those that were not judged are left out.
        of_sums: the figure, given the sums of the counts.
        best: the figure of what can do no better; above `worst` where higher is better.
        worst: the figure of what does nothing.
        takes: the modalities that come in the task's windows.
        needs: those without which nobody could do it.
        guess: counts, as `counts` does, what takes no model; None where that is to do nothing.
        fewest: of which a figure is made.
    """

    figure: str
    judges: tuple[str, ...]
    counts: Callable[[Iterable[JudgedItem]], ItemCounts]
    of_sums: OfSums
    best: float
    worst: float
    takes: tuple[str, ...]
    needs: tuple[str, ...]
    guess: Callable[[Iterable[JudgedItem]], ItemCounts] | None = None
    fewest: int = 1

    def why_silent(self, task: str, dropout: Dropout) -> str | None:
        """Return why a task says nothing of a loss, or None."""
        if set(self.takes).isdisjoint(dropout.of):
            return f"task {task} takes {' and '.join(self.takes)} alone: nothing of it is lost"
        gone = [name for name in self.needs if name in dropout.of]
        return f"nobody can do task {task} when {gone[0]} never arrives" if gone and dropout.is_total else None


def _turns(rows: Iterable[JudgedItem]) -> ItemCounts:
    timelines = [row.timeline for row in rows if row.timeline is not None]
    return judged_events(timelines, of_kind(is_timed_right, TURN))


QUALITIES: Mapping[str, Quality] = {
    TRANSCRIBE: Quality(
        figure="word error rate",
        judges=WRITES,
        counts=word_figure(TRANSCRIBE, WRITES, "written").of,
        of_sums=rate_of_sums,
        best=0.0,
        worst=1.0,
        takes=("audio", "text"),
        needs=("audio",),
    ),
    DESCRIBE: Quality(
        figure="share of captions that are right to the word",
        judges=WRITES,
        counts=match_figure(DESCRIBE, "written").of,
        of_sums=mean_of,
        best=1.0,
        worst=0.0,
        takes=("vision", "text"),
        needs=("text",),
        guess=match_figure(DESCRIBE, "frequent").of,
    ),
    ANSWER: Quality(
        figure="share of answers that are right to the word",
        judges=WRITES,
        counts=match_figure(ANSWER, "written").of,
        of_sums=mean_of,
        best=1.0,
        worst=0.0,
        takes=("audio", "vision"),
        needs=("audio",),
        guess=match_figure(ANSWER, "frequent").of,
    ),
    CONVERSATION: Quality(
        figure="share of turns answered in time",
        judges=(),
        counts=_turns,
        of_sums=mean_of,
        best=1.0,
        worst=0.0,
        takes=("audio",),
        needs=("audio",),
        fewest=FEWEST_EVENTS,
    ),
}
STATISTICS = (*READINGS, *QUALITIES, *(f"{task}.{DIFFERENCE}" for task in QUALITIES))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The items of a task with everything, and the same without what is lost.

    Attributes:
        whole, lacking: what they count, in the same order.
    """

    task: str
    whole: ItemCounts
    lacking: ItemCounts

    def figures(self, weights: Floats | None = None) -> Task:
        """Return both figures, given `[items]` how often each counts; once where it is not given."""
        quality = QUALITIES[self.task]
        counted = np.ones(len(self.whole.item)) if weights is None else weights
        full, lacking = figures_of_counts(self.whole, self.lacking, quality.of_sums)(counted)
        return Task(name=self.task, full=full, lacking=lacking, best=quality.best, worst=quality.worst)


def retention_scores(judged: Judged) -> dict[str, Score]:
    """Return what is left by each of `STATISTICS`, or why that is not known.

    A reading is of all tasks that say something of the loss, and has no number where one of them has none.
    """
    found = {task: paired(judged, task) for task in QUALITIES}
    pairs = [pair for pair in found.values() if isinstance(pair, Pair)]
    scores: dict[str, Score] = _scored(pairs)
    for task, why in found.items():
        if isinstance(why, Score):
            scores |= {task: why, f"{task}.{DIFFERENCE}": why}
    why_unread = _unread(judged, found)
    scores |= {} if why_unread is None else dict.fromkeys(READINGS, why_unread)
    return {name: scores[name] for name in STATISTICS}


def _unread(judged: Judged, found: Mapping[str, Pair | Score]) -> Score | None:
    """Return why there are no readings over tasks, or None."""
    asked = {task: pair for task, pair in found.items() if task in judged.tasks}
    reasons = {task: pair.na for task, pair in asked.items() if isinstance(pair, Score) and pair.na is not None}
    for reason in reasons.values():
        if reason.reason != NOT_DEFINED:
            return missing(reason.reason, reason.detail)
    if len(reasons) < len(asked):
        return None
    return missing(NOT_DEFINED, "; ".join(reason.detail for reason in reasons.values()) or "no task has a retention")


def paired(judged: Judged, task: str) -> Pair | Score:
    """Return the items of a task of `QUALITIES` on both sides, or why it says nothing."""
    quality, rows, beside = QUALITIES[task], judged.of(task, ENGINE), judged.of(task, WHOLE)
    if judged.dropout is None:
        return missing("not_measured", "nothing was lost")
    if task in judged.tasks and (why := quality.why_silent(task, judged.dropout)) is not None:
        return missing(NOT_DEFINED, why)
    if (none := why_none(judged, task, quality.judges, rows)) is not None:
        return none
    lacking, whole = quality.counts(rows), quality.counts(beside)
    if lone := sorted(set(whole.item) ^ set(lacking.item)):
        return missing("not_paired", f"{len(lone)} items were judged on one side only, the first {lone[0]}")
    if len(whole.item) < quality.fewest:
        n = len(whole.item)
        return missing("insufficient_samples", f"{n} make no figure of {task}", n=n, needed=quality.fewest)
    nothing = _nothing_to_lose(task, quality, whole, beside)
    return Pair(task=task, whole=whole, lacking=lacking) if nothing is None else nothing


def _nothing_to_lose(task: str, quality: Quality, whole: ItemCounts, rows: Iterable[JudgedItem]) -> Score | None:
    """Return that the model is no better with everything than what takes no model; None where it is.

    Who writes nothing, with everything and without, keeps all of it, and that is no quality.
    """
    full = quality.of_sums(whole.sums())
    without = quality.worst if quality.guess is None else quality.of_sums(quality.guess(rows).sums())
    is_better = full > without if quality.best > quality.worst else full < without
    if is_better:
        return None
    detail = f"with everything {task} has {full:.3g}, and what takes no model {without:.3g}"
    return missing("nothing_to_lose", detail, n=len(whole.item))


def _scored(pairs: Sequence[Pair]) -> dict[str, Score]:
    """Return the scores of tasks that have both figures, and of the readings over them."""
    values = _values([pair.figures() for pair in pairs])
    drawings = {pair.task: drawing_of(pair.whole.cluster) for pair in pairs}
    known = {task: drawing for task, drawing in drawings.items() if drawing is not None}
    drawn = [_values([*tasks]) for tasks in _draws([pair for pair in pairs if pair.task in known], known)]
    sizes = {pair.task: len(pair.whole.item) for pair in pairs}
    scores = {}
    for name, value in values.items():
        of = [name.partition(".")[0]] if name not in READINGS else list(sizes)
        n = sum(sizes[task] for task in of)
        if not math.isfinite(value):
            scores[name] = missing("nothing_to_lose", "there is no quality with everything that could be left", n=n)
            continue
        methods = dict.fromkeys(known[task].method for task in of if task in known)
        column = [row[name] for row in drawn] if set(of) <= set(known) else []
        method = f"{' and '.join(methods)}, both sides together"
        interval = percentile_interval(column, method) if column else None
        scores[name] = Score(value=value, n=n, interval=interval)
    return scores


def _draws(pairs: Sequence[Pair], drawings: Mapping[str, Drawing]) -> Iterator[tuple[Task, ...]]:
    """Yield both figures of each task on items drawn again; tasks of the same items get the same ones."""
    sets = list(dict.fromkeys(pair.whole.item for pair in pairs))
    weights = [drawings[pair.task].weights(DRAWS, SEED + sets.index(pair.whole.item)) for pair in pairs]
    for drawn in zip(*weights, strict=True):
        yield tuple(pair.figures(some) for pair, some in zip(pairs, drawn, strict=True))


def _values(tasks: Sequence[Task]) -> dict[str, float]:
    """Return all statistics of tasks, NaN where there is none."""
    over_all = retention_of(tasks)
    found: dict[str, float | None] = {name: getattr(over_all, name) for name in READINGS}
    if any(task.retention is None for task in tasks):  # a mean of the others would be of fewer tasks, unseen
        found |= {"macro": None, "worst": None}
    for task in tasks:
        found[task.name] = task.retention
        found[f"{task.name}.{DIFFERENCE}"] = (task.lacking - task.full) / (task.best - task.worst)
    return {name: math.nan if value is None else value for name, value in found.items()}
