"""A published checkpoint's layout: which of its tensors become which of ours. Every member file offers:

- `SUMMARY`: one line for people.
- `PRESETS`: what it can be imported into.
- `COMPONENTS`: which of our components it fills.
- `MARK`: a key that only this layout has.
- `RESPELT`: pairs (pattern, replacement), applied to a key in turn: newer spellings into the one of MARK and rules.
- `rules(sizes) -> tuple[Rule, ...]`: how each of our parameters is made.
- `IGNORED`: a pattern of keys that are of no use here; any other key without a rule is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor


def as_it_is(tensor: Tensor) -> Tensor:
    """Return the tensor."""
    return tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How one of our parameters is made.

    Attributes:
        ours: its name in `Model.named_parameters()`.
        theirs: the published tensors it is made from.
        make: from those to ours, in the same order. A rule without `theirs` makes it from nothing.
    """

    ours: str
    theirs: tuple[str, ...]
    make: Callable[..., Tensor] = as_it_is


def renamed(ours: str, theirs: str, parts: Mapping[str, str]) -> list[Rule]:
    """Return a rule for each pair of names in `parts`, ours behind `ours` and theirs behind `theirs`."""
    return [Rule(ours=f"{ours}.{mine}", theirs=(f"{theirs}.{published}",)) for mine, published in parts.items()]


def pointwise(weight: Tensor) -> Tensor:
    """Return the linear map `[out, in]` of a convolution of width one `[out, in, 1]`."""
    return weight.squeeze(-1)


def interleaved_to_half(weight: Tensor, heads: int) -> Tensor:
    """Return a query or key projection `[heads · d, dim]` for a rotation that pairs dimension i with i + d/2.

    The published one pairs 2i with 2i + 1. Forgetting this changes only some 3 % of all codes, which a loose
    tolerance lets pass.
    """
    return weight.unflatten(0, (heads, -1, 2)).transpose(1, 2).flatten(0, 2)


def codebooks(smallest_usage: float) -> Callable[..., Tensor]:
    """Return a maker of `[levels, card, code_dim]` from (sum of latents, usage) of each level in turn."""

    def make(*pairs: Tensor) -> Tensor:
        sums, usages = pairs[::2], pairs[1::2]
        # In float32, where the published code divides too: narrower numbers are widened first.
        levels = [s.float() / u.float().clamp_min(smallest_usage)[:, None] for s, u in zip(sums, usages, strict=True)]
        return torch.stack(levels)

    return make
