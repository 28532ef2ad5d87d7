"""What can be read from vision tokens: a linear map from counts of codes to what is seen, on clips of its own.

Tokens that hold nothing of a colour do not tell it, whatever decoder draws them. The map is linear in how often each
code of each level came in a clip, so nothing learnt helps it but the codes themselves, and seeded codes can be held
beside trained ones. Ridge regression to one column a class; its strength is the one that reads most of split `valid`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from josie_bench.backends import Executable
from josie_bench.model.sizes import VisionSizes
from josie_bench.tasks.look import encoded, layout_of
from josie_bench.terms.corpus import Item, OpenCorpus

Floats = NDArray[np.float64]
STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)  # of the ridge, as a share of the mean square of a column


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """How much of a label is read.

    Attributes:
        right: how many clips.
        n: of how many.
        commonest: how many clips are of the class that most clips of split `train` are of: what a guess has.
    """

    right: int
    n: int
    commonest: int


def read_labels(
    encoder: Executable,
    sizes: VisionSizes,
    corpus: OpenCorpus,
    hop_ms: float,
    *,
    fitted: int,
    tell: Callable[[int, int], None] = lambda _, __: None,
) -> dict[str, Read]:
    """Return how much of each label of split `test` is read from the codes of an encoder.

    Args:
        encoder: at any place in a session.
        sizes: of it.
        corpus: whose items have labels.
        hop_ms: of a window, which takes two frames.
        fitted: clips of split `train` that the map is fitted to, at most.
        tell: is told after each clip how many are done, and of how many.
    """
    labels_of = corpus.corpus.labels
    assert labels_of is not None, f"{corpus.name} has no labels"
    splits = {"train": corpus.of("train")[:fitted], "valid": corpus.of("valid"), "test": corpus.of("test")}
    done, of = 0, sum(map(len, splits.values()))
    counts: dict[str, Floats] = {}
    for split, items in splits.items():
        rows = []
        for item in items:
            rows.append(code_shares(encoder, sizes, corpus, item, hop_ms))
            done += 1
            tell(done, of)
        counts[split] = np.stack(rows)
    labels = {split: [labels_of(item) for item in items] for split, items in splits.items()}
    return {
        label: _read(counts, {split: [found[label] for found in each] for split, each in labels.items()})
        for label in labels["train"][0]
    }


def code_shares(encoder: Executable, sizes: VisionSizes, corpus: OpenCorpus, item: Item, hop_ms: float) -> Floats:
    """Return how often each code of each level came in a clip, as shares of the level, `[levels * card]`."""
    frames = corpus.shown(item, hop_ms)
    codes = encoded(encoder, frames, sizes, layout_of(frames[0], sizes)).reshape(-1, sizes.codebooks)
    each = [np.bincount(level, minlength=sizes.card) for level in codes.T]
    return np.concatenate(each) / len(codes)


def _read(counts: dict[str, Floats], names: dict[str, Sequence[str]]) -> Read:
    classes = sorted(set(names["train"]))
    wanted = np.array([[name == each for each in classes] for name in names["train"]], dtype=np.float64)
    maps = [ridge(counts["train"], wanted, strength) for strength in STRENGTHS]
    best = max(maps, key=lambda fitted: _right(fitted(counts["valid"]), classes, names["valid"]))
    commonest = Counter(names["train"]).most_common(1)[0][0]
    return Read(
        right=_right(best(counts["test"]), classes, names["test"]),
        n=len(names["test"]),
        commonest=sum(name == commonest for name in names["test"]),
    )


def ridge(inputs: Floats, wanted: Floats, strength: float) -> Callable[[Floats], Floats]:
    """Return the linear map that leaves the least squares, with a penalty on its size.

    Args:
        inputs: `[samples, inputs]`.
        wanted: `[samples, outputs]`.
        strength: of the penalty, as a share of the inputs' mean square about their mean.
    """
    middle, offset = inputs.mean(0), wanted.mean(0)
    centred = inputs - middle
    square = centred.T @ centred
    penalty = strength * max(float(np.trace(square)) / len(square), np.finfo(np.float64).tiny)
    weights = np.linalg.solve(square + penalty * np.eye(len(square)), centred.T @ (wanted - offset))
    return lambda others: (others - middle) @ weights + offset


def _right(scores: Floats, classes: Sequence[str], names: Sequence[str]) -> int:
    return sum(classes[index] == name for index, name in zip(scores.argmax(1), names, strict=True))
