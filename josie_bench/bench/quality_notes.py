"""What must be known to read what judges made of a case: what they could not judge, and what was lost."""

from __future__ import annotations

from collections.abc import Iterator

from josie_bench.statistics.non_inferiority import NonInferiority
from josie_bench.statistics.quality_figures import ANSWER, FIGURES, loss
from josie_bench.statistics.retained import QUALITIES, paired
from josie_bench.statistics.word_onsets import VOICE
from josie_bench.terms.dropout import Dropout
from josie_bench.terms.judged import Judged
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score

POINTS = dict.fromkeys(
    ("wer_codec", "wer_text", "wer_speech", "exact_match", "right_captions", "right_answers"), "percentage points"
)


def quality_notes(recording: Recording) -> list[str]:
    """Return a note for each judge that is not here, figure that leaves items out, and loss of engines or of input."""
    judged = recording.judged
    if judged is None:
        return []
    return [*_absent(judged), *_left_out(judged), *_without_onset(judged), *_losses(judged), *_kept(judged)]


def _absent(judged: Judged) -> Iterator[str]:
    for judge in judged.judges:
        if judge.reason is not None:
            yield f"no {judge.role}: {judge.reason}"


def _left_out(judged: Judged) -> Iterator[str]:
    for name, figure in FIGURES.items():
        rows = judged.of(figure.task)
        if rows and judged.absent(*figure.judges) is None and (left := len(rows) - len(figure.of(rows).item)):
            yield f"{name}: {left} of {len(rows)} items could not be judged and are left out"


def _without_onset(judged: Judged) -> Iterator[str]:
    words = [word for row in judged.of(ANSWER) for word in row.onsets.get(VOICE, ())]
    unsaid = sum(not word.is_said for word in words)
    if lost := sum(word.onset_ms is None for word in words):
        why = f"{unsaid} are not heard as they are written, {lost - unsaid} are in a voice that cannot be aligned"
        yield f"voice_skew: {lost} of {len(words)} written words are left out: {why}"


def _losses(judged: Judged) -> Iterator[str]:
    for name, figure in FIGURES.items():
        found = loss(figure, judged)
        if isinstance(found, NonInferiority):
            yield f"{name}: {loss_words(found, POINTS.get(name))}"


def _kept(judged: Judged) -> Iterator[str]:
    """Yield what each task was like without what is lost, and that the readings are of one task where they are."""
    if judged.dropout is None:
        return
    lost = lost_words(judged.dropout)
    pairs = [pair for task in judged.tasks if not isinstance(pair := paired(judged, task), Score)]
    for pair in pairs:
        found = pair.figures()
        yield f"{pair.task}, {lost}: {QUALITIES[pair.task].figure} {found.lacking:.4g} beside {found.full:.4g} with all"
    if len(pairs) == 1:
        yield f"retention, {lost}: of one task, {pairs[0].task}, so that macro and worst are the same"


def lost_words(dropout: Dropout) -> str:
    """Return what is lost and how, e.g. `audio and text late 600 ms`."""
    return f"{' and '.join(dropout.of)} {dropout.pattern}"


def loss_words(found: NonInferiority, points: str | None) -> str:
    """Return a loss in its own unit, its bound and the verdict.

    Args:
        found: the loss.
        points: what its unit is called where it is a share, which is then told in hundredths; else None.
    """
    scale, unit = (100.0, f" {points}") if points is not None else (1.0, "")

    def told(value: float) -> str:
        return f"{value * scale:+.3g}"

    head = f"engines {found.other * scale:.4g} beside {found.reference * scale:.4g} of the reference"
    verdict = {None: "not known", True: "no worse", False: "not shown to be no worse"}[found.is_non_inferior]
    bound = found.method if found.upper is None else f"at most {told(found.upper)} (one-sided 95 %, {found.method})"
    return f"{head}: loss {told(found.loss)}{unit}, {bound}, margin {told(found.margin)}: {verdict}"
