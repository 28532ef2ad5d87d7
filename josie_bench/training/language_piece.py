"""The language part's piece: temporal and depth transformer, which learn from tapes of lessons."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from josie_bench.errors import UsageError
from josie_bench.model.checkpoint import load_weights
from josie_bench.model.presets import find_preset
from josie_bench.model.sizes import ModelSizes
from josie_bench.model.tokenizer import find_tokenizer
from josie_bench.model.weights import Model, weights_digest
from josie_bench.plugins import find_member
from josie_bench.training.language import LanguageLearner
from josie_bench.training.lessons import Writing
from josie_bench.training.loop import Draws
from josie_bench.training.sections.language import LESSONS, Keys
from josie_bench.training.sequences import Batch, Tape, batch_of
from josie_bench.training.tapes import Recorder, Reel

LONG_EVERY, LONG_TIMES = 4, 4  # every fourth step's crops are four times as long and a quarter as many
HELD_OUT = 8  # crops of each lesson that are looked at and never learnt from
HELD_OUT_SEED = 1


class LanguagePiece:
    """Temporal and depth transformer over a codec that stays.

    Args:
        keys: of the recipe.
        model: whose two transformers learn in place.
        reels: by lesson, the tapes to learn from.
        held_out: by lesson, tapes of which some crops are looked at.
        seed: of the recipe.
    """

    def __init__(
        self, keys: Keys, model: Model, reels: Mapping[str, Reel], held_out: Mapping[str, Reel], *, seed: int
    ) -> None:
        self.keys, self.model = keys, model
        assert isinstance(model.sizes, ModelSizes)
        self.sizes = model.sizes
        self.reels = [reels[name] for name in keys.lessons]
        shares = np.array(list(keys.lessons.values()))
        self.chances = shares / shares.sum()
        self.learner = LanguageLearner(model)
        self.module: nn.Module = self.learner
        self.lr, self.steps = keys.lr, keys.steps
        before = weights_digest(model.audio_encoder)
        told = keys.model_dump(exclude={"lr", "weights"}) | {"seed": seed, "codec": before}
        if self.sizes != find_preset(keys.preset):
            told["sizes"] = repr(self.sizes)
        self.identity = json.dumps(told, sort_keys=True)
        draw = np.random.default_rng(HELD_OUT_SEED)
        self.held_out = {
            name: self._batch([reel.draw(draw, keys.frames) for _ in range(HELD_OUT)], draw)
            for name, reel in held_out.items()
        }

    def losses(self, step: int, draws: Draws) -> dict[str, Tensor]:
        """Return the parts of the loss of a batch."""
        times = LONG_TIMES if step % LONG_EVERY == LONG_EVERY - 1 else 1
        chosen = draws.numpy.choice(len(self.reels), max(1, self.keys.batch // times), p=self.chances)
        tapes = [self.reels[index].draw(draws.numpy, times * self.keys.frames) for index in chosen]
        found: dict[str, Tensor] = self.learner(self._batch(tapes, draws.numpy), draws.torch)
        return found

    def look(self) -> dict[str, float]:
        """Return how good it is at what was held out, by lesson."""
        return {
            f"{name}_{key}": value
            for name, batch in self.held_out.items()
            for key, value in self.learner.look(batch).items()
        }

    def total(self, losses: dict[str, Tensor]) -> Tensor:
        """Return what is learnt by."""
        return self.learner.total(losses)

    def trained(self) -> dict[str, Tensor]:
        """Return all of the model's parameters that are no longer as they were seeded, by name."""
        parts = ("audio_encoder.", "audio_decoder.", "temporal_transformer.", "depth_transformer.")
        named = self.model.named_parameters()
        return {name: parameter.detach() for name, parameter in named if name.startswith(parts)}

    def _batch(self, tapes: list[Tape], draw: np.random.Generator) -> Batch:
        return batch_of(tapes, self.sizes, are_gated=(draw.random(len(tapes)) < 0.5).tolist())


def model_before(
    keys: Keys, sizes: ModelSizes, before: Mapping[str, Tensor], files: Sequence[Path], *, seed: int
) -> Model:
    """Return the model that the piece begins with: seeded, but for what was trained before.

    Args:
        keys: of the recipe.
        sizes: of the model.
        before: what the recipe trained before, by the names of parameters.
        files: of weights that were trained before.
        seed: of the recipe.

    Raises:
        UsageError: no codec was trained before.
        WeightsError: a file of weights does not fit.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Model(sizes, seed=seed).train()
    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for name, tensor in before.items():
            parameters[name].copy_(tensor)
    filled = {name.partition(".")[0] for name in before}.union(*(load_weights(model, file) for file in files))
    if "audio_encoder" not in filled:
        raise UsageError(
            f"language: no codec of {keys.preset} is trained: add a section codec, or its file under language.weights"
        )
    return model


def language_piece(
    keys: Keys, model: Model, cache: Path, corpora: Path, tell: Callable[[str], None], *, seed: int
) -> LanguagePiece:
    """Return the piece at its begin.

    Args:
        keys: of the recipe.
        model: what it begins with.
        cache: where tapes are kept.
        corpora: where fetched corpora lie.
        tell: is told what takes long.
        seed: of the recipe.

    Raises:
        UnavailableError: a corpus is not here.
        OutputError: the cache cannot be written.
    """
    sizes = model.sizes
    assert isinstance(sizes, ModelSizes)
    recorder = Recorder(
        encoder=model.audio_encoder.eval(),
        write=Writing(
            tokenizer=find_tokenizer(sizes.text.tokenizer), text=sizes.text, frame_samples=sizes.audio.frame_samples
        ),
        rate_hz=sizes.audio.sample_rate_hz,
        corpora=corpora,
        cache=cache,
        tell=tell,
    )
    reels = {
        split: {name: recorder.reel(name, find_member(LESSONS, name), split) for name in keys.lessons}
        for split in ("train", "valid")
    }
    return LanguagePiece(keys, model, reels["train"], reels["valid"], seed=seed)
