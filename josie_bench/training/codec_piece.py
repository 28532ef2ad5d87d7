"""The codec's piece: a codec that learns from a pool of sounds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from josie_bench.model.sizes import AudioSizes, CodecSizes
from josie_bench.model.weights import Model
from josie_bench.training.codec import CodecLearner, total
from josie_bench.training.device import CPU
from josie_bench.training.loop import Draws
from josie_bench.training.pool import Voice, phoneme_names, sounds, voices
from josie_bench.training.sections.codec import Keys
from josie_bench.training.sounds import Pool

BEGIN_BATCHES = 6  # of latents that the codebooks begin from


class CodecPiece:
    """A codec that learns from a pool of sounds, on a device."""

    def __init__(
        self, keys: Keys, pool: Pool, model: Model, *, phonemes: int, seed: int, device: torch.device = CPU
    ) -> None:
        self.keys, self.pool = keys, pool
        self.learner = CodecLearner(model, phonemes).to(device)
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

    def look(self) -> dict[str, float]:
        """Return nothing: what was not heard is judged by `josie-bench judge`."""
        return {}

    def total(self, losses: dict[str, Tensor]) -> Tensor:
        """Return what is learnt by."""
        return total(losses)


def codec_piece(
    keys: Keys,
    sizes: CodecSizes,
    cache: Path,
    corpora: Path,
    tell: Callable[[str], None],
    *,
    seed: int,
    device: torch.device = CPU,
) -> tuple[CodecPiece, Model]:
    """Return the piece at its begin, and the model that it trains in place.

    Args:
        keys: of the recipe.
        sizes: of the codec.
        cache: where what corpora say is kept.
        corpora: where fetched corpora lie.
        tell: is told what takes long.
        seed: of the recipe.
        device: where it learns.

    Raises:
        UnavailableError: a corpus is not here.
        UsageError: no recording is as long as a crop.
        OutputError: the cache cannot be written.
    """
    found = _voices(keys, sizes.audio, cache, corpora, tell)
    names = phoneme_names([voice for _, each in found.values() for voice in each])
    pool = Pool(sounds(found, names), frames=keys.frames, frame_samples=sizes.audio.frame_samples)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Model(sizes, seed=seed).train()
        return CodecPiece(keys, pool, model, phonemes=len(names), seed=seed, device=device), model


def _voices(
    keys: Keys, audio: AudioSizes, cache: Path, corpora: Path, tell: Callable[[str], None]
) -> dict[str, tuple[float, list[Voice]]]:
    """Return the share and the voices of each corpus."""
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
