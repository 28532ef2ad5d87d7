"""Scaled dot-product attention with a mask M (paper section 6.1), queries grouped over fewer key heads."""

from __future__ import annotations

import torch
from torch import Tensor

from josie_bench.model.layers.norms import at_least_fp32


def attend(query: Tensor, key: Tensor, value: Tensor, mask: Tensor) -> Tensor:
    """Return softmax(QKᵀ/√d + M)V, `[batch, query heads, time, head_dim]`.

    Args:
        query: `[batch, query heads, time, head_dim]`.
        key: `[batch, key heads, keys, head_dim]`; consecutive query heads share a key head.
        value: of the same shape.
        mask: bool `[batch, 1, time, keys]`, True where the query may look; every row has at least one True.
    """
    kv_heads = key.shape[1]
    # Queries of one group lie in a block of their own, so keys are never repeated in memory. Written out, since the
    # fused kernel's output strides put a bound on the dynamic time axis that torch.export cannot meet.
    grouped = query.unflatten(1, (kv_heads, -1))
    scores = grouped @ key[:, :, None].transpose(-1, -2) * query.shape[-1] ** -0.5
    weights = at_least_fp32(scores).masked_fill(~mask[:, None], -torch.inf).softmax(-1).to(value.dtype)
    return (weights @ value[:, :, None]).flatten(1, 2)


def split_heads(x: Tensor, heads: int) -> Tensor:
    """Return `[batch, heads, time, head_dim]` for `x` `[batch, time, heads * head_dim]`."""
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)


def join_heads(x: Tensor) -> Tensor:
    """Return `[batch, time, heads * head_dim]` for `x` `[batch, heads, time, head_dim]`."""
    return torch.flatten(x.transpose(1, 2), -2)
