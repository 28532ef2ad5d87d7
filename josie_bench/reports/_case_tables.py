"""Tables of cases by what they answer: which metrics stand side by side, and what a reader must know of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from josie_bench.reports._words import case_words
from josie_bench.terms.result import CaseResult, MetricScore

UNASKED = "not_measured"  # the case has nothing that the metric could be taken from
NO_METER = ("no_driver", "no_library", "not_supported")  # nor has the machine


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseTable:
    """A table with a row for each case that was asked for one of its metrics.

    Attributes:
        words: what its numbers are, for people.
        columns: head → `metric.statistic`.
        is_brief: whether it belongs where there is little room, in a terminal or a pull request.
        is_of_weights: whether its numbers mean nothing where weights are seeded, so that a case is named so.
        unasked: the reasons for which a number is missing that nobody wants to be told of.
    """

    title: str
    words: str
    columns: dict[str, str]
    is_brief: bool = True
    is_of_weights: bool = False
    unasked: tuple[str, ...] = (UNASKED,)

    def cases(self, cases: Sequence[CaseResult]) -> list[CaseResult]:
        """Return the cases that stand in it: with a number, or without one for a reason that is not `unasked`."""
        return [case for case in cases if any(self._is_asked(case.metrics.get(key)) for key in self.columns.values())]

    def asked(self, cases: Sequence[CaseResult]) -> dict[str, str]:
        """Return the columns that any of the cases was asked for."""
        return {
            head: key
            for head, key in self.columns.items()
            if any(self._is_asked(case.metrics.get(key)) for case in cases)
        }

    def name(self, case: CaseResult) -> str:
        """Return what the case's row is called."""
        return case_words(case) if self.is_of_weights else case.id

    def _is_asked(self, score: MetricScore | None) -> bool:
        return score is not None and (score.na is None or score.na.reason not in self.unasked)


REFERENCE = CaseTable(
    title="Against the eager FP32 reference",
    is_of_weights=True,
    words=(
        "Each component on the reference's inputs from real windows: the share of codes and drawn text that is equal, "
        "the largest error in units of the tolerance τ (three times what FP16, or for 8-bit engines their 8 bits, does "
        "to the reference; up to 1 is as right as that), how many nats more the reference's text costs from the "
        "engine's hidden states, the worst signal to error of the sound. Text alone: both conversing by themselves."
    ),
    columns={
        "audio codes": "parity_codes.audio_encoder.first",
        "vision codes": "parity_codes.vision_encoder.first",
        "text": "parity_codes.depth_transformer.first",
        "temporal ÷ τ": "parity_tolerance.temporal_transformer",
        "text loss, more": "token_loss.text.difference",
        "decoder ÷ τ": "parity_tolerance.audio_decoder",
        "sound dB": "parity_snr.min",
        "text alone": "free_running_agreement.text",
    },
)
REFERENCE_ERRORS = CaseTable(
    title="How far from the reference",
    is_brief=False,
    is_of_weights=True,
    words=(
        "The same comparison in full. Clear: first codes that the reference chose by a margin, so that rounding should "
        "not flip them; all: codes of every level, behind a first one that flipped too. Errors are relative to the "
        "reference's numbers, over the calls of a component: median, largest, and the largest 1 − cos. Losses are in "
        "nats a token, of what the reference drew. Alone: codes drawn where both converse by themselves, and after how "
        "many windows half of them are others."
    ),
    columns={
        "audio, clear": "parity_codes.audio_encoder.clear",
        "audio, all": "parity_codes.audio_encoder.all",
        "vision, clear": "parity_codes.vision_encoder.clear",
        "vision, all": "parity_codes.vision_encoder.all",
        "temporal p50": "parity_error.temporal_transformer.p50",
        "temporal max": "parity_error.temporal_transformer.max",
        "temporal 1 − cos": "parity_error.temporal_transformer.cosine",
        "text loss": "token_loss.text",
        "semantic loss, more": "token_loss.semantic.difference",
        "acoustic loss, more": "token_loss.acoustic.difference",
        "decoder p50": "parity_error.audio_decoder.p50",
        "decoder max": "parity_error.audio_decoder.max",
        "decoder 1 − cos": "parity_error.audio_decoder.cosine",
        "semantic alone": "free_running_agreement.semantic",
        "acoustic alone": "free_running_agreement.acoustic",
        "half-life": "agreement_half_life.semantic",
    },
)
CODEC_QUALITY = CaseTable(
    title="Speech behind the codes",
    is_of_weights=True,
    words=(
        "Recordings of a corpus through the engines of the codec, window by window, and what judges make of them that "
        "do not know the model. Word errors are a recogniser's, which errs by itself: what the codec costs is the "
        "difference of the decoded and the source rate, of the same recordings; silence has 1. Opinion scores are "
        "predicted, and those of the recordings stand beside. So does what takes no codec: noise that is as loud as "
        "the recording is, frame by frame. Who judged is in the definition of each score below."
    ),
    columns={
        "word errors, source": "wer_codec.source",
        "word errors, decoded": "wer_codec.decoded",
        "difference": "wer_codec.difference",
        "P.808, recordings": "dnsmos.p808.before",
        "P.808 behind": "dnsmos.p808.after",
        "P.808 of noise": "dnsmos.p808.noise",
        "overall, recordings": "dnsmos.ovrl.before",
        "overall behind": "dnsmos.ovrl.after",
        "overall of noise": "dnsmos.ovrl.noise",
        "PESQ": "pesq.mean",
        "PESQ of noise": "pesq.noise",
        "STOI": "stoi.mean",
        "STOI of noise": "stoi.noise",
    },
)
TEXT_QUALITY = CaseTable(
    title="What the model writes",
    words=(
        "Items of a corpus are heard window by window, and the model writes down what is said. Beside it what takes no "
        "model: to write nothing, which has 0 of BLEU and chrF, and to write the commonest sentence always."
    ),
    is_of_weights=True,
    columns={
        "word errors": "wer_text.model",
        "of nothing": "wer_text.empty",
        "of the commonest": "wer_text.frequent",
        "exact": "exact_match.transcribe",
        "BLEU": "bleu.transcribe",
        "BLEU of the commonest": "bleu.transcribe.frequent",
        "chrF": "chrf.transcribe",
        "chrF of the commonest": "chrf.transcribe.frequent",
    },
)
CAPTION_QUALITY = CaseTable(
    title="What the model writes of what it sees",
    words=(
        "A clip is seen in silence, and behind it a typed word asks the model to describe it; right is a caption that "
        "is the true one to the word. Beside it what takes no eyes: the commonest caption."
    ),
    is_of_weights=True,
    columns={
        "right": "exact_match.describe",
        "right, blind": "exact_match.describe_blind",
        "BLEU": "bleu.describe",
        "BLEU of the commonest": "bleu.describe.frequent",
        "chrF": "chrf.describe",
        "chrF of the commonest": "chrf.describe.frequent",
    },
)
ANSWER_QUALITY = CaseTable(
    title="What the model answers",
    words=(
        "A clip is seen and a voice asks about it; right is an answer that is the true one to the word. Beside it what "
        "takes no eyes: the commonest answer to each question, and the question written down."
    ),
    is_of_weights=True,
    columns={
        "right": "exact_match.answer",
        "right, blind": "exact_match.answer_blind",
        "BLEU": "bleu.answer",
        "BLEU of the commonest": "bleu.answer.frequent",
        "BLEU of the question": "bleu.answer.copy",
        "chrF": "chrf.answer",
        "chrF of the commonest": "chrf.answer.frequent",
        "chrF of the question": "chrf.answer.copy",
    },
)
VOICE_QUALITY = CaseTable(
    title="The voice beside what it writes",
    words=(
        "The words that a recogniser hears of the model's voice, against what the model wrote meanwhile and against "
        "the right answer; silence has 1. The recogniser errs by itself: its rate on the user's recordings stands "
        "beside. Of words that it hears as they are written it is told how far the voice says each from where it is "
        "written, on average and with its sign (later is above 0), beside the error of who tells it, and of how many "
        "words."
    ),
    is_of_weights=True,
    columns={
        "word errors, voice to text": "wer_speech.written",
        "voice to answer": "wer_speech.reference",
        "recogniser's own": "wer_speech.floor",
        "voice off text": "voice_skew.mean_abs",
        "voice behind text": "voice_skew.bias",
        "aligner's own": "voice_skew.floor",
        "words told": "voice_coverage.told",
    },
)
LOOK_QUALITY = CaseTable(
    title="Frames behind the vision tokens",
    words=(
        "Clips through the vision encoder, window by window, and as a pixel decoder that is no part of the model draws "
        "them from the tokens. Noise is told of all frames at the size that the encoder was given. Distances of "
        "features (Inception) are of the last frame of each clip as it came and as it was drawn; that of Fréchet takes "
        "more clips than features, 2,048 of them or the 64 of an early layer, and only figures of equal n compare. "
        "Beside them stands what takes no tokens: a field of each clip's own mean colour, by which what is all but "
        "empty is easily drawn."
    ),
    is_of_weights=True,
    columns={
        "PSNR": "vision_psnr.mean",
        "PSNR of one colour": "vision_psnr.flat",
        "KID": "kid.frames",
        "KID of one colour": "kid.flat",
        "rFID": "rfid.frames",
        "rFID of one colour": "rfid.flat",
        "rFID, 64 features": "rfid_64.frames",
        "rFID, 64 features, of one colour": "rfid_64.flat",
    },
)
QUALITY_LOSS = CaseTable(
    title="What engines lose in quality",
    words=(
        "How much worse than the eager FP32 reference on the same items, over the loss that still counts as none; "
        "below 0 is better. Engines are no worse where the upper bound (one-sided, 95 %) is below 1. A loss in its own "
        "unit, with the verdict, is in the case's notes."
    ),
    is_of_weights=True,
    columns={
        "word errors": "task_parity.wer_codec",
        "P.808": "task_parity.dnsmos_p808",
        "overall": "task_parity.dnsmos_ovrl",
        "PESQ": "task_parity.pesq",
        "STOI": "task_parity.stoi",
        "word errors, text": "task_parity.wer_text",
        "exact": "task_parity.exact_match",
        "BLEU, transcripts": "task_parity.bleu.transcribe",
        "chrF, transcripts": "task_parity.chrf.transcribe",
        "BLEU, captions": "task_parity.bleu.describe",
        "chrF, captions": "task_parity.chrf.describe",
        "BLEU, answers": "task_parity.bleu.answer",
        "chrF, answers": "task_parity.chrf.answer",
        "word errors, voice": "task_parity.wer_speech",
        "PSNR": "task_parity.vision_psnr",
        "KID": "task_parity.kid",
        "right captions": "task_parity.right_captions",
        "right answers": "task_parity.right_answers",
    },
)
BLOCK_START = CaseTable(
    title="The first window of a block",
    words=(
        "Windows came in blocks, each of another length than the one before, after a pause or after caches were "
        "emptied (caches=cold). Extra is what the first window of a block took beyond the median of the others of the "
        "same block; the ratio sets the two over each other, and 1 costs nothing."
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
        "is their difference, and the residual its share of what was measured. What the C library's allocator gave "
        "out, without memory that it holds free and pages of files, has a prediction and a residual of its own "
        "(memory_residual.allocated); docs/memory.md derives each term."
    ),
    columns={
        "predicted": "memory_prediction.predicted",
        "measured": "memory_prediction.measured",
        "unexplained": "memory_prediction.unexplained",
        "residual": "memory_residual.share",
        "predicted to be given out": "memory_prediction.given_out",
        "given out": "memory_prediction.allocated",
        "residual of that": "memory_residual.allocated",
        "held free": "memory_prediction.free",
        "of files": "memory_prediction.files",
    },
)
VRAM = CaseTable(
    title="GPU memory, predicted and measured",
    words=(
        "What the memory model says of the engines that compute on a GPU, and what NVML lists for the trial's process; "
        "where it hides the process, what the GPU's memory in use grew by, whoever used it. Without a fitted size of "
        "the driver's context there is no residual, and unexplained has the context in it: docs/memory.md."
    ),
    columns={
        "predicted": "process_vram.predicted",
        "peak": "process_vram.peak",
        "at the end": "process_vram.end",
        "unexplained": "process_vram.unexplained",
        "residual": "vram_residual.process",
        "device grew": "process_vram.device_growth",
        "residual of that": "vram_residual.device",
        "fragments": "process_vram.fragmentation",
    },
)
ENERGY = CaseTable(
    title="Energy",
    words=(
        "What was drawn while windows were measured, over the windows; net is without what is drawn in idleness. A "
        "GPU's number is told only where its counter of energy and its power agree within 5 %, and none of less than "
        "60 s. All that runs on the machine is in it: docs/energy.md."
    ),
    columns={
        "GPU, a window": "energy.gpu.per_window",
        "net": "energy.gpu.per_window.net",
        "a window on time": "energy.gpu.per_on_time_window",
        "mean": "power.gpu.mean",
        "p99": "power.gpu.p99",
        "cap": "power.gpu.cap",
        "processor, a window": "energy.cpu.per_window",
        "meter, a window": "energy.meter.per_window",
    },
    is_brief=False,
    unasked=(UNASKED, *NO_METER),
)
ALIGNMENT = CaseTable(
    title="Heard and seen at once",
    is_of_weights=True,
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
QUALITY = (
    *(CODEC_QUALITY, TEXT_QUALITY, CAPTION_QUALITY, ANSWER_QUALITY, VOICE_QUALITY, LOOK_QUALITY),
    QUALITY_LOSS,
)
UNTIMED = (REFERENCE, REFERENCE_ERRORS, *QUALITY, ALIGNMENT)
TABLES = (*UNTIMED, BLOCK_START, SHORTCUT, MEMORY, VRAM, ENERGY, START)
OWN_SECTION = ("response_timing.right", "retention.macro")  # what cases have that have a section of their own


def brief_cases(table: CaseTable, cases: Sequence[CaseResult]) -> list[CaseResult]:
    """Return the cases of a table where there is little room: none unless it is brief."""
    return table.cases(cases) if table.is_brief else []


def split(cases: Sequence[CaseResult]) -> tuple[list[CaseResult], list[CaseResult]]:
    """Return the cases that timed windows, or were to, and those that compared, were judged or searched over others."""
    untimed = [
        case
        for case in cases
        if case.capacity is not None
        or any(key in case.metrics for key in OWN_SECTION)
        or any(table.cases([case]) for table in UNTIMED)
    ]
    return [case for case in cases if case not in untimed], untimed
