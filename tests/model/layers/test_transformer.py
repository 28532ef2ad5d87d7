"""Layers against the same arithmetic written out with torch's functions."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from josie_bench.model.layers.carry import Carry
from josie_bench.model.layers.key_value_ring import RingClock, single_kind
from josie_bench.model.layers.rotary import Rotary, rotate
from josie_bench.model.layers.transformer import FeedForward, GatedFeedForward, RingLayer


def heads(x, count):
    return x.unflatten(-1, (count, -1)).transpose(1, 2)


def test_a_layer_is_pre_norm_attention_and_feed_forward_with_residuals():
    torch.manual_seed(0)
    clock, rotary = RingClock("c", (16,)), Rotary(4)
    feed = GatedFeedForward(8, 12)
    layer = RingLayer(
        "l", dim=8, heads=2, kv_heads=2, head_dim=4, slots=clock.slots, feed=feed, has_bias=True, has_scale=True
    )
    layer.attention_scale.weight.data.fill_(0.5)
    layer.feed_scale.weight.data.fill_(0.25)
    x = torch.randn(1, 6, 8)
    specs = (*clock.state_specs(), *layer.ring.state_specs())
    carry = Carry({s.name: torch.zeros(s.shape({"batch": 1}), dtype=getattr(torch, s.dtype)) for s in specs})
    view = clock(single_kind(x), carry)
    angles = rotary(view.position[..., None])
    got = layer(x, angles, view, carry)
    normed = F.rms_norm(x, (8,), layer.attention_norm.weight, 1e-6)
    query, key = (rotate(heads(part(normed), 2), *angles) for part in (layer.query, layer.key))
    seen = F.scaled_dot_product_attention(query, key, heads(layer.value(normed), 2), is_causal=True)
    middle = x + 0.5 * layer.out(seen.transpose(1, 2).flatten(-2))
    expected = middle + 0.25 * layer.feed(F.rms_norm(middle, (8,), layer.feed_norm.weight, 1e-6))
    torch.testing.assert_close(got, expected)


def test_feed_forwards_are_what_they_say():
    x = torch.randn(3, 4)
    gated, plain, gelu = GatedFeedForward(4, 6), FeedForward(4, 6), FeedForward(4, 6, has_gelu=True)
    expected = (F.silu(x @ gated.gate.weight.T) * (x @ gated.up.weight.T)) @ gated.down.weight.T
    torch.testing.assert_close(gated(x), expected)
    torch.testing.assert_close(plain(x), F.silu(x @ plain.up.weight.T) @ plain.down.weight.T)
    torch.testing.assert_close(gelu(x), F.gelu(x @ gelu.up.weight.T) @ gelu.down.weight.T)
