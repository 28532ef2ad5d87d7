"""A piece that learns in milliseconds, trained as in life; run as a program, until it is killed.

`python -m tests.training.pieces FOLDER`: prints the step of each line of the curve.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from torch import nn

from josie_bench.training.loop import train

STEPS, EVERY = 40, 4


class Line:
    """Learns a map of noise, with all that a piece can have: large and small weights, a buffer, both sources of chance.

    Args:
        bad: the step whose loss is no number.
        other: keywords: `steps`, `lr`, `identity`, `width`.
    """

    def __init__(self, bad=None, **other):
        self.bad, self.steps = bad, other.get("steps", STEPS)
        self.lr, self.identity = other.get("lr", 0.01), other.get("identity", "line")
        width = other.get("width", 48)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.late = nn.Linear(3, 3)  # learns from the second half on alone
            self.module = nn.Sequential(nn.Linear(width, width), nn.BatchNorm1d(width), nn.Linear(width, 3), self.late)
        self.taken = []

    def losses(self, step, draws):
        self.taken.append(step)
        x = torch.randn(16, self.module[0].in_features, generator=draws.torch)
        x = x * float(draws.numpy.uniform(0.5, 2.0))
        y = self.module[:3](x)
        losses = {"first": (y - x[:, :3]).square().mean()}
        if step >= self.steps // 2:
            losses["late"] = (self.late(y) - x[:, :3]).square().mean()
        if step == self.bad:
            losses["first"] = losses["first"] * float("nan")
        return losses

    def look(self):
        return {"taken": float(len(self.taken))}

    def total(self, losses):
        return torch.stack(list(losses.values())).sum()


def hurried():
    """Return a clock by which a minute and a second pass at every look."""
    ticks = iter(range(10**9))
    return lambda: 61.0 * next(ticks)


def steps_of(piece, folder, clock=None):
    """Yield the steps of the curve's lines."""
    for line in train(piece, folder, seed=3, every=EVERY, clock=clock or hurried()):
        yield line.step


if __name__ == "__main__":
    torch.set_num_threads(1)
    for step in steps_of(Line(), Path(sys.argv[1])):
        sys.stdout.write(f"{step}\n")
        sys.stdout.flush()
