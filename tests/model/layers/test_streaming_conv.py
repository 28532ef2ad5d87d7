"""Causal convolutions against the textbook sum."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from josie_bench.model.layers.carry import Carry
from josie_bench.model.layers.streaming_conv import StreamingConv1d, StreamingConvTranspose1d


def run(layer, x, cuts):
    state = {s.name: torch.zeros(s.shape({"batch": x.shape[0]}), dtype=x.dtype) for s in layer.state_specs()}
    out = []
    for part in x.split(cuts, dim=-1):
        carry = Carry(state)
        out.append(layer(part, carry))
        state = {name: carry.new[name] for name in state}
    return torch.cat(out, dim=-1)


@pytest.mark.parametrize(("kernel", "dilation", "stride"), [(7, 1, 1), (3, 4, 1), (10, 1, 5), (4, 1, 2), (1, 1, 1)])
def test_causal_convolution_is_the_paper_s_sum(kernel, dilation, stride):
    torch.manual_seed(0)
    layer = StreamingConv1d("c", 2, 3, kernel, dilation=dilation, stride=stride).double()
    x = torch.randn(1, 2, 40, dtype=torch.float64)
    padded = F.pad(x, ((kernel - 1) * dilation + 1 - stride, 0))
    weight, bias = layer.conv.weight, layer.conv.bias
    expected = torch.stack(
        [
            sum(weight[:, :, i] @ padded[0, :, t * stride + i * dilation] for i in range(kernel)) + bias
            for t in range(40 // stride)
        ],
        dim=-1,
    )[None]
    torch.testing.assert_close(run(layer, x, [40]), expected)
    torch.testing.assert_close(run(layer, x, [10, 20, 10]), expected)


@pytest.mark.parametrize("stride", [2, 4, 5])
def test_transposed_convolution_adds_overlaps_once(stride):
    torch.manual_seed(0)
    layer = StreamingConvTranspose1d("t", 3, 2, stride).double()
    x = torch.randn(2, 3, 12, dtype=torch.float64)
    offline = F.conv_transpose1d(x, layer.conv.weight, layer.conv.bias, stride=stride)[..., : 12 * stride]
    torch.testing.assert_close(run(layer, x, [12]), offline)
    torch.testing.assert_close(run(layer, x, [1, 5, 2, 4]), offline)


def test_a_later_sample_never_changes_an_earlier_output():
    layer = StreamingConv1d("c", 1, 1, 7, dilation=2).double()
    x = torch.randn(1, 1, 30, dtype=torch.float64)
    changed = x.clone()
    changed[..., 20:] += 1.0
    assert torch.equal(run(layer, x, [30])[..., :20], run(layer, changed, [30])[..., :20])
