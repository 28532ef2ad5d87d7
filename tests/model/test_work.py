"""Work against the torch model on the meta device, against published sizes, and against sums by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from josie_bench.model.memory import Load, Storage, model_terms
from josie_bench.model.presets import JOSIE_V4O, MIMI_24K, PRESETS, SWITCHES, switch_off
from josie_bench.model.sizes import COMPONENTS, GuestSizes
from josie_bench.model.weights import build_meta_model, parameter_count
from josie_bench.model.work import (
    WindowShape,
    depth_transformer,
    position_floats,
    ring_capacities,
    ring_spans_ms,
    temporal_transformer,
    vision_encoder,
    window_work,
)
from josie_bench.terms.accelerator import ACCELERATORS
from josie_bench.terms.roofline import floor_of, sessions_on

FRAMES = 6  # 300 ms


def full_window(sizes) -> WindowShape:
    """Return a window of 300 ms with the preset's vision tokens on full rings."""
    context = sum(ring_capacities(sizes).values())
    return WindowShape(frames=FRAMES, tokens=sizes.vision.token_budget, context=context)


@pytest.fixture(scope="module", params=PRESETS.values(), ids=PRESETS)
def sizes(request):
    return request.param


@pytest.fixture(scope="module")
def model(sizes):
    return build_meta_model(sizes)


@pytest.fixture(scope="module")
def work(sizes):
    return window_work(sizes, full_window(sizes))


def flops_of(component, **lengths: int) -> int:
    """Return the FLOPs of one call as torch counts them, on the meta device."""
    signature = component.signature()
    inputs = [
        torch.zeros(spec.shape({"batch": 1, **lengths}), dtype=getattr(torch, spec.dtype), device="meta")
        for spec in signature.inputs
    ]
    with FlopCounterMode(display=False) as counter:
        component(*inputs, *component.zero_state())
    return counter.get_total_flops()


@pytest.mark.parametrize("name", COMPONENTS)
def test_parameters_are_those_of_the_torch_component(model, work, name):
    assert work.components[name].parameters == parameter_count(model.component(name))


def test_the_total_counts_the_shared_quantiser_once_as_torch_does(model, work):
    assert work.total.parameters == parameter_count(model)


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
@pytest.mark.parametrize("name", COMPONENTS)
def test_state_is_that_of_the_torch_component_s_signature(model, work, name, precision):
    floats = {"fp32": "float32", "fp16": "float16"}[precision]
    specs = model.component(name).signature().state
    stored = (replace(spec, dtype=floats) if spec.dtype == "float32" else spec for spec in specs)
    assert work.components[name].state_bytes(precision) == sum(spec.byte_count({"batch": 1}) for spec in stored)


VARIANTS = {switch: switch_off(JOSIE_V4O, switch) for switch in SWITCHES} | {
    "parallel": replace(JOSIE_V4O, audio=replace(JOSIE_V4O.audio, reading="parallel")),
    "mimi-24k": MIMI_24K,
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_parameters_and_state_of_a_variant_are_torch_s_too(variant):
    sizes = VARIANTS[variant]
    model, work = build_meta_model(sizes), window_work(sizes, WindowShape(frames=4))
    assert work.total.parameters == parameter_count(model)
    for name, component in model.components().items():
        assert work.components[name].parameters == parameter_count(component)
        state = sum(spec.byte_count({"batch": 1}) for spec in component.signature().state)
        assert work.components[name].state_bytes("fp32") == state, name


def test_flops_of_the_vision_encoder_are_those_torch_counts(sizes, model, work):
    counted = flops_of(model.vision_encoder, time=1, tokens=sizes.vision.token_budget)
    assert work.components["vision_encoder"].flops == counted


def test_flops_of_the_temporal_passes_are_those_torch_counts(sizes, model, work):
    passes = [sizes.vision.token_budget + 1] + [1] * (FRAMES - 1)
    counted = sum(flops_of(model.temporal_transformer, time=time) for time in passes)
    assert work.components["temporal_transformer"].flops == counted


def test_flops_of_the_depth_transformer_are_those_torch_counts(model, work):
    assert work.components["depth_transformer"].flops == FRAMES * flops_of(model.depth_transformer)


def test_nothing_seen_leaves_the_vision_encoder_at_rest(sizes, work):
    blind = window_work(sizes, replace(full_window(sizes), tokens=0)).components["vision_encoder"]
    assert (blind.flops, blind.read_bytes("fp16")) == (0, 0)
    assert blind.parameters == work.components["vision_encoder"].parameters
    assert blind.state_bytes("fp16") == work.components["vision_encoder"].state_bytes("fp16")


def test_josie_v4o_has_the_paper_s_2_8_billion_parameters_and_5_6_gb():
    """By hand, in millions: codec 80.4, vision 704.3, temporal 1310.3 + 334.1, depth 357.5."""
    total = window_work(JOSIE_V4O, full_window(JOSIE_V4O)).total
    assert total.parameters == pytest.approx(2786.6e6, rel=1e-4)
    assert total.weight_bytes("fp16") == pytest.approx(5.6e9, rel=0.01)


def test_temporal_reads_its_layers_and_its_ring_once_a_frame():
    """6 · 1310.3 M weights of 16 bits, and 6 · 4096 positions of 28 layers · 2 · 2 heads · 128 numbers."""
    work = temporal_transformer(JOSIE_V4O, full_window(JOSIE_V4O))
    rows = 6 * 17 + 64 * 8
    assert position_floats(JOSIE_V4O.temporal) * 2 == 28_672
    assert work.read_bytes("fp16") == 2 * (6 * 1_310_340_608 + rows * 1536) + 6 * 4096 * 28_672


def test_rings_look_back_as_far_as_their_positions_last():
    """3072 frames of 50 ms; 1024 tokens are 16 windows of 64, or 32 of 32."""
    shape = full_window(JOSIE_V4O)
    assert ring_spans_ms(JOSIE_V4O, shape) == {"frame": 153_600.0, "vision": 4_800.0}
    assert ring_spans_ms(JOSIE_V4O, replace(shape, tokens=32))["vision"] == 9_600.0
    assert ring_spans_ms(JOSIE_V4O, replace(shape, tokens=0))["vision"] is None


def test_what_sessions_share_is_weights_and_what_each_pays_is_state():
    work = window_work(JOSIE_V4O, full_window(JOSIE_V4O))
    demand = work.demand("int8")
    assert demand.hop_ms == work.window_ms == 300.0
    assert demand.shared_read_bytes + demand.session_read_bytes == work.total.read_bytes("int8")
    assert demand.weight_bytes == work.total.parameters
    assert demand.session_read_bytes == work.demand("fp16").session_read_bytes


def test_depth_reads_a_set_of_layers_at_each_of_its_nine_steps():
    """Nine times six layers, nine maps inward, all eight heads, and the text table as the head of the first step."""
    layer = 4 * 1024**2 + 3 * 1024 * 2816 + 2 * 1024
    rows = 1 + 7  # the text token's, and those of the codes that a later step begins with
    frame = 9 * 6 * layer + 9 * 1536 * 1024 + 8 * 1024 * 2048 + (151_936 + rows + 1) * 1024
    assert depth_transformer(JOSIE_V4O, FRAMES).weights_read == FRAMES * frame


def test_weights_are_read_once_however_many_positions_a_pass_has():
    few, many = (
        temporal_transformer(JOSIE_V4O, WindowShape(frames=1, tokens=tokens, context=0)) for tokens in (0, 640)
    )
    assert many.weights_read - few.weights_read == 640 * 8 * 1536  # rows of the table
    assert many.flops > 600 * few.flops


def test_a_temporal_transformer_without_layers_is_its_tables_and_a_norm():
    sizes = switch_off(JOSIE_V4O, "temporal")
    work = temporal_transformer(sizes, full_window(sizes))
    assert work.parameters == (151_936 + 16 * 2049 + 8 * 4097 + 1) * 1536
    assert (work.flops, work.state_floats, work.state_read) == (0, 0, 0)


def test_a_temporal_transformer_without_norms_lacks_57_vectors():
    sizes = switch_off(JOSIE_V4O, "rms_norm")
    normed, plain = (temporal_transformer(of, full_window(of)) for of in (JOSIE_V4O, sizes))
    assert normed.parameters - plain.parameters == (2 * 28 + 1) * 1536
    assert normed.flops == plain.flops


def test_a_guest_brings_a_table_and_a_ring():
    guest = GuestSizes(name="thermal", codebooks=2, card=16, ring=8)
    joined = replace(JOSIE_V4O, guests=(guest,))
    shape = full_window(JOSIE_V4O)
    more, less = temporal_transformer(joined, shape), temporal_transformer(JOSIE_V4O, shape)
    assert ring_capacities(joined) == {"frame": 3072, "vision": 1024, "thermal": 8}
    assert ring_spans_ms(joined, shape)["thermal"] is None
    assert more.parameters - less.parameters == 2 * 17 * 1536
    assert more.state_floats - less.state_floats == 8 * position_floats(JOSIE_V4O.temporal)
    assert more.state_counters - less.state_counters == 8 + 1
    assert set(window_work(joined, shape).components) == set(COMPONENTS)


def test_a_full_window_of_josie_v4o_reads_28_6_gb_at_16_bits():
    """By hand in GB: codec .08 + .08, vision 1.41, temporal 6 · 2.62 + .70 of keys and values, depth 10.56."""
    total = window_work(JOSIE_V4O, full_window(JOSIE_V4O)).total
    assert total.read_bytes("fp16") == pytest.approx(28.56e9, rel=0.002)
    assert total.flops == pytest.approx(589e9, rel=0.002)


def test_engines_hold_what_the_memory_model_counts_of_them(sizes):
    """Of weights the memory model's terms are an independent sum, component by component."""
    storage = dict.fromkeys(sizes.components, Storage(precision="int8", rest="fp32"))
    terms = model_terms(sizes, Load(frames=6, tokens=16, storage=storage))
    held = sum(term.byte_count for term in terms if term.name == "weights")
    assert window_work(sizes, full_window(sizes)).engine_bytes("int8", "fp32") == held


@pytest.mark.parametrize(
    ("name", "floor_ms", "int8_ms", "sessions"),
    [
        ("RTX 4060", 105.0, 53.8, 4),
        ("L4", 95.2, 48.8, 15),
        ("RTX 4090", 28.3, 14.5, 33),
        ("A100 80 GB", 14.0, 7.18, 67),
        ("H100 SXM", 8.53, 4.37, 201),
        ("H200", 5.95, 3.05, 214),
    ],
)
def test_floors_and_sessions_of_josie_v4o(name, floor_ms, int8_ms, sessions):
    """28.57 and 14.64 GB by the bandwidth. N sessions: 27.86 GB shared, .71 GB and 589.4 GFLOP each, within 300 ms."""
    work = window_work(JOSIE_V4O, full_window(JOSIE_V4O))
    gpu = next(gpu for gpu in ACCELERATORS if gpu.name == name)
    assert floor_of(work.demand("fp16"), gpu).ms == pytest.approx(floor_ms, rel=0.002)
    assert floor_of(work.demand("int8"), gpu).ms == pytest.approx(int8_ms, rel=0.002)
    counted = sessions_on(work.demand("fp16"), gpu)
    assert (counted.count, counted.binds) == (sessions, "time")
    rate, peak = 0.85 * gpu.bandwidth_gb_per_s, 0.5 * gpu.fp16_tflops * 1e3
    assert int((0.3 - 27.86 / rate) / (0.715 / rate + 589.4 / peak)) == sessions


def test_without_vision_an_rtx_4060_has_time_for_more_than_its_memory_holds():
    work = window_work(JOSIE_V4O, replace(full_window(JOSIE_V4O), tokens=0))
    sessions = sessions_on(work.demand("fp16"), ACCELERATORS[0])
    assert (sessions.in_time, sessions.in_memory, sessions.binds) == (34, 12, "memory")


def test_more_vision_costs_more_than_its_share_since_patches_attend_to_each_other():
    once, twice = (vision_encoder(JOSIE_V4O.vision, tokens).flops for tokens in (64, 128))
    assert twice > 2 * once
