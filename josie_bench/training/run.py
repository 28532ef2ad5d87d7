"""A recipe from its corpora to a file of weights, piece by piece; what was done before is not done again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Tensor, nn

from josie_bench.corpora import absence
from josie_bench.engines.lock import is_in_use, marked_in_use
from josie_bench.errors import UnavailableError, UsageError
from josie_bench.model.checkpoint import save_weights
from josie_bench.model.label import Label
from josie_bench.model.presets import find_codec
from josie_bench.model.sizes import AudioSizes
from josie_bench.model.weights import Model
from josie_bench.training.codec import CodecLearner, total
from josie_bench.training.loop import Draws, Progress, train
from josie_bench.training.pool import Voice, phoneme_names, sounds, voices
from josie_bench.training.recipe import CodecKeys, Recipe
from josie_bench.training.sounds import Pool
from josie_bench.writing import make_folders, unwritable

BEGIN_BATCHES = 6  # of latents that the codebooks begin from
LAYOUT = "trained"
WEIGHTS = "weights.safetensors"


class CodecPiece:
    """A codec that learns from a pool of sounds."""

    def __init__(self, keys: CodecKeys, pool: Pool, model: Model, *, phonemes: int, seed: int) -> None:
        self.keys, self.pool = keys, pool
        self.learner = CodecLearner(model, phonemes)
        self.module: nn.Module = self.learner
        self.lr, self.steps = keys.lr, keys.steps
        self.identity = json.dumps(keys.model_dump(exclude={"lr"}) | {"seed": seed}, sort_keys=True)

    def losses(self, step: int, draws: Draws) -> dict[str, Tensor]:
        """Return the parts of the loss of a batch."""
        if step == self.keys.unquantised:
            batches = [self.pool.draw(draws.numpy, self.keys.batch) for _ in range(BEGIN_BATCHES)]
            self.learner.begin_codebooks(batches, draws.torch)
        crops = self.pool.draw(draws.numpy, self.keys.batch)
        found: dict[str, Tensor] = self.learner(crops, draws.torch, quantises=step >= self.keys.unquantised)
        return found

    def total(self, losses: dict[str, Tensor]) -> Tensor:
        """Return what is learnt by."""
        return total(losses)


def train_recipe(recipe: Recipe, folder: Path, corpora: Path, tell: Callable[[str], None]) -> Iterator[Progress]:
    """Train all pieces of a recipe in `folder`, from where it stands; yield the curve as it grows.

    In the end `weights.safetensors` lies there. While it trains, the folder is its own.

    Args:
        recipe: what is trained.
        folder: of checkpoints, curves, decoded sounds and the weights.
        corpora: where fetched corpora lie.
        tell: is told what takes long.

    Raises:
        UnavailableError: a corpus is not here.
        UsageError: no recording is as long as a crop, or another training is at work in the folder.
        TrainingError: a loss is no number.
        WeightsError: the folder holds another recipe's checkpoint.
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


def _train_recipe(recipe: Recipe, folder: Path, corpora: Path, tell: Callable[[str], None]) -> Iterator[Progress]:
    keys, seed = recipe.keys.codec, recipe.keys.seed
    sizes = find_codec(keys.preset)
    found = _voices(keys, sizes.audio, folder / "sounds", corpora, tell)
    names = phoneme_names([voice for _, each in found.values() for voice in each])
    pool = Pool(sounds(found, names), frames=keys.frames, frame_samples=sizes.audio.frame_samples)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Model(sizes, seed=seed).train()
        piece = CodecPiece(keys, pool, model, phonemes=len(names), seed=seed)
    yield from train(piece, folder / "codec", seed=seed)
    digest = hashlib.sha256(recipe.text.encode()).hexdigest()
    told = f"josie-bench train {recipe.path.name}"
    label = Label(preset=keys.preset, layout=LAYOUT, source=told, files={recipe.path.name: digest})
    tensors = {name: parameter.detach().contiguous() for name, parameter in model.named_parameters()}
    save_weights(folder / WEIGHTS, tensors, label)


def _voices(
    keys: CodecKeys, audio: AudioSizes, cache: Path, corpora: Path, tell: Callable[[str], None]
) -> dict[str, tuple[float, list[Voice]]]:
    """Return the share and the voices of each corpus; that one is not here is said before any is spoken."""
    for name in keys.corpora:
        if (reason := absence(name, corpora)) is not None:
            raise UnavailableError(reason)
    found: dict[str, tuple[float, list[Voice]]] = {}
    for name, share in keys.corpora.items():
        each = voices(
            name,
            corpora,
            cache,
            split="train",
            frame_samples=audio.frame_samples,
            rate_hz=audio.sample_rate_hz,
            tell=tell,
        )
        found[name] = (share, each)
    return found
