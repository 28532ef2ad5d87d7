"""The figures of quality, most of them sums over items: with an interval on one side, and as a loss between two.

What is drawn again is items, or speakers where there are enough. A margin says what loss is still none: see
`statistics.non_inferiority`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from josie_bench.statistics.item_bootstrap import OfSums, corpus_score, drawing_of, mean_of, share_of
from josie_bench.statistics.non_inferiority import (
    MARGINS,
    Figures,
    Margin,
    NonInferiority,
    differing_counts,
    figures_of_counts,
    non_inferiority,
)
from josie_bench.statistics.picture_figures import PictureFigure, frechet_pairs_score, kernel_pairs_score
from josie_bench.statistics.text_overlap import OVERLAPS
from josie_bench.statistics.unjudged import why_none
from josie_bench.statistics.word_errors import extra_rate_of_sums, rate_of_sums, score_words, word_errors
from josie_bench.terms.item_counts import ItemCounts, ItemScore, gather
from josie_bench.terms.judged import ENGINE, PIXEL_DECODER, REFERENCE, Judged, JudgedItem
from josie_bench.terms.recording import Bools, Recording
from josie_bench.terms.score import Score, missing

Counts = Callable[[JudgedItem], ItemScore | None]
CODEC, TRANSCRIBE, DESCRIBE, ANSWER, LOOK = "codec", "transcribe", "describe", "answer", "look"
TEXT_TASKS = (TRANSCRIBE, DESCRIBE, ANSWER)  # in which the model writes what there is a reference of
HEARS = ("recogniser", "normaliser")  # whose numbers a word error rate of sound is made of
WRITES = ("normaliser",)  # of text
SEES = (PIXEL_DECODER, "inception")
SEES_EARLY = (PIXEL_DECODER, "inception_64")
EARLY = ("before.64", "after.64")
KID = PictureFigure(task=LOOK, judges=SEES, measure=kernel_pairs_score, margin=MARGINS["kid"])
RFID = PictureFigure(task=LOOK, judges=SEES, measure=frechet_pairs_score)
RFID_64 = PictureFigure(task=LOOK, judges=SEES_EARLY, measure=frechet_pairs_score, names=EARLY)


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlapRow:
    """A text whose overlap with the reference is told.

    Attributes:
        task: whose items it is of.
        text: its name there.
        meaning: in one line.
    """

    task: str
    text: str
    meaning: str


OVERLAP_ROWS = {
    "transcribe": OverlapRow(task=TRANSCRIBE, text="written", meaning="of transcripts"),
    "transcribe.frequent": OverlapRow(
        task=TRANSCRIBE, text="frequent", meaning="beside it, of always writing the commonest sentence of the corpus"
    ),
    "describe": OverlapRow(task=DESCRIBE, text="written", meaning="of captions"),
    "describe.frequent": OverlapRow(
        task=DESCRIBE, text="frequent", meaning="beside it, of the commonest caption, which takes no eyes"
    ),
    "answer": OverlapRow(task=ANSWER, text="written", meaning="of answers"),
    "answer.frequent": OverlapRow(
        task=ANSWER,
        text="frequent",
        meaning="beside it, of the commonest answer to each question, which takes no eyes",
    ),
    "answer.copy": OverlapRow(task=ANSWER, text="copy", meaning="beside it, of writing down the question"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A corpus figure.

    Attributes:
        task: whose items it is of.
        judges: the roles of those whose numbers it is made of.
        counts: what one item counts; None where it was not judged.
        of_sums: the figure, given the sums of the counts.
        margin: what loss is still none; None where nobody has set one.
        nothing: the figure of what does nothing; who has no better one has nothing to lose. None where it is not known.
        is_share: it is of items that count or do not.
    """

    task: str
    judges: tuple[str, ...]
    counts: Counts
    of_sums: OfSums
    margin: Margin | None = None
    nothing: float | None = None
    is_share: bool = False

    def of(self, rows: Iterable[JudgedItem]) -> ItemCounts:
        """Return what the items count; those that were not judged are left out."""
        return gather(found for row in rows if (found := self.counts(row)) is not None)

    def both(self, reference: ItemCounts, other: ItemCounts) -> Figures:
        """Return both systems' figures, given how often each item counts."""
        return figures_of_counts(reference, other, self.of_sums)

    def differing(self, reference: ItemCounts, other: ItemCounts) -> Bools:
        """Return `[items]` which of the reference's count otherwise in the other system."""
        return differing_counts(reference, other)

    def score(self, judged: Judged, side: str = ENGINE) -> Score:
        """Return the figure of one side with its interval, or why there is none."""
        rows = judged.of(self.task, side)
        if (why := why_none(judged, self.task, self.judges, rows)) is not None:
            return why
        return self._scored(self.of(rows))

    def _scored(self, items: ItemCounts) -> Score:
        if not self.is_share:
            return corpus_score(items, self.of_sums)
        drawing = drawing_of(items.cluster)
        drawn = ("", 0) if drawing is None else (drawing.method.removeprefix("bootstrap over "), drawing.units)
        return share_of(items, drawn[1], drawn[0])

    def beats_nothing(self, value: float) -> bool:
        """Return whether a figure is better than that of what does nothing, as far as that is known."""
        return self.nothing is None or self.margin is None or self.margin.loss(self.nothing, value) < 0.0

    def why_no_loss(self, reference: ItemCounts) -> Score | None:
        """Return that the reference has no figure, or none better than what does nothing; None where it has."""
        n, value = len(reference.item), self.of_sums(reference.sums())
        if not math.isfinite(value):
            return missing("no_samples", "the items hold nothing to count", n=n)
        if self.beats_nothing(value):
            return None
        detail = f"the reference has {value:.3g}, and what does nothing {self.nothing:g}: there is nothing to lose"
        return missing("nothing_to_lose", detail, n=n)


def judged_of(recording: Recording) -> Judged:
    """Return what was judged; nothing where windows were timed instead."""
    return recording.judged if recording.judged is not None else Judged(tasks=())


def mean_figure(task: str, judge: str, name: str, margin: Margin | None = None) -> Figure:
    """Return the mean over items of a judge's number of this name."""

    def counts(row: JudgedItem) -> ItemScore | None:
        if name not in row.values:
            return None
        return ItemScore(item=row.item, cluster=row.cluster, counts={"sum": row.values[name], "items": 1.0})

    return Figure(task=task, judges=(judge,), counts=counts, of_sums=mean_of, margin=margin)


def difference_figure(task: str, judge: str, name: str, less: str) -> Figure:
    """Return the mean over items of one of a judge's numbers minus another of the same item."""

    def counts(row: JudgedItem) -> ItemScore | None:
        if name not in row.values or less not in row.values:
            return None
        difference = row.values[name] - row.values[less]
        return ItemScore(item=row.item, cluster=row.cluster, counts={"sum": difference, "items": 1.0})

    return Figure(task=task, judges=(judge,), counts=counts, of_sums=mean_of)


def word_figure(
    task: str, judges: tuple[str, ...], heard: str | None, margin: Margin | None = None, against: str = "reference"
) -> Figure:
    """Return the word error rate of a text of this name against another; of an empty one without a name."""

    def counts(row: JudgedItem) -> ItemScore | None:
        text = "" if heard is None else row.texts.get(heard)
        said = row.texts.get(against)
        return None if text is None or said is None else score_words(row.item, row.cluster, said, text)

    return Figure(task=task, judges=judges, counts=counts, of_sums=rate_of_sums, margin=margin, nothing=1.0)


def match_figure(task: str, written: str, margin: Margin | None = None) -> Figure:
    """Return the share of items whose text of this name is the `reference`."""

    def counts(row: JudgedItem) -> ItemScore | None:
        if not {written, "reference"} <= set(row.texts):
            return None
        is_right = float(row.texts[written] == row.texts["reference"])
        return ItemScore(item=row.item, cluster=row.cluster, counts={"right": is_right, "items": 1.0})

    return Figure(task=task, judges=WRITES, counts=counts, of_sums=mean_of, margin=margin, nothing=0.0, is_share=True)


def extra_word_figure(task: str, judges: tuple[str, ...], heard: str, floor: str) -> Figure:
    """Return a text's word error rate against the reference minus that of another text of the same items."""

    def counts(row: JudgedItem) -> ItemScore | None:
        if not {heard, floor, "reference"} <= set(row.texts):
            return None
        said = row.texts["reference"].split()
        both = {
            f"{side} {name}": count
            for side in (heard, floor)
            for name, count in word_errors(said, row.texts[side].split()).items()
        }
        return ItemScore(item=row.item, cluster=row.cluster, counts=both)

    return Figure(task=task, judges=judges, counts=counts, of_sums=extra_rate_of_sums)


def overlap_figure(task: str, judge: str, text: str, margin: Margin | None = None) -> Figure:
    """Return the overlap of a text of this name with the `reference`, of what the judge counted of each item."""
    overlap = OVERLAPS[judge]

    def counts(row: JudgedItem) -> ItemScore | None:
        found = {name: row.values.get(f"{judge}.{text}.{name}") for name in overlap.counts}
        there = {name: count for name, count in found.items() if count is not None}
        return ItemScore(item=row.item, cluster=row.cluster, counts=there) if len(there) == len(found) else None

    return Figure(
        task=task, judges=(*WRITES, judge), counts=counts, of_sums=overlap.of_sums, margin=margin, nothing=0.0
    )


def overlap_scores(judge: str, judged: Judged) -> dict[str, Score]:
    """Return the overlap that a judge counted of the model's texts, and of what takes no model, by `OVERLAP_ROWS`."""
    return {name: overlap_figure(row.task, judge, row.text).score(judged) for name, row in OVERLAP_ROWS.items()}


FIGURES: dict[str, Figure | PictureFigure] = {  # those in which an engine is held against the reference
    "wer_codec": word_figure(CODEC, HEARS, "after", margin=MARGINS["wer"]),
    "dnsmos_p808": mean_figure(CODEC, "dnsmos", "p808.after", MARGINS["mos"]),
    "dnsmos_ovrl": mean_figure(CODEC, "dnsmos", "ovrl.after", MARGINS["mos"]),
    "pesq": mean_figure(CODEC, "pesq", "pesq", MARGINS["mos"]),
    "stoi": mean_figure(CODEC, "stoi", "stoi", MARGINS["stoi"]),
    "wer_text": word_figure(TRANSCRIBE, WRITES, "written", margin=MARGINS["wer"]),
    "exact_match": match_figure(TRANSCRIBE, "written", margin=MARGINS["share"]),
    **{
        f"{judge}.{task}": overlap_figure(task, judge, "written", MARGINS[judge])
        for judge in OVERLAPS
        for task in TEXT_TASKS
    },
    "wer_speech": word_figure(ANSWER, HEARS, "heard", margin=MARGINS["wer"], against="written"),
    "right_answers": match_figure(ANSWER, "written", margin=MARGINS["share"]),
    "right_captions": match_figure(DESCRIBE, "written", margin=MARGINS["share"]),
    "kid": KID,
    "vision_psnr": mean_figure(LOOK, PIXEL_DECODER, "psnr", MARGINS["psnr"]),
}


def loss(figure: Figure | PictureFigure, judged: Judged) -> NonInferiority | Score:
    """Return how much worse the engines are than the reference on the same items, or why that is not known."""
    rows, beside = judged.of(figure.task), judged.of(figure.task, REFERENCE)
    if (why := why_none(judged, figure.task, figure.judges, rows)) is not None:
        return why
    if not beside:
        is_it = "the engines are the eager FP32 reference themselves"
        unasked = "the reference is not asked where something is lost"
        return missing("not_measured", is_it if judged.dropout is None else unasked)
    own: Any = figure.of(beside)
    other: Any = figure.of(rows)
    if lone := sorted(set(own.item) ^ set(other.item)):
        return missing("not_paired", f"{len(lone)} items were judged on one side only, the first {lone[0]}")
    if not own.item:
        return missing("no_samples", "no item could be judged")
    if isinstance(figure, Figure) and (nothing := figure.why_no_loss(own)) is not None:
        return nothing
    assert figure.margin is not None, "figures that are compared have a margin"
    differs = figure.differing(own, other)
    return non_inferiority(figure.both(own, other), own.cluster, figure.margin, differs, nothing=figure.nothing)
