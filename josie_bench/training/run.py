"""A recipe from its corpora to a file of weights, piece by piece; what was done before is not done again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from josie_bench.corpora import absence
from josie_bench.engines.lock import is_in_use, marked_in_use
from josie_bench.errors import UnavailableError, UsageError
from josie_bench.model.checkpoint import save_weights
from josie_bench.model.label import Label
from josie_bench.model.sizes import CodecSizes, ModelSizes
from josie_bench.terms.progress import Progress
from josie_bench.training.beginning import named_files
from josie_bench.training.codec_piece import codec_piece
from josie_bench.training.device import CPU
from josie_bench.training.language_piece import language_piece, model_before
from josie_bench.training.loop import Piece, train
from josie_bench.training.recipe import Recipe
from josie_bench.training.scoring import SUITE, scoring_suite
from josie_bench.training.variants import Variant
from josie_bench.training.vision_piece import vision_piece
from josie_bench.writing import make_folders, unwritable, write_whole

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
        variant: whose, with its seed; empty where the recipe has none, or all share the piece.
        steps: all of the piece's.
        progress: the line.
    """

    section: str
    variant: str
    steps: int
    progress: Progress


def train_recipe(
    recipe: Recipe, folder: Path, corpora: Path, tell: Callable[[str], None], device: torch.device = CPU
) -> Iterator[Line]:
    """Train all pieces of a recipe in `folder`, from where it stands; yield their curves as they grow.

    In the end `weights.safetensors` lies there, and beside it the pixel decoder of a vision encoder. Of a recipe with
    variants each has a folder of its own for that, and a suite that scores them lies beside these. While it trains, the
    folder is its own.

    Args:
        recipe: what is trained.
        folder: of checkpoints, curves, what was spoken and encoded, and the weights.
        corpora: where fetched corpora lie.
        tell: is told what takes long.
        device: where it learns; a folder may be gone on with on another.

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
        yield from _train_recipe(_Work(recipe=recipe, folder=folder, corpora=corpora, tell=tell, device=device))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What all variants share: see `train_recipe`."""

    recipe: Recipe
    folder: Path
    corpora: Path
    tell: Callable[[str], None]
    device: torch.device

    def files(self, names: Sequence[str]) -> tuple[Path, ...]:
        """Return the files of weights that the recipe names."""
        return named_files(names, self.recipe.preset, self.recipe.path.parent)


def _train_recipe(work: _Work) -> Iterator[Line]:
    recipe, folder = work.recipe, work.folder
    for name in recipe.corpora:  # said before any is spoken
        if (reason := absence(name, work.corpora)) is not None:
            raise UnavailableError(reason)
    codecs: dict[CodecSizes, dict[str, Tensor]] = {}
    for variant in recipe.variants:
        if recipe.keys.codec is not None and variant.codec not in codecs:
            codecs[variant.codec] = yield from _train_codec(work, variant)
        yield from _train_variant(work, variant, codecs.get(variant.codec, {}))
    if recipe.keys.variants:
        write_whole(folder / SUITE, scoring_suite(recipe).encode())


def _train_codec(work: _Work, variant: Variant) -> Generator[Line, None, dict[str, Tensor]]:
    """Train a variant's codec, which all that quantise alike share, and return its parameters by name."""
    keys, seed = work.recipe.keys.codec, work.recipe.keys.seed
    assert keys is not None
    piece, model = codec_piece(
        keys,
        variant.codec,
        work.folder / "sounds",
        work.corpora,
        work.tell,
        seed=seed,
        device=work.device,
    )
    place = work.folder / (f"codec-{variant.codec.audio.reading}" if variant.name else "codec")
    yield from _lines("codec", piece, place, seed)
    return {name: parameter.detach().cpu() for name, parameter in model.named_parameters()}


def _train_variant(work: _Work, variant: Variant, tensors: dict[str, Tensor]) -> Iterator[Line]:
    """Train all pieces of a variant but its codec, and leave its weights."""
    recipe, keys = work.recipe, work.recipe.keys
    place = work.folder / variant.label
    seer = None if keys.vision is None else vision_piece(keys.vision, work.corpora, seed=keys.seed, device=work.device)
    if seer is not None:
        yield from _lines("vision", seer, place / "vision", keys.seed)
        tensors = tensors | seer.trained()
    if keys.language is not None:
        sizes = variant.sizes
        assert isinstance(sizes, ModelSizes), "its section refuses a codec alone"
        before = model_before(keys.language, sizes, tensors, work.files(keys.language.weights), seed=variant.seed)
        tapes = work.folder / "tapes"
        learner = language_piece(
            keys.language, before, tapes, work.corpora, work.tell, seed=variant.seed, device=work.device
        )
        yield from _lines("language", learner, place / "language", variant.seed, variant.label)
        tensors = tensors | learner.trained()
    label = _label(recipe, variant)
    save_weights(place / WEIGHTS, {name: _stored(name, tensor) for name, tensor in tensors.items()}, label)
    if seer is not None:
        seer.leave(place, label)


def _label(recipe: Recipe, variant: Variant) -> Label:
    digest = hashlib.sha256(recipe.text.encode()).hexdigest()
    return Label(
        preset=recipe.preset,
        layout=LAYOUT,
        source=f"josie-bench train {recipe.path.name}",
        files={recipe.path.name: digest},
        ablate=variant.model.ablate,
    )


def _lines(section: str, piece: Piece, place: Path, seed: int, variant: str = "") -> Iterator[Line]:
    for progress in train(piece, place, seed=seed):
        yield Line(section=section, variant=variant, steps=piece.steps, progress=progress)


def _stored(name: str, tensor: Tensor) -> Tensor:
    return (tensor.to(torch.float16) if name.startswith(HALVED) else tensor).contiguous()
