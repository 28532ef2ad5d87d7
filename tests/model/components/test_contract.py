"""Every component: streaming equals offline however the input is cut, batches do not mix, nothing is mutated."""

from __future__ import annotations

import pytest
import torch

from josie_bench.model.presets import NANO, NANO_SEANET, TINY, find_codec
from josie_bench.model.weights import build_model
from josie_bench.runtime.patches import patch_layout
from josie_bench.streams import speech

# Positions streamed, more than any ring of `tiny` holds (16 codec positions = 8 frames, 24 + 16 temporal, 4 vision)
# and than the 40 of the codec of `nano`.
LENGTH = 60
CUTS = {1: [1] * 60, 2: [2] * 30, 3: [3] * 20, 6: [6] * 10, "uneven": [5, 1, 7, 2, 13, 1, 1, 30]}


SIZES = {"tiny": TINY, "nano": find_codec("nano")}
PARTS = [(preset, name) for preset, sizes in SIZES.items() for name in sizes.components]
STREAMING = [part for part in PARTS if part[1] != "depth_transformer"]


@pytest.fixture(scope="module")
def models():
    return {preset: build_model(sizes, seed=3).double() for preset, sizes in SIZES.items()}


@pytest.fixture
def model(models):
    return models["tiny"]


def inputs_of(component: str, length: int, seed: int = 0, *, preset: str = "tiny") -> tuple[dict, dict]:
    """Return the inputs of `length` units of time, and each one's time axis and elements per unit."""
    draw = torch.Generator().manual_seed(seed)
    audio, vision = SIZES[preset].audio, TINY.vision

    def whole(high: int, *shape: int) -> torch.Tensor:
        return torch.randint(0, high, shape, generator=draw)

    if component == "audio_encoder":
        sound = torch.randn(1, length * audio.frame_samples, generator=draw, dtype=torch.float64)
        return {"audio": sound}, {"audio": (1, audio.frame_samples)}
    if component == "audio_decoder":
        return {"codes": whole(audio.card, 1, audio.codebooks, length)}, {"codes": (2, 1)}
    if component == "vision_encoder":
        layout = patch_layout(2, 3, vision.merge, vision.cells)
        patches = torch.randn(1, length, 24, vision.patch_dim, generator=draw, dtype=torch.float64)
        fixed = {"grid": torch.from_numpy(layout.grid), "cell": torch.from_numpy(layout.cell)}
        return {"patches": patches, **fixed}, {"patches": (1, 1)}
    if component == "temporal_transformer":
        kind = whole(2, 1, length)
        tokens = torch.where(kind[..., None] == 0, whole(audio.card, 1, length, TINY.streams), -1)
        seen = torch.where(kind[..., None] == 1, whole(vision.card, 1, length, vision.codebooks), -1)
        places = torch.arange(length)[None, :, None].repeat(1, 1, 3)
        named = {"tokens": tokens, "vision": seen, "kind": kind, "positions": places}
        return named, dict.fromkeys(named, (1, 1))
    steps = 1 + audio.codebooks
    named = {
        "hidden": torch.randn(1, TINY.temporal.dim, generator=draw, dtype=torch.float64),
        "text_noise": torch.zeros(1, TINY.text.vocabulary, dtype=torch.float64),
        "audio_noise": torch.zeros(1, audio.codebooks, audio.card, dtype=torch.float64),
        "forced": torch.full((1, steps), -1),
    }
    return named, {}


def double_state(component) -> tuple[torch.Tensor, ...]:
    return tuple(t.double() if t.is_floating_point() else t for t in component.zero_state())


def streamed(component, named: dict, axes: dict, cuts: list[int]) -> torch.Tensor:
    state, outputs, at = double_state(component), [], 0
    for size in cuts:
        step = [
            tensor.narrow(axes[name][0], at * axes[name][1], size * axes[name][1]) if name in axes else tensor
            for name, tensor in named.items()
        ]
        first, *state = component(*step, *state)
        outputs.append(first)
        at += size
    spec = component.signature().outputs[0]
    axis = next(i for i, a in enumerate(spec.axes) if isinstance(a, str) and a.split("*")[0] in ("frames", "time"))
    return torch.cat(outputs, dim=axis)


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize(("preset", "name"), STREAMING)
def test_streaming_equals_offline_past_the_wrap_of_every_ring(models, preset, name, cut):
    component = models[preset].component(name)
    named, axes = inputs_of(name, LENGTH, preset=preset)
    offline = streamed(component, named, axes, [LENGTH])
    online = streamed(component, named, axes, CUTS[cut])
    if offline.is_floating_point():
        torch.testing.assert_close(online, offline, rtol=0, atol=1e-12)
    else:
        assert torch.equal(online, offline)


@pytest.mark.parametrize(("preset", "name"), STREAMING)
def test_what_came_before_changes_what_comes_out(models, preset, name):
    """Else a component that ignores its state would pass the streaming test."""
    component = models[preset].component(name)
    named, axes = inputs_of(name, LENGTH, preset=preset)
    online = streamed(component, named, axes, [1] * LENGTH)
    fresh = []
    for at in range(LENGTH):
        step = [t.narrow(axes[n][0], at * axes[n][1], axes[n][1]) if n in axes else t for n, t in named.items()]
        fresh.append(component(*step, *double_state(component))[0].flatten())
    assert not torch.equal(online.flatten(), torch.cat(fresh))


@pytest.mark.parametrize(("preset", "name"), PARTS)
def test_sessions_of_one_batch_do_not_touch_each_other(models, preset, name):
    component = models[preset].component(name)
    first, _ = inputs_of(name, 3, seed=1, preset=preset)
    second, _ = inputs_of(name, 3, seed=2, preset=preset)
    state = tuple(torch.cat((t, t)) for t in double_state(component))
    both = component(*(torch.cat((a, b)) for a, b in zip(first.values(), second.values(), strict=True)), *state)
    alone = component(*second.values(), *double_state(component))
    for mixed, single in zip(both, alone, strict=True):
        torch.testing.assert_close(mixed[1:], single, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("preset", "name"), PARTS)
def test_a_step_mutates_neither_inputs_nor_state(models, preset, name):
    component = models[preset].component(name)
    named, _ = inputs_of(name, 3, preset=preset)
    given = (*named.values(), *double_state(component))
    before = [tensor.clone() for tensor in given]
    component(*given)
    assert all(torch.equal(a, b) for a, b in zip(given, before, strict=True))


@pytest.mark.parametrize(("preset", "name"), PARTS)
def test_outputs_and_new_state_have_the_shapes_of_the_signature(models, preset, name):
    component = models[preset].component(name)
    signature = component.signature()
    named, _ = inputs_of(name, 3, preset=preset)
    sizes: dict[str, int] = {}
    for spec in signature.inputs:
        sizes |= spec.sizes_of(tuple(named[spec.name].shape))
    results = component(*named.values(), *double_state(component))
    for spec, tensor in zip((*signature.outputs, *signature.state), results, strict=True):
        assert tuple(tensor.shape) == spec.shape(sizes), spec.name


def test_noise_decides_the_draw_and_a_forced_token_overrides_it(model):
    depth = model.depth_transformer
    named, _ = inputs_of("depth_transformer", 1)
    greedy = depth(*named.values())[0]
    named["text_noise"][0, 7] = 1e6
    assert depth(*named.values())[0][0, 0] == 7
    named["forced"][0, 0] = 9
    named["forced"][0, 2] = 5
    forced = depth(*named.values())[0]
    assert forced[0, 0] == 9
    assert forced[0, 2] == 5
    assert greedy.shape == forced.shape == (1, 1 + TINY.audio.codebooks)


def test_an_absent_token_adds_nothing(model):
    embed = model.temporal_transformer.audio
    ids = torch.tensor([[[3] + [-1] * (2 * TINY.audio.codebooks - 1)]])
    expected = embed.table.weight[3]
    torch.testing.assert_close(embed(ids)[0, 0], expected)


def test_seeded_codes_vary_with_the_sound():
    """A seeded encoder that gives one code for every sound would make any engine look right."""
    encoder, audio = build_model(NANO_SEANET).audio_encoder, NANO_SEANET.audio
    sound = torch.randn(1, 40 * audio.frame_samples, generator=torch.Generator().manual_seed(0)) * 0.1
    codes = encoder(sound, *encoder.zero_state())[0]
    assert all(len(codes[0, level].unique()) >= 10 for level in range(audio.codebooks))


def test_seeded_codes_of_a_spectrogram_vary_with_speech():
    """A spectrogram of noise is the same at every moment, so here it takes speech."""
    encoder = build_model(NANO).audio_encoder
    sound = torch.from_numpy(speech.load("bundled", sample_rate_hz=16_000).audio[: 160 * 800].copy())[None]
    codes = encoder(sound, *encoder.zero_state())[0]
    assert all(len(codes[0, level].unique()) >= 20 for level in range(NANO.audio.codebooks))
