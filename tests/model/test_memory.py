"""The terms of a model: equal to the torch model's tensors, worked by hand, and monotone in all that is asked."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from josie_bench.model.layers.fourier import InverseSpectrum, Spectrum
from josie_bench.model.layers.mel import LogMel
from josie_bench.model.memory import Load, Storage, Video, model_terms
from josie_bench.model.narrowed import at_precision
from josie_bench.model.presets import JOSIE_V4O, MIMI_24K, NANO, PRESETS, TINY, find_codec
from josie_bench.model.sizes import COMPONENTS, GuestSizes
from josie_bench.model.weights import build_meta_model, parameter_count
from josie_bench.terms.memory_model import Footprint, pool_regions

BASES = 2 * 642 * 640 + 321 * 80  # of the transforms of `nano`: numbers that nobody learns
EAGER = Storage(precision="fp32", rest="fp32", has_own_pool=False, shares_quantizer=True)


def load(storage: Storage, **changes) -> Load:
    """Return windows of 300 ms with 16 vision tokens on all components."""
    return replace(Load(frames=6, tokens=16, storage=dict.fromkeys(COMPONENTS, storage)), **changes)


def by_name(terms, name: str) -> dict[str | None, int]:
    return {term.part: term.byte_count for term in terms if term.name == name}


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
@pytest.mark.parametrize("sizes", PRESETS.values(), ids=PRESETS)
def test_weights_and_state_are_those_of_torch_s_components(sizes, precision):
    model, terms = build_meta_model(sizes), model_terms(sizes, load(Storage(precision=precision, rest=precision)))
    for name in COMPONENTS:
        component = at_precision(model.component(name), precision)
        state = sum(spec.byte_count({"batch": 1}) for spec in component.signature().state)
        fixed = [layer for layer in component.modules() if isinstance(layer, (Spectrum, InverseSpectrum, LogMel))]
        bases = (buffer for layer in fixed for buffer in layer.buffers())
        weights = sum(tensor.nbytes for tensor in (*component.parameters(), *bases))
        assert by_name(terms, "weights")[name] == weights
        assert by_name(terms, "rings").get(name, 0) + by_name(terms, "tails").get(name, 0) == state
        assert by_name(terms, "previous_state").get(name, 0) == state


def test_halves_that_share_a_quantiser_hold_it_once():
    model, terms = build_meta_model(NANO), model_terms(NANO, load(EAGER))
    assert sum(by_name(terms, "weights").values()) == 4 * (parameter_count(model) + BASES)


def test_eight_bits_are_for_products_and_the_rest_stays():
    """A depth transformer of `tiny` by hand: tables 4 · 65 · 48, norms 5 · 48 stay wide, all else is products."""
    narrow = model_terms(TINY, load(Storage(precision="int8", rest="fp32")))
    wide = model_terms(TINY, load(Storage(precision="fp32", rest="fp32")))
    rest = 4 * 65 * 48 + (2 * 2 + 1) * 48
    products = by_name(wide, "weights")["depth_transformer"] // 4 - rest
    assert by_name(narrow, "weights")["depth_transformer"] == products + 4 * rest
    assert by_name(narrow, "rings") == by_name(wide, "rings")


def test_narrowed_copies_take_the_fp32_model_s_place_one_by_one():
    """`josie-v4o` in millions: most is held when 1644.4 are copied and 357.4 and 43.6 wait; 41.5 + 704.3 are done."""
    narrowed = Storage(precision="fp16", rest="fp16", has_own_pool=False, is_narrowed=True)
    footprint = Footprint(terms=model_terms(JOSIE_V4O, load(narrowed)))
    weights = sum(by_name(footprint.terms, "weights").values())
    most = 2 * (41.5 + 704.3 + 1644.4) + 4 * (1644.4 + 357.4 + 43.6)
    assert by_name(footprint.terms, "loading") == {
        "temporal_transformer": pytest.approx(most * 1e6 - weights, rel=0.001)
    }
    assert footprint.peak_bytes == pytest.approx(most * 1e6, rel=0.001)
    assert footprint.peak_bytes > footprint.total_bytes


def test_weights_of_a_file_are_read_there_and_those_of_products_and_convolutions_laid_out_once_more():
    """Of torch's layers that multiply, codebooks that are searched and the text table, a head; others are only read."""
    model = build_meta_model(TINY)
    mapped = load(Storage(precision="fp32", rest="fp32", is_mapped=True))
    terms, plain = model_terms(TINY, mapped), model_terms(TINY, load(Storage(precision="fp32", rest="fp32")))
    assert by_name(terms, "mapped") == by_name(plain, "weights")
    assert not by_name(terms, "weights")
    others = {"audio_encoder": 4 * 64 * 16, "vision_encoder": 2 * 64 * 16, "depth_transformer": 512 * 48}
    for name in COMPONENTS:
        parts = list(model.component(name).modules())
        products, convolutions = (
            sum(part.weight.numel() for part in parts if isinstance(part, layers))
            for layers in (nn.Linear, (nn.Conv1d, nn.ConvTranspose1d))
        )
        assert by_name(terms, "packed")[name] == 4 * (products + others.get(name, 0)), name
        assert by_name(terms, "reordered").get(name, 0) == 4 * convolutions, name


class Products(TorchDispatchMode):
    """The shapes of products of two computed tensors."""

    def __init__(self) -> None:
        super().__init__()
        self.shapes: set[tuple[torch.Size, ...]] = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func is torch.ops.aten.bmm.default:
            self.shapes.add(tuple(side.shape for side in args))
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("tokens", [16, 0])
@pytest.mark.parametrize("sizes", PRESETS.values(), ids=PRESETS)
def test_kernels_are_counted_by_the_shapes_of_products_that_torch_computes(sizes, tokens):
    """Of a window's calls in their order; a shape that an earlier component has had is not counted again."""
    model, seen = build_meta_model(sizes), set()
    kept = Storage(precision="fp32", rest="fp32", product_bytes=10)
    storage = {name: kept for name in COMPONENTS if tokens or name != "vision_encoder"}
    found = by_name(model_terms(sizes, Load(frames=6, tokens=tokens, storage=storage)), "kernels")
    calls = {"temporal_transformer": [{"time": tokens + 1}, {"time": 1}], "vision_encoder": [{"time": 1, "tokens": 16}]}
    for name in storage:
        component = model.component(name)
        with torch.no_grad(), Products() as products:
            for lengths in calls.get(name, [{"frames": 6}]):
                inputs = [
                    torch.zeros(spec.shape({"batch": 1, **lengths}), dtype=getattr(torch, spec.dtype), device="meta")
                    for spec in component.signature().inputs
                ]
                component(*inputs, *component.zero_state())
        assert found.get(name, 0) == 10 * len(products.shapes - seen), name
        seen |= products.shapes


def test_the_decoder_has_kernels_of_its_own_where_the_encoder_is_another_runtime_s():
    kept = Storage(precision="fp32", rest="fp32", product_bytes=10)
    apart = {"audio_encoder": replace(kept, product_bytes=0), "audio_decoder": kept}
    for storage in (apart, {"audio_decoder": kept}):
        found = by_name(model_terms(NANO, Load(frames=6, tokens=0, storage=storage)), "kernels")
        assert found == {"audio_decoder": 20}


def test_where_blocks_are_taken_as_they_come_each_layer_s_scores_and_rings_lie_there_too():
    """`nano`, 17 positions over 769 places and themselves: six heads of scores, twice, of four more layers; 4 bytes."""
    planned = Storage(precision="fp32", rest="fp32")
    plain, spread = (model_terms(NANO, load(storage)) for storage in (planned, replace(planned, is_spread=True)))
    more = (
        by_name(spread, "activations")["temporal_transformer"] - by_name(plain, "activations")["temporal_transformer"]
    )
    rings = by_name(plain, "rings")["temporal_transformer"]
    assert more == 2 * 4 * (17 * 6 * (769 + 17)) * 4 + rings
    assert by_name(spread, "rings") == by_name(plain, "rings")


def test_a_common_pool_holds_the_most_that_one_component_takes_and_gives_it_back():
    common = by_name(model_terms(NANO, load(EAGER)), "scratch")
    alone = [by_name(model_terms(NANO, replace(load(EAGER), storage={name: EAGER})), "scratch") for name in COMPONENTS]
    assert [set(each) for each in alone] == [{name} for name in COMPONENTS]
    assert list(common.values()) == [max(count for each in alone for count in each.values())]


def test_without_a_pool_an_engine_s_activations_are_given_back_each():
    pooled, bare = (
        model_terms(TINY, load(Storage(precision="fp32", rest="fp32", gives_back=gives_back)))
        for gives_back in (False, True)
    )
    assert by_name(bare, "scratch") == by_name(pooled, "activations")
    assert set(by_name(bare, "scratch")) == set(COMPONENTS)
    assert not by_name(bare, "activations")


@pytest.mark.parametrize("batch", [1, 5])
def test_a_pool_s_regions_hold_the_activations_of_all_who_step_together_and_weights(batch):
    """Regions of 1000 bytes, 2000 and so on; the decoder's transposed convolutions lie there as weights already."""
    terms = model_terms(TINY, load(Storage(precision="fp32", rest="fp32", region_bytes=1000), batch=batch))
    needed, outgrown, arena = (by_name(terms, name) for name in ("activations", "outgrown", "arena"))
    convolved = [
        part for part in build_meta_model(TINY).audio_decoder.modules() if isinstance(part, nn.ConvTranspose1d)
    ]
    pooled = {"audio_decoder": 4 * sum(part.weight.numel() for part in convolved)}
    for name in COMPONENTS:
        weights, taken = pooled.get(name, 0), needed[name] * batch
        held = taken + outgrown.get(name, 0) + arena[name] + weights
        assert held == sum(pool_regions(weights, taken, 1000)), name
        assert outgrown.get(name, 0) <= taken
    assert all(term.is_shared for term in terms if term.name in ("outgrown", "arena"))


@pytest.mark.parametrize("name", ["temporal_transformer", "depth_transformer"])
def test_what_goes_through_in_one_pass_decides_what_transformers_compute_with(name):
    asked = [replace(load(EAGER, together=count), storage={name: EAGER}) for count in (1, 6)]
    few, many = (by_name(model_terms(NANO, each), "scratch")[name] for each in asked)
    assert few < many


def test_buffers_are_a_window_s():
    """300 ms of 16 kHz in FP32, nine pictures, six tokens of 8 bytes."""
    terms = model_terms(NANO, load(EAGER, video=Video(width=1920, height=1080, fps=30.0)))
    found = {term.name: term.byte_count for term in terms if term.name.endswith("buffer")}
    assert found == {"audio_buffer": 19_200, "video_buffer": 55_987_200, "text_buffer": 48}


def test_a_guest_s_encoder_has_no_number_and_says_why():
    sizes = replace(TINY, guests=(GuestSizes(name="thermal", codebooks=2, card=16, ring=8),))
    terms = model_terms(sizes, Load(frames=6, tokens=4, storage=dict.fromkeys(sizes.components, EAGER)))
    (unknown,) = [term for term in terms if term.na is not None]
    assert (unknown.na.reason, "thermal_encoder" in unknown.na.detail) == ("not_known", True)


@pytest.mark.parametrize(("sizes", "constants"), [(MIMI_24K, 0), (find_codec("nano"), BASES)])
def test_a_codec_alone_has_its_two_components_and_the_bases_of_its_transforms(sizes, constants):
    storage = dict.fromkeys(sizes.components, EAGER)
    terms = model_terms(sizes, Load(frames=4, tokens=0, storage=storage))
    assert sum(by_name(terms, "weights").values()) == 4 * (parameter_count(build_meta_model(sizes)) + constants)
    assert not by_name(terms, "text_buffer")


def test_every_term_says_how_it_is_counted():
    assert all(term.formula for term in model_terms(NANO, load(EAGER)))


loads = st.builds(
    Load,
    frames=st.integers(1, 40),
    tokens=st.integers(0, 200),
    patches=st.integers(1, 4),
    video=st.builds(Video, width=st.integers(1, 2000), height=st.integers(1, 2000), fps=st.floats(1.0, 120.0)),
    storage=st.just(dict.fromkeys(COMPONENTS, Storage(precision="fp16", rest="fp16"))),
)


@given(loads, st.sampled_from(["frames", "tokens", "patches"]), st.integers(1, 50))
def test_a_longer_or_richer_window_never_takes_less(asked, axis, more):
    larger = replace(asked, **{axis: getattr(asked, axis) + more})
    before, after = (Footprint(terms=model_terms(NANO, each)).total_bytes for each in (asked, larger))
    assert after >= before
