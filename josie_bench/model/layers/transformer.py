"""Pre-norm transformer layers over a key-value ring: h_l = h_{l−1} + Layer(norm(h_{l−1})) (paper section 6.1)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from josie_bench.model.layers.attention import join_heads, split_heads
from josie_bench.model.layers.carry import Carry
from josie_bench.model.layers.key_value_ring import KeyValueRing, RingView
from josie_bench.model.layers.rotary import rotate

NORM_EPS = 1e-6


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
    """down(SiLU(up(x)))."""

    def __init__(self, dim: int, ff: int) -> None:
        super().__init__()
        self.up = nn.Linear(dim, ff, bias=False)
        self.down = nn.Linear(ff, dim, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return `[…, dim]`."""
        return self.down(F.silu(self.up(x)))


class RingLayer(nn.Module):
    """Self-attention over a ring and a feed-forward, each behind an RMSNorm.

    Args:
        slots: slots of the component's `RingClock`.
        is_gated: SwiGLU instead of a plain feed-forward.
        has_bias: biases on query, key and value, as Qwen2 has.
    """

    def __init__(
        self,
        name: str,
        *,
        dim: int,
        heads: int,
        kv_heads: int,
        head_dim: int,
        ff: int,
        slots: int,
        is_gated: bool = False,
        has_bias: bool = False,
    ) -> None:
        super().__init__()
        self.heads = heads
        self.kv_heads = kv_heads
        self.attention_norm = nn.RMSNorm(dim, eps=NORM_EPS)
        self.query = nn.Linear(dim, heads * head_dim, bias=has_bias)
        self.key = nn.Linear(dim, kv_heads * head_dim, bias=has_bias)
        self.value = nn.Linear(dim, kv_heads * head_dim, bias=has_bias)
        self.out = nn.Linear(heads * head_dim, dim, bias=False)
        self.ring = KeyValueRing(name, kv_heads, head_dim, slots)
        self.feed_norm = nn.RMSNorm(dim, eps=NORM_EPS)
        self.feed = GatedFeedForward(dim, ff) if is_gated else FeedForward(dim, ff)

    def forward(self, x: Tensor, angles: tuple[Tensor, Tensor], view: RingView, carry: Carry) -> Tensor:
        """Return `[batch, time, dim]`."""
        normed = self.attention_norm(x)
        query = rotate(split_heads(self.query(normed), self.heads), *angles)
        key = rotate(split_heads(self.key(normed), self.kv_heads), *angles)
        value = split_heads(self.value(normed), self.kv_heads)
        x = x + self.out(join_heads(self.ring(query, key, value, view, carry)))
        return x + self.feed(self.feed_norm(x))
