"""What a codec does to speech, told by outside judges: each recording is heard as it is, and again behind its codes.

Sound goes through encoder and decoder window by window, as in a conversation, and is put back by what the decoder is
late; so what is judged is the streaming codec, not one that has seen the whole recording.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from josie_bench.evaluators import FidelityJudge, Normaliser, QualityJudge, Recogniser
from josie_bench.model.components.audio_decoder import AudioDecoder
from josie_bench.model.components.audio_encoder import AudioEncoder
from josie_bench.model.sizes import AudioSizes
from josie_bench.model.weights import Model
from josie_bench.statistics.item_bootstrap import corpus_score, mean_of
from josie_bench.statistics.word_errors import extra_word_error_rate, score_words, word_error_rate
from josie_bench.terms.corpus import Item, OpenCorpus
from josie_bench.terms.item_counts import ItemScore, gather
from josie_bench.terms.score import Score

Floats = NDArray[np.float32]
WINDOW_FRAMES = 6  # 300 ms
FEWEST_WORDS = 3  # shorter prompts are names, which a recogniser guesses


@dataclass(frozen=True, slots=True, kw_only=True)
class Judges:
    """Who judges: text both times through one normaliser."""

    recogniser: Recogniser
    normaliser: Normaliser
    quality: QualityJudge
    fidelity: FidelityJudge


@dataclass(frozen=True, slots=True, kw_only=True)
class Resynthesis:
    """One recording before and behind its codes.

    Attributes:
        item: its id.
        cluster: who speaks.
        reference: what is said, normalised.
        before, after: what was heard, normalised.
        quality_before, quality_after: the judge's scores by name.
        fidelity: of the sound after to that before, by name.
    """

    item: str
    cluster: str
    reference: str
    before: str
    after: str
    quality_before: dict[str, float]
    quality_after: dict[str, float]
    fidelity: dict[str, float]


def chosen_items(corpus: OpenCorpus, count: int, normaliser: Normaliser) -> list[Item]:
    """Return `count` items of the test split with at least `FEWEST_WORDS` words, evenly over those there are."""
    found = [
        item
        for item in corpus.of("test")
        if item.transcript is not None and len(normaliser(item.transcript).split()) >= FEWEST_WORDS
    ]
    if len(found) <= count:
        return found
    return [found[index * len(found) // count] for index in range(count)]


@torch.inference_mode()
def resynthesise(model: Model, audio: Floats) -> Floats:
    """Return `audio` `[samples]` behind its codes, `[samples]` and at its place."""
    sizes: AudioSizes = model.sizes.audio
    encoder: AudioEncoder = model.audio_encoder
    decoder: AudioDecoder = model.audio_decoder
    window = WINDOW_FRAMES * sizes.frame_samples
    windows = -(-(len(audio) + sizes.delay_samples) // window)
    padded = torch.zeros(1, windows * window)
    padded[0, : len(audio)] = torch.from_numpy(audio)
    heard, spoken = encoder.zero_state(), decoder.zero_state()
    parts = []
    for chunk in padded.split(window, dim=1):
        codes, *heard = encoder(chunk, *heard)
        sound, *spoken = decoder(codes, *spoken)
        parts.append(sound[0])
    late = sizes.delay_samples
    found: Floats = torch.cat(parts)[late : late + len(audio)].clamp(-1, 1).numpy()
    return found


def judge_codec(
    model: Model, corpus: OpenCorpus, items: Sequence[Item], judges: Judges, tell: Callable[[str], None]
) -> Iterator[Resynthesis]:
    """Yield each item before and behind its codes."""
    rate_hz = model.sizes.audio.sample_rate_hz
    for place, item in enumerate(items, start=1):
        assert item.transcript is not None
        source = corpus.audio(item, sample_rate_hz=rate_hz)
        sound = resynthesise(model, source)
        tell(f"{place} of {len(items)}: {item.id}")
        yield Resynthesis(
            item=item.id,
            cluster=item.speaker or "",
            reference=judges.normaliser(item.transcript),
            before=judges.normaliser(judges.recogniser(source, rate_hz)),
            after=judges.normaliser(judges.recogniser(sound, rate_hz)),
            quality_before=judges.quality(source, rate_hz),
            quality_after=judges.quality(sound, rate_hz),
            fidelity=judges.fidelity(source, sound, rate_hz),
        )


def summary(rows: Sequence[Resynthesis]) -> dict[str, Score]:
    """Return the corpus' figures with intervals: word error rates as ratios, the judges' scores as means."""
    floor = gather(score_words(row.item, row.cluster, row.reference, row.before) for row in rows)
    after = gather(score_words(row.item, row.cluster, row.reference, row.after) for row in rows)
    found = {
        "wer_source": word_error_rate(floor),
        "wer_decoded": word_error_rate(after),
        "wer_codec": extra_word_error_rate(after, floor),
    }
    tables = {
        "before": [row.quality_before for row in rows],
        "after": [row.quality_after for row in rows],
        "fidelity": [row.fidelity for row in rows],
    }
    for table, scores in tables.items():
        for name in scores[0] if scores else ():
            found[f"{name}.{table}"] = _mean(rows, [score[name] for score in scores])
    return found


def _mean(rows: Sequence[Resynthesis], values: Sequence[float]) -> Score:
    pairs = zip(rows, values, strict=True)
    counts = (
        ItemScore(item=row.item, cluster=row.cluster, counts={"sum": value, "items": 1.0}) for row, value in pairs
    )
    return corpus_score(gather(counts), mean_of)
