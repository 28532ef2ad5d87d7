"""Ten minutes of streaming against a plain recomputation of the whole stream: nothing drifts, nothing grows.

12,000 frames of 50 ms, 700 times round the rings of `tiny`'s codec, in float64, where streaming must be exact.
"""

from __future__ import annotations

import sys
from itertools import cycle, groupby

import numpy as np
import pytest
import torch

from josie_bench.model.presets import TINY
from josie_bench.model.weights import build_model
from josie_bench.runtime.patches import patch_layout
from josie_bench.runtime.positions import Positions, join
from tests.model import plain_recomputation as plain
from tests.model.sharp_weights import sharpen

pytestmark = pytest.mark.slow

FRAMES, MINUTE, WINDOW = 12_000, 1200, 6
EXACT = 1e-9  # float64 rounds at 2e-16; what is left is the order of sums
AUDIO = TINY.audio
CUTS = {"windows": (WINDOW,), "odd": (1, 7, 3, 23, 2, 6, 41, 1, 1, 12)}  # 41 frames are longer than any ring


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Two threads over such small tensors mostly wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def sharp_model():
    return sharpen(build_model(TINY, seed=3))


@pytest.fixture
def model():
    return sharp_model().double()


@pytest.fixture(scope="module")
def sound():
    """Return ten minutes of noise whose loudness changes, with pauses, `[samples]`."""
    draw = torch.Generator().manual_seed(0)
    loudness = torch.rand(FRAMES, generator=draw).double() * (torch.rand(FRAMES // 20, generator=draw) < 0.8).repeat(20)
    noise = torch.randn(FRAMES * AUDIO.frame_samples, generator=draw, dtype=torch.float64)
    return noise * loudness.repeat_interleave(AUDIO.frame_samples)


@pytest.fixture(scope="module")
def heard(sound):
    """Return the latents of the whole sound, its codes and their margins, recomputed plainly."""
    weights = sharp_model().double().audio_encoder.state_dict()
    latents = plain.audio_latents(weights, AUDIO, sound)
    return latents, *plain.audio_codes(weights, latents)


def state_bytes(state):
    return sum(tensor.numel() * tensor.element_size() for tensor in state)


def streamed(component, named, cuts, *, axes, kind=torch.float64):
    """Return the first output of each step; the state may neither grow nor change its shape on the way.

    Args:
        axes: of each input, the axis of time and how many elements a unit has.
    """
    state = tuple(tensor.to(kind) if tensor.is_floating_point() else tensor for tensor in component.zero_state())
    shapes, size = [tensor.shape for tensor in state], state_bytes(state)
    axis, unit = next(iter(axes.values()))
    length = next(iter(named.values())).shape[axis] // unit
    outputs, at = [], 0
    with torch.inference_mode():
        for wanted in cycle(cuts):
            count = min(wanted, length - at)
            if not count:
                break
            step = [named[name].narrow(axis, at * unit, count * unit) for name, (axis, unit) in axes.items()]
            first, *state = component(*step, *state)
            outputs.append(first)
            at += count
            assert [tensor.shape for tensor in state] == shapes
            assert state_bytes(state) == size
    return outputs


def listened(encoder, sound, cuts, kind=torch.float64):
    """Return latents `[frames, dim]` and codes `[frames, codebooks]` of a streamed sound."""
    latents, encode = [], encoder.quantizer.encode

    def kept(latent):
        latents.append(latent[0])
        return encode(latent)

    encoder.quantizer.encode = kept
    axes = {"audio": (1, AUDIO.frame_samples)}
    codes = streamed(encoder, {"audio": sound[None].to(kind)}, cuts, axes=axes, kind=kind)
    return torch.cat(latents), torch.cat(codes, dim=2)[0].T


def report(what, figures):
    """Write figures where `pytest -rP` shows them; not record_property, which pytest's default XML refuses."""
    sys.stdout.write(f"{what}: {figures}\n")


def by_minute(values):
    return [float(f"{part.double().mean():.6g}") for part in values.split(MINUTE)]


def worst_by_minute(difference):
    return [float(f"{part.abs().max():.2g}") for part in difference.split(MINUTE)]


@pytest.mark.parametrize("cut", CUTS)
def test_ten_minutes_of_sound_give_the_codes_of_the_whole_signal(model, sound, heard, cut):
    latents, codes, margins = heard
    got, got_codes = listened(model.audio_encoder, sound, CUTS[cut])
    report("latents_differ_at_most", worst_by_minute(got - latents))
    report("codes_equal", by_minute(got_codes == codes))
    report("smallest_margin", float(margins.min()))
    assert (got - latents).abs().max() < EXACT * latents.std()
    assert torch.equal(got_codes, codes)
    used = [len(codes[:, level].unique()) for level in range(AUDIO.codebooks)]
    report("entries_used", used)
    assert min(used) >= AUDIO.card // 4, "were all codes alike, equality would prove nothing"


def test_float32_strays_by_the_rounding_of_angles_and_no_further(sound, heard):
    """An angle of position p is off by up to p · 2⁻²⁴: what grows, from 6e-7 rms to 2.3e-6 in ten minutes, is that."""
    latents, codes, _ = heard
    got, got_codes = listened(sharp_model().audio_encoder, sound, CUTS["windows"], torch.float32)
    strayed = (got.double() - latents) / latents.std()
    equal = (got_codes == codes).double()
    report("latents_differ_at_most", worst_by_minute(strayed))
    report("codes_equal", by_minute(equal))
    report("latents_rms", [float(f"{part.square().mean().sqrt():.2g}") for part in strayed.split(MINUTE)])
    assert strayed.abs().max() < 2e-4
    assert min(by_minute(equal)) > 0.999


@pytest.mark.parametrize("cut", CUTS)
def test_ten_minutes_of_codes_give_the_samples_of_the_whole_signal(model, cut):
    codes = torch.randint(0, AUDIO.card, (FRAMES, AUDIO.codebooks), generator=torch.Generator().manual_seed(1))
    decoder = model.audio_decoder
    expected = plain.audio_sound(decoder.state_dict(), AUDIO, codes)
    got = torch.cat(streamed(decoder, {"codes": codes.T[None]}, CUTS[cut], axes={"codes": (2, 1)}), dim=1)[0]
    differs = (got - expected).view(FRAMES, -1) / expected.std()
    report("samples_differ_at_most", worst_by_minute(differs))
    assert differs.abs().max() < EXACT


SHAPES = [(2, 2), (1, 3), (3, 1), (1, 1), (2, 3)]  # rows and columns of tokens; windows are of 2 x 2


def watched(windows):
    """Return the shape of what is seen in each window, which stays for a while, and its patches, places and cells."""
    draw, sizes, shapes = np.random.default_rng(4), TINY.vision, []
    while len(shapes) < windows:
        shapes += [SHAPES[draw.integers(len(SHAPES))]] * int(draw.integers(1, 24))
    layouts = [patch_layout(rows, columns, sizes.merge, sizes.cells) for rows, columns in shapes[:windows]]
    generator = torch.Generator().manual_seed(4)
    return shapes[:windows], [
        (
            torch.randn(layout.cell.shape[1], sizes.patch_dim, generator=generator, dtype=torch.float64),
            torch.from_numpy(layout.grid[0]),
            torch.from_numpy(layout.cell[0]),
        )
        for layout in layouts
    ]


@pytest.mark.parametrize("together", [1, 7])
def test_ten_minutes_of_pictures_give_the_tokens_of_the_whole_stream(model, together):
    """500 times round the ring of what a place was; all of one shape come one by one, or up to seven at once."""
    shapes, seen = watched(FRAMES // WINDOW)
    encoder = model.vision_encoder
    encoder.quantizer.encode = lambda latent: latent
    expected = plain.vision_latents(encoder.state_dict(), TINY.vision, seen)
    state = tuple(tensor.double() if tensor.is_floating_point() else tensor for tensor in encoder.zero_state())
    size, got, at = state_bytes(state), [], 0
    with torch.inference_mode():
        for _, run in groupby(shapes):
            end = at + len(list(run))
            while at < end:
                step = seen[at : min(end, at + together)]
                patches = torch.stack([patches for patches, _, _ in step])[None]
                tokens, *state = encoder(patches, step[0][1][None], step[0][2][None], *state)
                got += tokens[0].unbind()
                at += len(step)
                assert state_bytes(state) == size
    spread = torch.cat(expected).std()
    differs = torch.stack([(a - b).abs().max() / spread for a, b in zip(got, expected, strict=True)])
    report("tokens_differ_at_most", [float(f"{part.max():.2g}") for part in differs.split(MINUTE // WINDOW)])
    assert differs.max() < EXACT


def frames_said(count, seed):
    """Return tokens `[count, streams]`: text, own codes and the user's codes, some of them absent."""
    draw = np.random.default_rng(seed)
    tokens = draw.integers(0, AUDIO.card, (count, TINY.streams))
    tokens[:, 0] = draw.integers(0, TINY.text.vocabulary, count)
    tokens[draw.random((count, TINY.streams)) < 0.1] = -1
    return tokens


def conversation(frames, *, has_vision):
    """Return the inputs of the temporal transformer, made as a conversation makes them, without a batch axis."""
    positions, draw, blocks = Positions(TINY), np.random.default_rng(2), []
    said = frames_said(frames, seed=3)
    for at in range(0, frames, WINDOW):
        if has_vision and draw.random() < 0.9:
            shape = (int(draw.integers(1, 3)), int(draw.integers(1, 5)), TINY.vision.codebooks)
            blocks.append(positions.vision(draw.integers(0, TINY.vision.card, shape), 2, WINDOW))
        blocks.append(positions.frames(said[at : at + WINDOW, : 1 + AUDIO.codebooks], said[at : at + WINDOW, 5:]))
    return {name: torch.from_numpy(np.ascontiguousarray(array[0])) for name, array in join(blocks).items()}


def temporal_streamed(component, named, cuts):
    order = [spec.name for spec in component.inputs]
    batched = {name: named[name][None] for name in order}
    return torch.cat(streamed(component, batched, cuts, axes=dict.fromkeys(order, (1, 1))), dim=1)[0]


RINGS = (TINY.temporal.frame_ring, TINY.temporal.vision_ring)


@pytest.mark.parametrize("cut", CUTS)
def test_ten_minutes_of_frames_give_the_hidden_states_of_a_band_of_attention(model, cut):
    named = conversation(FRAMES, has_vision=False)
    component = model.temporal_transformer
    sees = TINY.temporal.visibility
    expected = plain.temporal_hidden(component.state_dict(), TINY, named, rings=RINGS, sees=sees)
    differs = temporal_streamed(component, named, CUTS[cut]) - expected
    report("hidden_differs_at_most", worst_by_minute(differs))
    assert differs.abs().max() < EXACT


ALL, BLIND = ((True, True), (True, True)), ((True, True), (False, True))


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize(("sees", "frames"), [(ALL, FRAMES), (BLIND, 960)], ids=["all", "blind"])
def test_two_rings_that_turn_at_different_speeds_give_dense_attention(model, sees, frames, cut):
    named = conversation(frames, has_vision=True)
    assert 1.45 < len(named["kind"]) / frames < 2 and named["kind"].sum() > 0.4 * frames
    component = model.temporal_transformer
    component.clock.sees.copy_(torch.tensor(sees))
    expected = plain.temporal_hidden(component.state_dict(), TINY, named, rings=RINGS, sees=sees)
    differs = temporal_streamed(component, named, CUTS[cut]) - expected
    report("hidden_differs_at_most", worst_by_minute(differs))
    assert differs.abs().max() < EXACT


def test_positions_of_ten_minutes_stay_where_float32_counts_exactly():
    """Pictures and words in every window; a codec's transformer runs at twice the frame rate."""
    positions, highest = Positions(TINY), 0
    seen = np.zeros((2, TINY.vision.token_budget, TINY.vision.codebooks), dtype=np.int64)
    for _ in range(FRAMES // WINDOW):
        words = positions.text(range(20))
        block = join([positions.vision(seen, 2, WINDOW), words, positions.frames(frames_said(WINDOW, 0)[:, :5], None)])
        highest = max(highest, int(block["positions"].max()))
    assert FRAMES < highest < 2**24 // 100
    assert FRAMES * AUDIO.half < 2**24 // 100
