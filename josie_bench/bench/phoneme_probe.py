"""What each code alone tells of the phoneme that is said: whether a codec's first codebook is semantic.

The probe is the best guess that one code allows, the phoneme it stood beside most often in one split, tried on another
whose speakers and sentences are its own. Of a code that is one of a few hundred no probe can do better, linear or not.
The guess that takes no code stands beside it: the phoneme that is said most often.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from josie_bench.errors import UsageError
from josie_bench.model.components.audio_encoder import AudioEncoder
from josie_bench.model.sizes import AudioSizes
from josie_bench.model.weights import Model
from josie_bench.statistics.item_bootstrap import corpus_score, mean_of
from josie_bench.terms.corpus import Item, OpenCorpus
from josie_bench.terms.item_counts import ItemScore, gather
from josie_bench.terms.score import Score
from josie_bench.terms.timebase import ms_of_samples

NOTHING = -1  # the code that is looked at where none is
FITTED, TRIED = "valid", "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One item's frames in which something is said.

    Attributes:
        item: its id.
        cluster: who speaks.
        phonemes: `[frames]` the phoneme that takes most of each.
        codes: int64 `[codebooks, frames]`.
    """

    item: str
    cluster: str
    phonemes: tuple[str, ...]
    codes: NDArray[np.int64]


def probe_codec(
    model: Model, corpus: OpenCorpus, *, items: int, tell: Callable[[str], None] = lambda _: None
) -> dict[str, Score]:
    """Return the share of frames whose phoneme is guessed: `nothing` without a code, `code_1` … from each alone.

    Args:
        model: its audio encoder is asked.
        corpus: with phonemes, and the splits `valid` (where guesses come from) and `test` (where they are tried).
        items: how many of each split at most.
        tell: is told how far it is.

    Raises:
        UsageError: the corpus knows no phonemes.
    """
    fitted, tried = (_told_in(model, corpus, split, items, tell) for split in (FITTED, TRIED))
    levels = len(fitted[0].codes)
    scores = {"nothing": share_guessed(fitted, tried, None)}
    return scores | {f"code_{level + 1}": share_guessed(fitted, tried, level) for level in range(levels)}


def share_guessed(fitted: Sequence[Told], tried: Sequence[Told], level: int | None) -> Score:
    """Return the share of frames of `tried` whose phoneme the code of one level tells by what it stood for in `fitted`.

    A code that `fitted` has not is guessed as if there were none; so is every one with `level` None.
    """
    beside: dict[int, Counter[str]] = {}
    for told in fitted:
        for code, phoneme in zip(_codes(told, level), told.phonemes, strict=True):
            for key in {code, NOTHING}:
                beside.setdefault(key, Counter())[phoneme] += 1
    guesses = {code: counts.most_common(1)[0][0] for code, counts in beside.items()}
    rows = [
        ItemScore(
            item=told.item,
            cluster=told.cluster,
            counts={
                "right": float(
                    sum(
                        guesses.get(code, guesses[NOTHING]) == phoneme
                        for code, phoneme in zip(_codes(told, level), told.phonemes, strict=True)
                    )
                ),
                "frames": float(len(told.phonemes)),
            },
        )
        for told in tried
    ]
    return corpus_score(gather(rows), mean_of)


def _told_in(model: Model, corpus: OpenCorpus, split: str, items: int, tell: Callable[[str], None]) -> tuple[Told, ...]:
    heard = () if corpus.corpus.hear is None else corpus.of(split)[:items]
    found = tuple(_told(model, corpus, heard, tell))
    if not any(told.phonemes for told in found):
        raise UsageError(f"corpus {corpus.name} does not say phonemes in its split {split}: take another --corpus")
    return found


def _codes(told: Told, level: int | None) -> list[int]:
    return [NOTHING] * len(told.phonemes) if level is None else told.codes[level].tolist()


@torch.inference_mode()
def _told(model: Model, corpus: OpenCorpus, items: Sequence[Item], tell: Callable[[str], None]) -> Iterator[Told]:
    """Yield the codes and phonemes of each item; frames of silence are no question."""
    sizes: AudioSizes = model.sizes.audio
    encoder: AudioEncoder = model.audio_encoder
    for place, item in enumerate(items, start=1):
        tell(f"{place} of {len(items)}: {item.id}")
        heard = corpus.hear(item, sample_rate_hz=sizes.sample_rate_hz)
        names = np.array(heard.labels("phoneme", ms_of_samples(sizes.frame_samples, sizes.sample_rate_hz)), np.str_)
        audio = torch.zeros(1, len(names) * sizes.frame_samples)
        audio[0, : len(heard.audio)] = torch.from_numpy(heard.audio)
        codes = encoder(audio, *encoder.zero_state())[0][0].numpy()
        said = names != ""
        yield Told(item=item.id, cluster=item.speaker or "", phonemes=tuple(names[said].tolist()), codes=codes[:, said])
