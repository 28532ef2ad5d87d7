"""Work of the codec's halves against the torch model on the meta device, published sizes, and sums by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from josie_bench.model.codec_work import audio_decoder, audio_encoder, audio_quantizer
from josie_bench.model.layers.fourier import InverseSpectrum, Spectrum
from josie_bench.model.layers.mel import LogMel
from josie_bench.model.presets import CODECS, JOSIE_V4O, MIMI_24K, NANO, PRESETS, find_codec
from josie_bench.model.weights import build_meta_model, parameter_count
from josie_bench.model.work import WindowShape, window_work

FRAMES = 6
MIXED = {
    f"{front_end} {head}": replace(
        NANO, audio=replace(NANO.audio, front_end=front_end, head=head, half=2, filters=8, compress=2)
    )
    for front_end, head in (("mel", "transposed"), ("seanet", "istft"), ("mel", "istft"))
}
ALL = PRESETS | CODECS | MIXED


@pytest.fixture(scope="module", params=ALL.values(), ids=ALL)
def sizes(request):
    return request.param


@pytest.fixture(scope="module")
def model(sizes):
    return build_meta_model(sizes)


@pytest.fixture(params=["audio_encoder", "audio_decoder"])
def half(request, model, sizes):
    """Return a half of the codec and what is said of its work."""
    work = {"audio_encoder": audio_encoder, "audio_decoder": audio_decoder}[request.param]
    return model.component(request.param), work(sizes.audio, FRAMES)


def test_flops_are_those_torch_counts(half):
    component, work = half
    signature = component.signature()
    inputs = [
        torch.zeros(spec.shape({"batch": 1, "frames": FRAMES}), dtype=getattr(torch, spec.dtype), device="meta")
        for spec in signature.inputs
    ]
    with FlopCounterMode(display=False) as counter:
        component(*inputs, *component.zero_state())
    assert work.flops == counter.get_total_flops()


def test_parameters_and_state_are_those_of_the_torch_component(half):
    component, work = half
    assert work.parameters == parameter_count(component)
    state = component.signature().state
    assert work.state_bytes("fp32") == sum(spec.byte_count({"batch": 1}) for spec in state)


def test_constants_are_the_bases_that_torch_holds(half):
    component, work = half
    fixed = [layer for layer in component.modules() if isinstance(layer, (Spectrum, InverseSpectrum, LogMel))]
    assert work.constants == sum(buffer.numel() for layer in fixed for buffer in layer.buffers())
    assert (work.constants > 0) == bool(fixed)


def test_parameters_of_the_codec_of_nano_by_hand():
    """In, two units, a stride, a layer; then a convolution of 2, two layers, a map up, four units, and out."""
    unit = 3 * 192 * 192 + 192 + 192 * 192 + 192
    layer = 4 * 192 * 192 + 2 * 192 * 384 + 2 * 192
    encoder = 80 * 192 * 3 + 192 + 2 * unit + 5 * 192 * 192 + 192 + layer
    decoder = 2 * 192 * 192 + 192 + 2 * layer + 193 * 5 * 192 + 4 * unit + 193 * 642
    quantizer = 8 * 512 * 64 + 4 * 192 * 64
    assert (encoder, decoder, quantizer) == (821_760, 1_565_058, 311_296)
    total = window_work(find_codec("nano"), WindowShape(frames=6)).total
    assert total.parameters == encoder + decoder + quantizer
    assert total.constants == 2 * 642 * 640 + 321 * 80


def test_bases_are_held_and_read_and_eight_bits_leave_them_as_they_are():
    """Each base is read once a window; held, it lies beside biases and convolutions, which 8-bit precisions keep."""
    bare, work = audio_encoder(replace(NANO.audio, front_end="seanet"), 6), audio_encoder(NANO.audio, 6)
    assert (bare.constants, work.constants) == (0, 642 * 640 + 321 * 80)
    assert work.weight_bytes("fp16") == 2 * (work.parameters + work.constants)
    assert work.held_bytes("int8", "fp16") == work.weight_bytes("fp16") - work.products
    assert work.weights_read >= work.constants


def test_one_chain_has_one_map_there_and_one_back():
    """512 · 256 each; the search of the residual reading also maps the semantic code back."""
    one, residual, parallel = (
        replace(JOSIE_V4O.audio, reading=reading) for reading in ("single", "residual", "parallel")
    )
    assert audio_quantizer(one).parameters == 8 * 2048 * 256 + 2 * 512 * 256
    assert audio_quantizer(residual).parameters == audio_quantizer(one).parameters + 2 * 512 * 256
    assert audio_quantizer(parallel) == audio_quantizer(residual)
    flops = [audio_encoder(audio, 1).flops for audio in (one, parallel, residual)]
    assert [later - flops[0] for later in flops] == [0, 2 * 512 * 256, 4 * 512 * 256]


def test_mimi_has_the_size_that_transformers_mimi_model_has():
    """`MimiModel(MimiConfig())` of transformers 5.24 learns 79 308 609 numbers and holds its codebooks as buffers."""
    total = window_work(MIMI_24K, WindowShape(frames=4)).total
    assert total.parameters == 79_308_609 + 8 * 2048 * 256


def test_mimi_s_last_strides_have_no_bias_and_upsampling_goes_channel_by_channel():
    plain = replace(MIMI_24K, audio=replace(MIMI_24K.audio, is_mimi=False))
    mimi, dense = (window_work(sizes, WindowShape(frames=1)).components for sizes in (MIMI_24K, plain))
    vectors = 8 * 4 * 512  # biases of two norms and two scales, in each of eight layers
    assert mimi["audio_encoder"].parameters - dense["audio_encoder"].parameters == vectors - 512
    upsampling = 512 * 512 * 4 + 512 - 512 * 4
    assert mimi["audio_decoder"].parameters - dense["audio_decoder"].parameters == vectors - upsampling
    assert dense["audio_decoder"].flops - mimi["audio_decoder"].flops == 2 * (512 - 1) * 512 * 4
