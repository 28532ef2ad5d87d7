"""The terms of a model: equal to the torch model's tensors, worked by hand, and monotone in all that is asked."""

from __future__ import annotations

from dataclasses import replace
from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.model.layers.fourier import InverseSpectrum, Spectrum
from josie_bench.model.layers.mel import LogMel
from josie_bench.model.memory import Load, Storage, Video, model_terms
from josie_bench.model.narrowed import at_precision
from josie_bench.model.presets import JOSIE_V4O, MIMI_24K, NANO, PRESETS, TINY, find_codec
from josie_bench.model.sizes import COMPONENTS, GuestSizes
from josie_bench.model.weights import build_meta_model, parameter_count
from josie_bench.terms.memory_model import Footprint

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


def test_a_narrowed_copy_is_loaded_beside_the_fp32_model():
    """`josie-v4o` in millions: 41.5 + 704.3 narrow when 1644.4 are copied wide, and 2790.8 narrow at the end."""
    narrowed = Storage(precision="fp16", rest="fp16", has_own_pool=False, is_narrowed=True)
    footprint = Footprint(terms=model_terms(JOSIE_V4O, load(narrowed)))
    weights, loading, copying = (
        sum(by_name(footprint.terms, name).values()) for name in ("weights", "loading", "copying")
    )
    assert loading == 2 * weights
    assert copying == pytest.approx((2 * (41.5 + 704.3) + 4 * 1644.4 - 2 * 2791.4) * 1e6, rel=0.01)
    assert footprint.peak_bytes == weights + loading + copying > footprint.total_bytes


def test_a_common_pool_holds_the_most_that_one_component_takes():
    apart = by_name(model_terms(NANO, load(Storage(precision="fp32", rest="fp32"))), "activations")
    common = by_name(model_terms(NANO, load(EAGER)), "activations")
    assert set(apart) == set(COMPONENTS)
    assert list(common.values()) == [max(apart.values())]


def test_an_arena_holds_whole_regions_each_twice_as_large():
    """`tiny` computes in less than a megabyte: regions of 1000 bytes are 1000 · (2ⁿ − 1)."""
    terms = model_terms(TINY, load(Storage(precision="fp32", rest="fp32", region_bytes=1000)))
    needed, left = by_name(terms, "activations"), by_name(terms, "arena")
    for name in COMPONENTS:
        regions = (needed[name] + left[name]) / 1000 + 1
        assert regions == 2 ** round(log2(regions))
        assert left[name] < needed[name] + 1000


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
