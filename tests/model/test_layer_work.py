"""Work of layers, worked by hand and against torch's own count."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from josie_bench.model.layer_work import (
    Work,
    attention,
    chain,
    convolution,
    feed_forward,
    linear,
    quantizer_lookup,
    quantizer_search,
    residual_quantizer,
    ring,
    ring_clock,
    ring_layer,
    table,
    transposed_convolution,
    vectors,
)
from josie_bench.model.layers.streaming_conv import StreamingConv1d, StreamingConvTranspose1d
from josie_bench.model.weights import parameter_count

SMALL = st.integers(1, 6)


def flops_of(layer: nn.Module, *shape: int) -> int:
    with FlopCounterMode(display=False) as counter:
        layer(torch.zeros(shape, device="meta"))
    return counter.get_total_flops()


def test_a_linear_map_worked_by_hand():
    assert linear(3, 4, 5, bias=True) == Work(parameters=25, products=20, multiplied=20, weights_read=25, flops=120)
    assert linear(3, 4, 5) == Work(parameters=20, products=20, multiplied=20, weights_read=20, flops=120)


def test_parts_in_sequence_add_up():
    assert chain(linear(1, 2, 2), vectors(1, 2), linear(1, 2, 1)) == Work(
        parameters=8, products=6, multiplied=6, weights_read=8, flops=12
    )
    assert chain() == Work()


def test_copies_hold_more_and_another_pass_does_not():
    layer = Work(
        parameters=2, products=2, weights_read=2, flops=4, state_floats=3, state_counters=1, ring_floats=1, state_read=3
    )
    assert layer.copied(2) == layer + layer
    assert (layer + layer.again()).parameters == layer.parameters
    assert (layer + layer.again()).state_bytes("fp32") == layer.state_bytes("fp32") == 3 * 4 + 8
    assert (layer + layer.again()).read_bytes("fp32") == 2 * layer.read_bytes("fp32") == 2 * (2 * 4 + 3 * 4)


def test_an_idle_part_holds_and_does_not_do():
    layer = Work(
        parameters=2, products=2, weights_read=2, flops=4, state_floats=3, state_counters=1, ring_floats=1, state_read=3
    )
    assert layer.idle() == Work(parameters=2, products=2, state_floats=3, state_counters=1, ring_floats=1)


def test_int8_halves_weights_and_leaves_state_at_16_bits():
    layer = Work(parameters=10, weights_read=10, state_floats=4, state_read=4)
    assert (layer.weight_bytes("fp16"), layer.weight_bytes("int8")) == (20, 10)
    assert layer.state_bytes("fp16") == layer.state_bytes("int8") == 8
    assert layer.read_bytes("int8") == 10 + 8


def test_of_a_table_only_rows_are_read():
    assert table(100, 4, looked_up=3) == Work(parameters=400, weights_read=12)


@given(steps=SMALL, channels=SMALL, out=SMALL, kernel=st.integers(1, 7), dilation=SMALL, bias=st.booleans())
def test_a_convolution_is_what_torch_counts(steps, channels, out, kernel, dilation, bias):
    work = convolution(steps, channels, out, kernel, dilation=dilation, bias=bias)
    conv = nn.Conv1d(channels, out, kernel, dilation=dilation, bias=bias, device="meta")
    assert work.parameters == work.weights_read == parameter_count(conv)
    assert work.flops == flops_of(conv, 1, channels, steps + (kernel - 1) * dilation)


def test_a_strided_convolution_carries_what_the_streaming_one_carries():
    work = convolution(10, 3, 6, 8, stride=4)
    layer = StreamingConv1d("down", 3, 6, 8, stride=4)
    assert work.state_floats == layer.state_specs()[0].byte_count({"batch": 1}) // 4 == 3 * 4
    assert convolution(10, 3, 6, 1).state_floats == 0 == len(StreamingConv1d("pointwise", 3, 6, 1).state_specs())


@given(steps=SMALL, width=SMALL, stride=SMALL, is_grouped=st.booleans(), bias=st.booleans())
def test_a_transposed_convolution_is_what_torch_counts(steps, width, stride, is_grouped, bias):
    groups = width if is_grouped else 1
    work = transposed_convolution(steps, width, width, stride, groups=groups, bias=bias)
    conv = nn.ConvTranspose1d(width, width, 2 * stride, stride=stride, groups=groups, bias=bias, device="meta")
    assert work.parameters == parameter_count(conv)
    assert work.flops == flops_of(conv, 1, width, steps)
    carried = StreamingConvTranspose1d("up", width, width, stride).state_specs()[0]
    assert work.state_floats == carried.byte_count({"batch": 1}) // 4


def test_what_is_laid_out_for_kernels_is_what_multiplies():
    """At INT8 products take a byte, convolutions 4; fixed ones count too, and biases, norms and tables do not."""
    parts = (linear(1, 2, 3, bias=True), convolution(1, 2, 3, 5), transposed_convolution(1, 2, 3, 4).fixed())
    layer = chain(*parts, vectors(1, 7), table(9, 7, looked_up=1))
    layer += Work(multiplied=11)  # neither a product's nor a convolution's, such as a codebook that is searched
    assert layer.packed_bytes("int8", "fp32") == 6 + 4 * 11
    assert layer.convolved_bytes("fp32") == 4 * (30 + 48)
    assert layer.pooled_bytes("fp32") == 4 * 48
    twice = layer + layer.again()
    assert twice.packed_bytes("fp32", "fp32") == 4 * 17
    assert twice.convolved_bytes("fp32") == 4 * 78


def test_attention_is_two_products():
    """2 queries over 3 keys of 4 numbers: 2 · 3 · 4 multiplications, twice, with as many additions."""
    assert attention(2, 3, 4) == Work(flops=96)


def test_a_ring_keeps_all_its_slots_and_reads_what_it_holds():
    assert ring(4, 10, held=6) == Work(state_floats=2 * 4 * 11, ring_floats=2 * 4 * 11, state_read=2 * 4 * 6)
    assert ring_clock(10, 5) == Work(state_counters=16 + 2)


def test_a_gated_feed_forward_has_three_maps():
    assert feed_forward(1, 4, 8, is_gated=False) == Work(
        parameters=64, products=64, multiplied=64, weights_read=64, flops=128
    )
    assert feed_forward(1, 4, 8, is_gated=True, bias=True).parameters == 3 * 32 + 2 * 8 + 4


def test_a_ring_layer_attends_over_held_spare_and_new_positions():
    layer = ring_layer(2, dim=8, query_dim=8, kv_dim=4, ff=16, capacity=10, held=5, has_bias=True)
    maps = 8 * 8 + 2 * 8 * 4 + 8 * 8 + 2 * 8 * 16
    assert layer.parameters == maps + 8 + 4 + 4
    assert layer.flops == 2 * 2 * maps + 4 * 2 * (5 + 1 + 2) * 8
    assert (layer.state_floats, layer.state_read) == (2 * 4 * 11, 2 * 4 * 5)


def test_searching_reads_all_codebooks_and_looking_up_reads_entries():
    held = residual_quantizer(8, 2, 3, 16)
    assert held == Work(parameters=3 * 16 * 2 + 2 * 8 * 2, products=2 * 8 * 2, multiplied=2 * 8 * 2)
    search, lookup = quantizer_search(5, 8, 2, 3, 16), quantizer_lookup(5, 8, 2, 3)
    entries = 3 * 16 * 2  # products with all of them: what is looked up is none
    assert search == Work(multiplied=entries, weights_read=entries + 8 * 2, flops=2 * 5 * (8 * 2 + entries))
    assert lookup == Work(weights_read=5 * 3 * 2 + 2 * 8, flops=2 * 5 * 2 * 8)
