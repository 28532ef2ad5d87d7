"""The bounds on activations, held against the bytes that torch has alive while a component runs on the meta device."""

from __future__ import annotations

import weakref

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from josie_bench.model.activations import (
    audio_decoder_activations,
    audio_encoder_activations,
    depth_activations,
    numbers_at,
    temporal_activations,
    vision_encoder_activations,
)
from josie_bench.model.narrowed import at_precision
from josie_bench.model.presets import CODECS, NANO, PRESETS, TINY, with_context
from josie_bench.model.weights import build_meta_model
from josie_bench.model.work import ring_capacities

LOOSEST = 5.0  # times what is really alive


class Alive(TorchDispatchMode):
    """The most bytes of new tensors that were alive at once."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.most = 0
        self.known: dict[int, weakref.ref] = {}

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        given = {leaf.untyped_storage()._cdata for leaf in tree_leaves((args, kwargs)) if torch.is_tensor(leaf)}
        for leaf in tree_leaves(made):
            if torch.is_tensor(leaf):
                self._note(leaf.untyped_storage(), given)
        self.most = max(self.most, self.now)
        return made

    def _note(self, storage, given) -> None:
        key = storage._cdata
        if key in given or key in self.known:
            return
        count = storage.nbytes()

        def gone(_) -> None:
            self.now -= count
            del self.known[key]

        self.now += count
        self.known[key] = weakref.ref(storage, gone)


def alive_bytes(component, **lengths) -> int:
    """Return the most bytes alive with a step's inputs, less the state it hands on."""
    signature = component.signature()
    inputs = [
        torch.zeros(spec.shape({"batch": 1, **lengths}), dtype=getattr(torch, spec.dtype), device="meta")
        for spec in signature.inputs
    ]
    state = component.zero_state()
    with torch.no_grad(), Alive() as alive:
        component(*inputs, *state)
    return alive.most + sum(tensor.nbytes for tensor in inputs) - sum(tensor.nbytes for tensor in state)


def check(bound: int, counted: int) -> None:
    assert counted <= bound <= LOOSEST * counted


@pytest.fixture(scope="module", params=PRESETS.values(), ids=PRESETS)
def sizes(request):
    return request.param


@pytest.fixture(scope="module")
def model(sizes):
    return build_meta_model(sizes)


@pytest.fixture(params=["fp32", "fp16"])
def part(request, model):
    """Return a component by name at a precision, and its numbers."""
    return lambda name: (at_precision(model.component(name), request.param), numbers_at(request.param))


@pytest.mark.parametrize("frames", [2, 6, 20])
def test_the_codec_s_halves_stay_within_their_bounds(sizes, part, frames):
    for name, bound in (("audio_encoder", audio_encoder_activations), ("audio_decoder", audio_decoder_activations)):
        component, numbers = part(name)
        check(bound(sizes.audio, frames, numbers), alive_bytes(component, frames=frames))


@pytest.mark.parametrize("patches", [1, 3])
@pytest.mark.parametrize("tokens", [4, 64])
def test_the_vision_encoder_stays_within_its_bound(sizes, part, tokens, patches):
    component, numbers = part("vision_encoder")
    counted = alive_bytes(component, time=patches, tokens=tokens)
    check(vision_encoder_activations(sizes.vision, tokens, patches, numbers), counted)


@pytest.mark.parametrize("positions", [1, 22, 70])
def test_the_temporal_transformer_stays_within_its_bound(sizes, part, positions):
    component, numbers = part("temporal_transformer")
    capacity = sum(ring_capacities(sizes).values())
    check(temporal_activations(sizes, positions, capacity, numbers), alive_bytes(component, time=positions))


def test_an_engine_holds_scores_twice_and_repeats_no_keys():
    """17 positions over 6,162 places: values of 64 numbers, six heads of scores in and out, 4 bytes each; few more."""
    values, scores = 6162 * 64, 17 * 6 * 6162
    bounds = [
        temporal_activations(with_context(NANO, 6144), 17, 6144, numbers_at("fp32", is_planned=is_planned))
        for is_planned in (True, False)
    ]
    assert 4 * (values + 2 * scores) < bounds[0] < 1.1 * 4 * (values + 2 * scores)
    assert bounds[1] > 4 * (2 * values + 3 * scores)


def test_scores_of_every_layer_lie_apart_where_blocks_are_taken_as_they_come():
    """`nano` by hand, 4 bytes, twice for each layer but the first: four heads of 64 patches squared in three more,
    and of 16 cells by 18 keys in one; six heads of 6 steps by 47 keys in the decoder's second.
    """
    plain, spread = (numbers_at("fp32", is_planned=True, is_spread=is_spread) for is_spread in (False, True))
    vision = [vision_encoder_activations(NANO.vision, 16, 1, numbers) for numbers in (plain, spread)]
    assert vision[1] - vision[0] == 4 * 2 * 4 * (3 * 64**2 + 16 * 18)
    decoder = [audio_decoder_activations(NANO.audio, 6, numbers) for numbers in (plain, spread)]
    assert decoder[1] - decoder[0] == 4 * 2 * 6 * 6 * 47
    encoder = [audio_encoder_activations(NANO.audio, 6, numbers) for numbers in (plain, spread)]
    assert encoder[1] == encoder[0]


@pytest.mark.parametrize("frames", [6, 20])
def test_an_engine_lets_inputs_of_convolutions_go_and_holds_columns(frames):
    """`tiny`'s widest stage has 4 channels at 16 kHz: seven times that; columns of a fourth of the steps by 8 · 4."""
    planned = numbers_at("fp32", is_planned=True)
    stage, steps = 7 * 4 * 800 * frames, 2 * frames
    assert audio_encoder_activations(TINY.audio, frames, planned) == 4 * (stage + 32 * steps)
    columns = 200 * frames * 8 * 4
    assert audio_decoder_activations(TINY.audio, frames, planned) == 4 * (stage + columns + 3 * 32 * steps)


def test_the_depth_transformer_stays_within_its_bound(sizes, part):
    component, numbers = part("depth_transformer")
    check(depth_activations(sizes, 1, numbers), alive_bytes(component))


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
@pytest.mark.parametrize("frames", [1, 4, 20])
@pytest.mark.parametrize("sizes", CODECS.values(), ids=CODECS)
def test_the_halves_of_a_codec_alone_stay_within_the_bounds_too(sizes, frames, precision):
    model, numbers = build_meta_model(sizes), numbers_at(precision)
    for name, bound in (("audio_encoder", audio_encoder_activations), ("audio_decoder", audio_decoder_activations)):
        counted = alive_bytes(at_precision(model.component(name), precision), frames=frames)
        check(bound(sizes.audio, frames, numbers), counted)
