"""The model with its weights: built from a seed, counted and digested."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import torch
from torch import nn

from josie_bench.model.components.audio_decoder import AudioDecoder
from josie_bench.model.components.audio_encoder import AudioEncoder
from josie_bench.model.components.depth_transformer import DepthTransformer
from josie_bench.model.components.temporal_transformer import TemporalTransformer
from josie_bench.model.components.vision_encoder import VisionEncoder
from josie_bench.model.layers.carry import Component
from josie_bench.model.layers.vector_quantizer import SplitQuantizer
from josie_bench.model.sizes import AudioSizes, CodecSizes, ModelSizes
from josie_bench.plugins import find_member

SILU_GAIN = 1.6  # E[SiLU(x)²] of a standard normal x is 0.36, whose square root is 1 / 1.67

Part = TypeVar("Part", bound=nn.Module)


class Model(nn.Module):
    """The components of a preset by name; the audio encoder and decoder share one quantiser.

    Each part draws its weights from a seed of its own, so that switching one off leaves the others as they are.
    """

    audio_encoder: AudioEncoder
    vision_encoder: VisionEncoder
    temporal_transformer: TemporalTransformer
    depth_transformer: DepthTransformer
    audio_decoder: AudioDecoder

    def __init__(self, sizes: ModelSizes | CodecSizes, *, seed: int = 0) -> None:
        super().__init__()
        self.sizes = sizes
        makers = _codec_makers(sizes.audio, seed)
        if isinstance(sizes, ModelSizes):
            makers |= _conversation_makers(sizes)
        for name in sizes.components:
            self.add_module(name, _drawn(seed, name, makers[name]))
        self.audio_decoder.head.settle()
        if self.audio_encoder.has_mel:
            self.audio_encoder.mel.settle()

    def component(self, name: str) -> Component:
        """Return the component `name`, one of `sizes.components`."""
        found = getattr(self, name)
        assert isinstance(found, Component)
        return found

    def components(self) -> dict[str, Component]:
        """Return all components by name, in the order they run."""
        return {name: self.component(name) for name in self.sizes.components}


def build_model(sizes: ModelSizes | CodecSizes, *, seed: int = 0) -> Model:
    """Return the model in evaluation mode with weights drawn from `seed`; the global generator is left alone."""
    with torch.random.fork_rng(devices=[]):
        model = Model(sizes, seed=seed)
        return model.eval().requires_grad_(requires_grad=False)


def build_meta_model(sizes: ModelSizes | CodecSizes) -> Model:
    """Return the model on the meta device: shapes and counts without memory."""
    with torch.random.fork_rng(devices=[]), torch.device("meta"):
        return Model(sizes).eval()


def _codec_makers(audio: AudioSizes, seed: int) -> dict[str, Callable[[], Component]]:
    quantizer = _drawn(
        seed,
        "quantizer",
        lambda: SplitQuantizer(
            dim=audio.dim, code_dim=audio.code_dim, codebooks=audio.codebooks, card=audio.card, reading=audio.reading
        ),
    )
    return {
        "audio_encoder": lambda: AudioEncoder(audio, quantizer),
        "audio_decoder": lambda: AudioDecoder(audio, quantizer),
    }


def _conversation_makers(sizes: ModelSizes) -> dict[str, Callable[[], Component]]:
    guests = {guest.component: find_member("model.components", guest.component) for guest in sizes.guests}
    return {
        "vision_encoder": lambda: VisionEncoder(sizes.vision),
        "temporal_transformer": lambda: TemporalTransformer(sizes),
        "depth_transformer": lambda: DepthTransformer(sizes),
        **{name: partial(member.build, sizes) for name, member in guests.items()},
    }


def _drawn(seed: int, name: str, make: Callable[[], Part]) -> Part:
    """Return what `make` builds, with weights that depend on the seed and this name alone."""
    digest = hashlib.sha256(f"{seed} {name}".encode()).digest()
    torch.manual_seed(int.from_bytes(digest[:8], "big", signed=True))
    part = make()
    keep_variance(part)
    return part


def keep_variance(part: nn.Module) -> None:
    """Redraw convolutions so that sound keeps its variance on the way through; torch's default halves it each layer.

    Without this every sound of a seeded encoder falls on one code, and a compiled engine could look right by chance.
    """
    for layer in part.modules():
        if isinstance(layer, (nn.Conv1d, nn.ConvTranspose1d)):
            taps = layer.weight.shape[2] / (layer.stride[0] if isinstance(layer, nn.ConvTranspose1d) else 1)
            fan_in = layer.in_channels // layer.groups * taps
            nn.init.normal_(layer.weight, std=SILU_GAIN / fan_in**0.5)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def parameter_count(module: nn.Module) -> int:
    """Return how many numbers the module learns; shared ones count once."""
    return sum(parameter.numel() for parameter in module.parameters())


def weights_digest(module: nn.Module) -> str:
    """Return the sha256 (hex) of all parameters by name, shape, type and content."""
    digest = hashlib.sha256()
    for name, parameter in sorted(module.named_parameters()):
        digest.update(f"{name} {parameter.dtype} {tuple(parameter.shape)}\n".encode())
        digest.update(parameter.detach().contiguous().cpu().numpy().tobytes())
    return digest.hexdigest()
