"""A recipe from its corpora to a file of weights, piece by piece; what was done before is not done again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from josie_bench.corpora import absence
from josie_bench.engines.lock import is_in_use, marked_in_use
from josie_bench.errors import UnavailableError, UsageError
from josie_bench.model.checkpoint import save_weights
from josie_bench.model.label import Label
from josie_bench.training.codec_piece import codec_piece
from josie_bench.training.language_piece import language_piece, model_before
from josie_bench.training.loop import Piece, Progress, train
from josie_bench.training.recipe import Recipe
from josie_bench.training.vision_piece import vision_piece
from josie_bench.writing import make_folders, unwritable

LAYOUT = "trained"
WEIGHTS = "weights.safetensors"
# What is stored in half: their numbers are near 1, and a step's worth of training is more than the rounding. The codec
# stays whole, for its search decides codes.
HALVED = ("temporal_transformer.", "depth_transformer.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a piece's curve.

    Attributes:
        section: the piece's name in the recipe.
        steps: all of the piece's.
        progress: the line.
    """

    section: str
    steps: int
    progress: Progress


def train_recipe(recipe: Recipe, folder: Path, corpora: Path, tell: Callable[[str], None]) -> Iterator[Line]:
    """Train all pieces of a recipe in `folder`, from where it stands; yield their curves as they grow.

    In the end `weights.safetensors` lies there, and beside it the pixel decoder of a vision encoder. While it trains,
    the folder is its own.

    Args:
        recipe: what is trained.
        folder: of checkpoints, curves, what was spoken and encoded, and the weights.
        corpora: where fetched corpora lie.
        tell: is told what takes long.

    Raises:
        UnavailableError: a corpus is not here.
        UsageError: no recording is as long as a crop, or another training is at work in the folder.
        TrainingError: a loss is no number.
        WeightsError: the folder holds another recipe's checkpoint, or a file of weights does not fit.
        OutputError: the folder cannot be written.
    """
    try:
        make_folders(folder, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error
    if is_in_use(folder):  # two would write one checkpoint in turn, and each go on from the other's
        raise UsageError(f"{folder}: another training is at work in it: wait until it is done, or stop it")
    with marked_in_use(folder):
        yield from _train_recipe(recipe, folder, corpora, tell)


def _train_recipe(recipe: Recipe, folder: Path, corpora: Path, tell: Callable[[str], None]) -> Iterator[Line]:
    for name in recipe.corpora:  # said before any is spoken
        if (reason := absence(name, corpora)) is not None:
            raise UnavailableError(reason)
    keys, seed = recipe.keys, recipe.keys.seed
    tensors: dict[str, Tensor] = {}
    if keys.codec is not None:
        piece, model = codec_piece(keys.codec, folder / "sounds", corpora, tell, seed=seed)
        yield from _lines("codec", piece, folder, seed)
        tensors |= {name: parameter.detach() for name, parameter in model.named_parameters()}
    seer = None if keys.vision is None else vision_piece(keys.vision, corpora, seed=seed)
    if seer is not None:
        yield from _lines("vision", seer, folder, seed)
        tensors |= seer.trained()
    if keys.language is not None:
        before = model_before(keys.language, tensors, recipe.path.parent, seed=seed)
        learner = language_piece(keys.language, before, folder / "tapes", corpora, tell, seed=seed)
        yield from _lines("language", learner, folder, seed)
        tensors |= learner.trained()
    digest = hashlib.sha256(recipe.text.encode()).hexdigest()
    told = f"josie-bench train {recipe.path.name}"
    label = Label(preset=recipe.preset, layout=LAYOUT, source=told, files={recipe.path.name: digest})
    save_weights(folder / WEIGHTS, {name: _stored(name, tensor) for name, tensor in tensors.items()}, label)
    if seer is not None:
        seer.leave(folder, label)


def _lines(section: str, piece: Piece, folder: Path, seed: int) -> Iterator[Line]:
    for progress in train(piece, folder / section, seed=seed):
        yield Line(section=section, steps=piece.steps, progress=progress)


def _stored(name: str, tensor: Tensor) -> Tensor:
    return (tensor.to(torch.float16) if name.startswith(HALVED) else tensor).contiguous()
