"""`audio_encoder`: waveform → semantic and acoustic codes (JODIO's first half, paper sections 3 and 6.2)."""

from __future__ import annotations

from torch import Tensor

from josie_bench.model.layers.carry import Carry, Component
from josie_bench.model.layers.mel import MelEncoder
from josie_bench.model.layers.ring_transformer import RingTransformer
from josie_bench.model.layers.seanet import SeanetEncoder
from josie_bench.model.layers.streaming_conv import StreamingConv1d
from josie_bench.model.layers.vector_quantizer import SplitQuantizer
from josie_bench.model.sizes import AudioSizes
from josie_bench.terms.signature import TensorSpec


class AudioEncoder(Component):
    """Input `audio` `[batch, samples]`, whole frames; output `codes` int64 `[batch, codebooks, frames]`."""

    def __init__(self, sizes: AudioSizes, quantizer: SplitQuantizer) -> None:
        super().__init__()
        self.inputs = (TensorSpec(name="audio", dtype="float32", axes=("batch", f"frames*{sizes.frame_samples}")),)
        self.outputs = (TensorSpec(name="codes", dtype="int64", axes=("batch", sizes.codebooks, "frames")),)
        self.has_mel = sizes.front_end == "mel"
        if self.has_mel:
            self.mel = MelEncoder(sizes)
        else:
            self.seanet = SeanetEncoder(sizes)
        self.transformer = RingTransformer("encode.transformer", sizes)
        self.downsample = _downsample(sizes) if sizes.half > 1 else None
        self.quantizer = quantizer

    @property
    def front_end(self) -> MelEncoder | SeanetEncoder:
        """What turns sound into the transformer's input."""
        return self.mel if self.has_mel else self.seanet

    def latent(self, audio: Tensor, carry: Carry) -> Tensor:
        """Return what is quantised, `[batch, frames, dim]`, for `audio` `[batch, samples]`."""
        x = self.front_end(audio[:, None], carry)
        x = self.transformer(x.transpose(1, 2), carry)
        if self.downsample is not None:
            x = self.downsample(x.transpose(1, 2), carry).transpose(1, 2)
        return x

    def step(self, inputs: dict[str, Tensor], carry: Carry) -> dict[str, Tensor]:
        """Return the codes of the samples that came."""
        return {"codes": self.quantizer.encode(self.latent(inputs["audio"], carry))}


def _downsample(sizes: AudioSizes) -> StreamingConv1d:
    return StreamingConv1d(
        "encode.downsample",
        sizes.dim,
        sizes.dim,
        2 * sizes.half,
        stride=sizes.half,
        bias=not sizes.is_mimi,
        repeats_first=sizes.is_mimi,
    )
