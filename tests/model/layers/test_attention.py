"""Attention against PyTorch's own."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from josie_bench.model.layers.attention import attend, join_heads, split_heads


def test_grouped_queries_match_pytorch_with_repeated_keys():
    draw = torch.Generator().manual_seed(0)
    query = torch.randn(2, 6, 5, 8, generator=draw)
    key, value = (torch.randn(2, 2, 9, 8, generator=draw) for _ in range(2))
    mask = torch.rand(2, 1, 5, 9, generator=draw) < 0.5
    mask[..., 0] = True
    expected = F.scaled_dot_product_attention(
        query, key.repeat_interleave(3, 1), value.repeat_interleave(3, 1), attn_mask=mask
    )
    torch.testing.assert_close(attend(query, key, value, mask), expected)


def test_heads_split_and_join_are_inverse():
    x = torch.randn(2, 5, 12)
    assert split_heads(x, 3).shape == (2, 3, 5, 4)
    assert torch.equal(join_heads(split_heads(x, 3)), x)
