"""The vision tokenizer's piece: an encoder that learns from a pool of clips, and the pixel decoder it leaves."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from josie_bench.corpora import open_corpus
from josie_bench.model.label import Label
from josie_bench.model.pixel_decoder import FILE, save_pixel_decoder
from josie_bench.model.presets import find_preset
from josie_bench.model.weights import Model
from josie_bench.training.clips import ClipPool
from josie_bench.training.device import CPU
from josie_bench.training.loop import Draws
from josie_bench.training.sections.vision import Keys
from josie_bench.training.vision import VisionLearner, total

BEGIN_BATCHES = 6  # of latents that the codebooks begin from
HELD_OUT = 16  # crops that are looked at and never learnt from
HELD_OUT_SEED = 1


class VisionPiece:
    """A vision tokenizer that learns from clips.

    Args:
        keys: of the recipe.
        pool: what it learns from.
        held_out: what is looked at; not needed to train.
        model: whose vision encoder learns in place.
        seed: of the recipe.
        device: where it learns.
    """

    def __init__(
        self,
        keys: Keys,
        pool: ClipPool,
        held_out: ClipPool,
        model: Model,
        *,
        seed: int,
        device: torch.device = CPU,
    ) -> None:
        self.keys, self.pool, self.model = keys, pool, model
        self.learner = VisionLearner(model, [len(names) for names in pool.classes.values()]).to(device)
        self.module: nn.Module = self.learner
        self.lr, self.steps = keys.lr, keys.steps
        self.identity = json.dumps(keys.model_dump(exclude={"lr"}) | {"seed": seed}, sort_keys=True)
        self.held_out = held_out.draw(np.random.default_rng(HELD_OUT_SEED), HELD_OUT)

    def losses(self, step: int, draws: Draws) -> dict[str, Tensor]:
        """Return the parts of the loss of a batch."""
        if step == 0:
            self.learner.begin_pixels(self.pool.draw(draws.numpy, self.keys.batch))
        if step == self.keys.unquantised:
            batches = [self.pool.draw(draws.numpy, self.keys.batch) for _ in range(BEGIN_BATCHES)]
            self.learner.begin_codebooks(batches, draws.torch)
        views = self.pool.draw(draws.numpy, self.keys.batch)
        found: dict[str, Tensor] = self.learner(views, draws.torch, quantises=step >= self.keys.unquantised)
        return found

    def look(self) -> dict[str, float]:
        """Return how near clips that are not learnt from come back, peak signal-to-noise ratio in dB."""
        return {"psnr_db": self.learner.psnr_db(self.held_out)}

    def total(self, losses: dict[str, Tensor]) -> Tensor:
        """Return what is learnt by."""
        return total(losses)

    def trained(self) -> dict[str, Tensor]:
        """Return the parameters of the model that have learnt, by name, on the CPU."""
        named = self.model.named_parameters()
        return {name: parameter.detach().cpu() for name, parameter in named if name.startswith("vision_encoder.")}

    def leave(self, folder: Path, label: Label) -> None:
        """Write the pixel decoder beside the weights, under their label."""
        save_pixel_decoder(folder / FILE, self.learner.decoder, self.model.vision_encoder, label)


def vision_piece(keys: Keys, corpora: Path, *, seed: int, device: torch.device = CPU) -> VisionPiece:
    """Return the piece at its begin, on a device.

    Raises:
        UnavailableError: a corpus is not here.
    """
    sizes = find_preset(keys.preset)
    opened = {name: (share, open_corpus(name, corpora)) for name, share in keys.corpora.items()}
    pool, held_out = (ClipPool(opened, sizes.vision, split=split, patches=keys.patches) for split in ("train", "valid"))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Model(sizes, seed=seed).train()
        return VisionPiece(keys, pool, held_out, model, seed=seed, device=device)
