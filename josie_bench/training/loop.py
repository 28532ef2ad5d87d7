"""The loop: steps that can be cut off at any moment and gone on with, as if nothing had been.

A piece's folder holds `checkpoint.safetensors`, what the next step begins from, written whole every minute, and
`curve.jsonl`, a line for every few steps. A loss that is no number stops the piece; the checkpoint before it stays.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Protocol

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor, nn

from josie_bench.errors import TrainingError, WeightsError
from josie_bench.model.safetensors_reader import opened
from josie_bench.terms.progress import CURVE, Progress, curve_text, read_curve
from josie_bench.training.muon import optimizers
from josie_bench.writing import write_whole

CHECKPOINT = "checkpoint.safetensors"
SAVE_EVERY_S = 60.0
LONGEST_GRADIENT = 3.0
WARM_UP_STEPS = 100
LAST_SHARE = 0.02  # of the learning rate, at the end of the cosine
LOOK_EVERY = 10  # lines of the curve


@dataclass(slots=True, kw_only=True)
class Draws:
    """The two sources of chance of a piece; both are of the CPU wherever it learns, and kept in its checkpoint."""

    numpy: np.random.Generator
    torch: torch.Generator


class Piece(Protocol):
    """What is trained in one loop; its `lr` may change from one call to the next."""

    module: nn.Module
    lr: float
    steps: int
    identity: str  # what a checkpoint must have been trained by to be gone on with

    def losses(self, step: int, draws: Draws) -> dict[str, Tensor]:
        """Return the parts of the loss of step `step` by name."""

    def total(self, losses: dict[str, Tensor]) -> Tensor:
        """Return what is learnt by."""

    def look(self) -> dict[str, float]:
        """Return how good it is at what it does not learn from, by name; nothing where nothing was held out."""


def learning_rate(lr: float, step: int, steps: int) -> float:
    """Return the rate of a step: up over `WARM_UP_STEPS`, then down a half cosine to `LAST_SHARE`."""
    cosine = 0.5 + 0.5 * math.cos(math.pi * step / steps)
    return lr * min(1.0, (step + 1) / WARM_UP_STEPS) * (cosine * (1 - LAST_SHARE) + LAST_SHARE)


def train(
    piece: Piece, folder: Path, *, seed: int, every: int = 20, clock: Callable[[], float] = time.monotonic
) -> Iterator[Progress]:
    """Train a piece to its end, from where its folder stands; yield a line of its curve every `every` steps.

    Raises:
        TrainingError: a loss is no number.
        WeightsError: the checkpoint is not this piece's.
        OutputError: the checkpoint cannot be written; that before it stays.
    """
    run = _Run(piece, folder, seed)
    run.load()
    saved = last = clock()
    found: dict[str, list[float]] = {}
    while run.step < piece.steps:
        for name, loss in run.take_step().items():
            found.setdefault(name, []).append(loss)
        if run.step % every and run.step < piece.steps:
            continue
        now = clock()
        run.elapsed_s, last = run.elapsed_s + now - last, now
        line = run.note({name: fmean(losses) for name, losses in found.items()})
        found = {}
        if run.step == piece.steps or now - saved > SAVE_EVERY_S:
            run.save()
            saved = now
        yield line


class _Run:
    """A piece between two steps."""

    def __init__(self, piece: Piece, folder: Path, seed: int) -> None:
        self.piece, self.folder = piece, folder
        self.step, self.saved, self.elapsed_s = 0, 0, 0.0
        self.lines: list[Progress] = []
        self.optimizers = optimizers(piece.module, piece.lr)
        self.draws = Draws(numpy=np.random.default_rng(seed), torch=torch.Generator().manual_seed(seed))

    def take_step(self) -> dict[str, float]:
        """Take a step; return the parts of its loss."""
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(self.piece.lr, self.step, self.piece.steps)
        losses = self.piece.losses(self.step, self.draws)
        self.piece.total(losses).backward()
        length = float(nn.utils.clip_grad_norm_(self.piece.module.parameters(), LONGEST_GRADIENT))
        found = {name: loss.item() for name, loss in losses.items()}
        if not math.isfinite(length) or not all(map(math.isfinite, found.values())):
            told = ", ".join(f"{name} {value:g}" for name, value in found.items())
            raise TrainingError(
                f"{self.folder}: step {self.step} has a loss or gradient that is no number ({told}): "
                f"lower lr, and it goes on from step {self.saved}"
            )
        for optimizer in self.optimizers:
            optimizer.step()
        self.step += 1
        return found

    def note(self, losses: dict[str, float]) -> Progress:
        """Add a line to the curve."""
        lr = learning_rate(self.piece.lr, self.step - 1, self.piece.steps)
        is_due = len(self.lines) % LOOK_EVERY == LOOK_EVERY - 1 or self.step == self.piece.steps
        held_out = self.piece.look() if is_due else {}
        line = Progress(step=self.step, lr=lr, losses=losses, elapsed_s=self.elapsed_s, held_out=held_out)
        self.lines.append(line)
        return line

    def save(self) -> None:
        """Write curve and checkpoint."""
        write_whole(self.folder / CURVE, curve_text(self.lines).encode())
        about = json.dumps({"step": self.step, "elapsed_s": self.elapsed_s, "identity": self.piece.identity})
        chance = json.dumps(self.draws.numpy.bit_generator.state)
        content = save(self._tensors(), metadata={"about": about, "numpy": chance})
        write_whole(self.folder / CHECKPOINT, content)
        self.saved = self.step

    def load(self) -> None:
        """Go on from the folder's checkpoint, if it has one."""
        path = self.folder / CHECKPOINT
        if not path.exists():
            return
        metadata, found = _read_checkpoint(path)
        about = json.loads(metadata.get("about", "{}"))
        tensors = self._module_tensors()
        is_ours = about.get("identity") == self.piece.identity
        if not is_ours or any(name not in found or found[name].shape != tensors[name].shape for name in tensors):
            raise WeightsError(f"{path}: trained by another recipe: take another --output, or delete {self.folder}")
        for name, tensor in tensors.items():
            tensor.data.copy_(found[name])
        self.step, self.elapsed_s = about["step"], about["elapsed_s"]
        self.saved = self.step
        for name, (optimizer, parameter) in self._learners().items():
            kept = {key.removeprefix(name): tensor for key, tensor in found.items() if key.startswith(name)}
            optimizer.state[parameter].update(_placed(kept, parameter))
        self.draws.torch.set_state(found["torch"])
        self.draws.numpy.bit_generator.state = json.loads(metadata["numpy"])
        self.lines = [line for line in read_curve(self.folder / CURVE) if line.step <= self.step]

    def _tensors(self) -> dict[str, Tensor]:
        """Return all that the next step depends on, by name and on the CPU: where it was computed is forgotten."""
        found = self._module_tensors() | {"torch": self.draws.torch.get_state()}
        for name, (optimizer, parameter) in self._learners().items():
            found |= {name + key: value for key, value in optimizer.state[parameter].items()}
        return {name: tensor.cpu() for name, tensor in found.items()}

    def _module_tensors(self) -> dict[str, Tensor]:
        module = self.piece.module
        return {f"module.{name}": part.detach() for name, part in (*module.named_parameters(), *module.named_buffers())}

    def _learners(self) -> dict[str, tuple[torch.optim.Optimizer, Tensor]]:
        """Return every parameter that learns with its optimiser, by the beginning of their names in a checkpoint."""
        return {
            f"optimizer.{index}.{group_at}.{at}.": (optimizer, parameter)
            for index, optimizer in enumerate(self.optimizers)
            for group_at, group in enumerate(optimizer.param_groups)
            for at, parameter in enumerate(group["params"])
        }


def _placed(state: Mapping[str, Tensor], parameter: Tensor) -> dict[str, Tensor]:
    """Return what an optimiser keeps of a parameter where that lies; AdamW counts its steps on the CPU."""
    return {name: tensor if name == "step" else tensor.to(parameter.device) for name, tensor in state.items()}


def _read_checkpoint(path: Path) -> tuple[dict[str, str], dict[str, Tensor]]:
    """Return what a checkpoint says of itself and its tensors."""
    try:
        with opened(path, framework="pt") as reader:
            return reader.metadata() or {}, {name: reader.get_tensor(name) for name in reader.keys()}  # noqa: SIM118
    except WeightsError as error:
        if isinstance(error.__cause__, OSError):
            raise
        raise WeightsError(f"{path}: not a whole checkpoint: delete it, and the piece begins anew") from error
