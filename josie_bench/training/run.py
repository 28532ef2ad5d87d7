"""A recipe from its corpora to a file of weights, piece by piece; what was done before is not done again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Tensor, nn

from josie_bench.model.checkpoint import save_weights
from josie_bench.model.label import Label
from josie_bench.model.presets import find_any
from josie_bench.model.weights import Model
from josie_bench.training.codec import CodecLearner, total
from josie_bench.training.loop import Draws, Progress, train
from josie_bench.training.pool import Voice, phoneme_names, sounds, voices
from josie_bench.training.recipe import CodecKeys, Recipe
from josie_bench.training.sounds import Pool

BEGIN_BATCHES = 6  # of latents that the codebooks begin from
LAYOUT = "trained"


class CodecPiece:
    """A codec that learns from a pool of sounds."""

    def __init__(self, keys: CodecKeys, pool: Pool, model: Model, phonemes: int) -> None:
        self.keys, self.pool = keys, pool
        self.learner = CodecLearner(model, phonemes)
        self.module: nn.Module = self.learner
        self.lr, self.steps = keys.lr, keys.steps

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

    In the end `weights.safetensors` lies there, which a suite can name under `weights`.

    Raises:
        UnavailableError: a corpus is not here.
        TrainingError: a loss is no number.
        WeightsError: the folder holds another recipe's checkpoint.
        OutputError: the folder cannot be written.
    """
    keys = recipe.keys.codec
    sizes = find_any(keys.preset)
    audio = sizes.audio
    found: dict[str, tuple[float, list[Voice]]] = {}
    for name, share in keys.corpora.items():
        each = voices(
            name,
            corpora,
            folder / "sounds",
            split="train",
            frame_samples=audio.frame_samples,
            rate_hz=audio.sample_rate_hz,
            tell=tell,
        )
        found[name] = (share, each)
    names = phoneme_names([voice for _, each in found.values() for voice in each])
    pool = Pool(sounds(found, names), frames=keys.frames, frame_samples=audio.frame_samples)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.keys.seed)
        model = Model(sizes, seed=recipe.keys.seed).train()
        piece = CodecPiece(keys, pool, model, len(names))
    yield from train(piece, folder / "codec", seed=recipe.keys.seed)
    digest = hashlib.sha256(recipe.text.encode()).hexdigest()
    told = f"josie-bench train {recipe.path.name}"
    label = Label(preset=keys.preset, layout=LAYOUT, source=told, files={recipe.path.name: digest})
    tensors = {name: parameter.detach().contiguous() for name, parameter in model.named_parameters()}
    save_weights(folder / "weights.safetensors", tensors, label)
