"""Pre-norm transformer layers over a key-value ring: h_l = h_{l−1} + Layer(norm(h_{l−1})) (paper section 6.1)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from josie_bench.model.layers.attention import join_heads, split_heads
from josie_bench.model.layers.carry import Carry
from josie_bench.model.layers.key_value_ring import KeyValueRing, RingView
from josie_bench.model.layers.norms import make_norm
from josie_bench.model.layers.rotary import rotate

FIRST_SCALE = 0.01  # of a branch with a learned scale, as Mimi begins


class GatedFeedForward(nn.Module):
    """down(SiLU(gate(x)) · up(x))."""

    def __init__(self, dim: int, ff: int, *, bias: bool = False) -> None:
        super().__init__()
        self.gate = nn.Linear(dim, ff, bias=bias)
        self.up = nn.Linear(dim, ff, bias=bias)
        self.down = nn.Linear(ff, dim, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        """Return `[…, dim]`."""
        return self.down(F.silu(self.gate(x)) * self.up(x))


class FeedForward(nn.Module):
    """down(SiLU(up(x))), or with GELU in SiLU's place."""

    def __init__(self, dim: int, ff: int, *, has_gelu: bool = False) -> None:
        super().__init__()
        self.has_gelu = has_gelu
        self.up = nn.Linear(dim, ff, bias=False)
        self.down = nn.Linear(ff, dim, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return `[…, dim]`."""
        return self.down((F.gelu if self.has_gelu else F.silu)(self.up(x)))


class BranchScale(nn.Module):
    """A learned factor for each dimension of a residual branch."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((dim,), FIRST_SCALE))

    def forward(self, x: Tensor) -> Tensor:
        """Return `[…, dim]`."""
        return self.weight * x


class RingLayer(nn.Module):
    """Self-attention over a ring and a feed-forward, each behind a norm.

    Args:
        slots: slots of the component's `RingClock`.
        feed: the feed-forward, from dim to dim.
        norm: its kind, see `make_norm`.
        has_bias: biases on query, key and value, as Qwen2 has.
        has_scale: a learned scale on each branch, as Mimi has.
    """

    def __init__(
        self,
        name: str,
        *,
        dim: int,
        heads: int,
        kv_heads: int,
        head_dim: int,
        slots: int,
        feed: nn.Module,
        norm: str = "rms",
        has_bias: bool = False,
        has_scale: bool = False,
    ) -> None:
        super().__init__()
        self.heads = heads
        self.kv_heads = kv_heads
        self.attention_norm = make_norm(norm, dim)
        self.query = nn.Linear(dim, heads * head_dim, bias=has_bias)
        self.key = nn.Linear(dim, kv_heads * head_dim, bias=has_bias)
        self.value = nn.Linear(dim, kv_heads * head_dim, bias=has_bias)
        self.out = nn.Linear(heads * head_dim, dim, bias=False)
        self.attention_scale = BranchScale(dim) if has_scale else nn.Identity()
        self.ring = KeyValueRing(name, kv_heads, head_dim, slots)
        self.feed_norm = make_norm(norm, dim)
        self.feed = feed
        self.feed_scale = BranchScale(dim) if has_scale else nn.Identity()

    def forward(self, x: Tensor, angles: tuple[Tensor, Tensor], view: RingView, carry: Carry) -> Tensor:
        """Return `[batch, time, dim]`."""
        normed = self.attention_norm(x)
        query = rotate(split_heads(self.query(normed), self.heads), *angles)
        key = rotate(split_heads(self.key(normed), self.kv_heads), *angles)
        value = split_heads(self.value(normed), self.kv_heads)
        seen = self.out(join_heads(self.ring(query, key, value, view, carry)))
        x = x + self.attention_scale(seen)
        return x + self.feed_scale(self.feed(self.feed_norm(x)))
