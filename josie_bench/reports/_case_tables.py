"""Tables of cases by what they answer: which metrics stand side by side, and what a reader must know of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from josie_bench.terms.result import CaseResult, MetricScore

UNASKED = "not_measured"  # the case has nothing that the metric could be taken from


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseTable:
    """A table with a row for each case that was asked for one of its metrics.

    Attributes:
        words: what its numbers are, for people.
        columns: head → `metric.statistic`.
        is_brief: whether it belongs where there is little room, in a terminal or a pull request.
    """

    title: str
    words: str
    columns: dict[str, str]
    is_brief: bool = True

    def cases(self, cases: Sequence[CaseResult]) -> list[CaseResult]:
        """Return the cases that stand in it: with a number, or without one for another reason than `UNASKED`."""
        return [case for case in cases if any(_is_asked(case.metrics.get(key)) for key in self.columns.values())]


def _is_asked(score: MetricScore | None) -> bool:
    return score is not None and (score.na is None or score.na.reason != UNASKED)


REFERENCE = CaseTable(
    title="Against the eager FP32 reference",
    words=(
        "Each component on the reference's inputs from real windows: the share of codes and drawn text that is equal, "
        "the largest error in units of the tolerance τ (three times what FP16, or for 8-bit engines their 8 bits, does "
        "to the reference; up to 1 is as right as that), the worst signal to error of the sound. Text alone: both "
        "conversing by themselves."
    ),
    columns={
        "audio codes": "parity_codes.audio_encoder.first",
        "vision codes": "parity_codes.vision_encoder.first",
        "text": "parity_codes.depth_transformer.first",
        "temporal ÷ τ": "parity_tolerance.temporal_transformer",
        "decoder ÷ τ": "parity_tolerance.audio_decoder",
        "sound dB": "parity_snr.min",
        "text alone": "free_running_agreement.text",
    },
)
CODEC_QUALITY = CaseTable(
    title="Speech behind the codes",
    words=(
        "Recordings of a corpus through the engines of the codec, window by window, and what judges make of them that "
        "do not know the model. Word errors are a recogniser's, which errs by itself: what the codec costs is the "
        "difference on the same recordings; silence has 1. Opinion scores are predicted, and those of the recordings "
        "stand beside: white noise has a P.808 of about 2.1. Who judged is in the definition of each score below."
    ),
    columns={
        "word errors, recordings": "wer_codec.source",
        "behind the codes": "wer_codec.decoded",
        "by the codec": "wer_codec.difference",
        "P.808, recordings": "dnsmos.p808.before",
        "P.808 behind": "dnsmos.p808.after",
        "overall, recordings": "dnsmos.ovrl.before",
        "overall behind": "dnsmos.ovrl.after",
        "PESQ": "pesq.mean",
        "STOI": "stoi.mean",
    },
)
TEXT_QUALITY = CaseTable(
    title="What the model writes",
    words=(
        "Items of a corpus are heard window by window, and the model writes down what is said. Beside it what takes no "
        "model: to write nothing, and to write the commonest sentence always."
    ),
    columns={
        "word errors": "wer_text.model",
        "of nothing": "wer_text.empty",
        "of the commonest": "wer_text.frequent",
        "exact": "exact_match.transcribe",
    },
)
QUALITY_LOSS = CaseTable(
    title="What engines lose in quality",
    words=(
        "How much worse than the eager FP32 reference on the same items, over the loss that still counts as none; "
        "below 0 is better. Engines are no worse where the upper bound (one-sided, 95 %) is below 1. A loss in its own "
        "unit, with the verdict, is in the case's notes."
    ),
    columns={
        "word errors": "task_parity.wer_codec",
        "P.808": "task_parity.dnsmos_p808",
        "overall": "task_parity.dnsmos_ovrl",
        "PESQ": "task_parity.pesq",
        "STOI": "task_parity.stoi",
        "word errors, text": "task_parity.wer_text",
        "exact": "task_parity.exact_match",
    },
)
BLOCK_START = CaseTable(
    title="The first window of a block",
    words=(
        "Windows came in blocks, each of another length than the one before or after a pause. Extra is what the first "
        "window of a block took beyond the median of the others of the same block; the ratio sets the two over each "
        "other, and 1 costs nothing."
    ),
    columns={
        "first p50": "block_start.first.p50",
        "extra p50": "block_start.extra.p50",
        "to longer, p50": "block_start.longer.p50",
        "to shorter, p50": "block_start.shorter.p50",
        "first ÷ rest, p50": "block_start_ratio.p50",
        "first ones late": "block_start_ratio.missed",
    },
)
SHORTCUT = CaseTable(
    title="Shortcuts",
    words=(
        "Compute time of windows that hold the same input again and again, and of windows of silence, over windows "
        "that never repeat, in the same trial. About 1 means that no cache and no skipped branch flatters the others."
    ),
    columns={"repeated ÷ unique": "shortcut.repeated", "silent ÷ unique": "shortcut.silent"},
)
START = CaseTable(
    title="Cold start",
    words=(
        "From a process that is not there to its first answer, once for each trial. Reading the recordings and waiting "
        "for the first window's close are left out."
    ),
    columns={
        "process": "cold_start.process",
        "libraries": "cold_start.libraries",
        "engines": "cold_start.engines",
        "first answer": "cold_start.first_answer",
        "in all": "cold_start.total",
    },
    is_brief=False,
)
MEMORY = CaseTable(
    title="Memory, predicted and measured",
    words=(
        "What the memory model says from shapes alone, and what loading and running added to the process. Unexplained "
        "is their difference, and the residual its share of what was measured; docs/memory.md derives each term."
    ),
    columns={
        "predicted": "memory_prediction.predicted",
        "measured": "memory_prediction.measured",
        "unexplained": "memory_prediction.unexplained",
        "residual": "memory_residual.share",
        "given out": "memory_prediction.allocated",
        "held free": "memory_prediction.free",
        "of files": "memory_prediction.files",
    },
)
ALIGNMENT = CaseTable(
    title="Heard and seen at once",
    words=(
        "How far apart the model puts a tone and a change of colour that come at one instant: the first frames whose "
        "tokens depend on either. Bias is positive where what was heard comes later. The floor is what telling a "
        "moment in steps of hop and frame alone makes of it; a skew below it is luck or a mistake."
    ),
    columns={
        "mean |skew|": "alignment.mean_abs",
        "floor": "alignment.floor",
        "bias": "alignment.bias",
        "median |skew|": "alignment.median_abs",
        "p95": "alignment.p95_abs",
    },
)
QUALITY = (CODEC_QUALITY, TEXT_QUALITY, QUALITY_LOSS)
TABLES = (REFERENCE, *QUALITY, ALIGNMENT, BLOCK_START, SHORTCUT, MEMORY, START)
CONVERSED = "response_timing.right"  # what a case that held conversations has; they have a section of their own


def brief_cases(table: CaseTable, cases: Sequence[CaseResult]) -> list[CaseResult]:
    """Return the cases of a table where there is little room: none unless it is brief."""
    return table.cases(cases) if table.is_brief else []


def split(cases: Sequence[CaseResult]) -> tuple[list[CaseResult], list[CaseResult]]:
    """Return the cases that timed windows, or were to, and those that compared, were judged or searched over others."""
    tables = (REFERENCE, *QUALITY, ALIGNMENT)
    untimed = [
        case
        for case in cases
        if CONVERSED in case.metrics or case.capacity is not None or any(table.cases([case]) for table in tables)
    ]
    return [case for case in cases if case not in untimed], untimed
