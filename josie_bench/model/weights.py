"""The model with its weights: built from a seed, counted and digested.

Weights are random for now: latency and memory are those of a trained model of this size, what it says means nothing.
"""

from __future__ import annotations

import hashlib

import torch
from torch import nn

from josie_bench.model.components.audio_decoder import AudioDecoder
from josie_bench.model.components.audio_encoder import AudioEncoder
from josie_bench.model.components.depth_transformer import DepthTransformer
from josie_bench.model.components.temporal_transformer import TemporalTransformer
from josie_bench.model.components.vision_encoder import VisionEncoder
from josie_bench.model.layers.carry import Component
from josie_bench.model.layers.vector_quantizer import SplitQuantizer
from josie_bench.model.sizes import COMPONENTS, ModelSizes

SILU_GAIN = 1.6  # E[SiLU(x)²] of a standard normal x is 0.36, whose square root is 1 / 1.67
LOUDNESS = 1e-3  # what a seeded decoder says then stays within [-1, 1]


class Model(nn.Module):
    """All five components; the audio encoder and decoder share one quantiser."""

    def __init__(self, sizes: ModelSizes) -> None:
        super().__init__()
        self.sizes = sizes
        audio = sizes.audio
        quantizer = SplitQuantizer(
            dim=audio.dim, code_dim=audio.code_dim, codebooks=audio.codebooks, card=audio.card, reading=audio.reading
        )
        self.audio_encoder = AudioEncoder(audio, quantizer)
        self.vision_encoder = VisionEncoder(sizes.vision)
        self.temporal_transformer = TemporalTransformer(sizes)
        self.depth_transformer = DepthTransformer(sizes)
        self.audio_decoder = AudioDecoder(audio, quantizer)

    def component(self, name: str) -> Component:
        """Return the component `name`, one of `sizes.COMPONENTS`."""
        found = getattr(self, name)
        assert isinstance(found, Component)
        return found

    def components(self) -> dict[str, Component]:
        """Return all components by name, in the order they run."""
        return {name: self.component(name) for name in COMPONENTS}


def build_model(sizes: ModelSizes, *, seed: int = 0) -> Model:
    """Return the model in evaluation mode with weights drawn from `seed`; the global generator is left alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Model(sizes)
        _keep_variance(model)
        return model.eval().requires_grad_(requires_grad=False)


def build_meta_model(sizes: ModelSizes) -> Model:
    """Return the model on the meta device: shapes and counts without memory."""
    with torch.device("meta"):
        return Model(sizes).eval()


def _keep_variance(model: Model) -> None:
    """Redraw convolutions so that sound keeps its variance on the way through; torch's default halves it each layer.

    Without this every sound of a seeded encoder falls on one code, and a compiled engine could look right by chance.
    """
    for layer in model.modules():
        if isinstance(layer, (nn.Conv1d, nn.ConvTranspose1d)):
            taps = layer.weight.shape[2] / (layer.stride[0] if isinstance(layer, nn.ConvTranspose1d) else 1)
            fan_in = layer.in_channels * taps
            nn.init.normal_(layer.weight, std=SILU_GAIN / fan_in**0.5)
            assert layer.bias is not None
            nn.init.zeros_(layer.bias)
    model.audio_decoder.seanet.last.conv.weight.data *= LOUDNESS


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
