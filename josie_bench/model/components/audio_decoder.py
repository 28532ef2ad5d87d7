"""`audio_decoder`: semantic and acoustic codes → waveform (JODIO's second half, paper section 3)."""

from __future__ import annotations

from torch import Tensor

from josie_bench.model.layers.carry import Carry, Component
from josie_bench.model.layers.ring_transformer import RingTransformer
from josie_bench.model.layers.seanet import SeanetDecoder
from josie_bench.model.layers.streaming_conv import StreamingConvTranspose1d
from josie_bench.model.layers.vector_quantizer import SplitQuantizer
from josie_bench.model.sizes import AudioSizes
from josie_bench.terms.signature import TensorSpec


class AudioDecoder(Component):
    """Input `codes` int64 `[batch, codebooks, frames]`; output `audio` `[batch, samples]`."""

    def __init__(self, sizes: AudioSizes, quantizer: SplitQuantizer) -> None:
        super().__init__()
        self.inputs = (TensorSpec(name="codes", dtype="int64", axes=("batch", sizes.codebooks, "frames")),)
        self.outputs = (TensorSpec(name="audio", dtype="float32", axes=("batch", f"frames*{sizes.frame_samples}")),)
        self.quantizer = quantizer
        self.upsample = StreamingConvTranspose1d(
            "decode.upsample", sizes.dim, sizes.dim, sizes.half, bias=not sizes.is_mimi, by_channel=sizes.is_mimi
        )
        self.transformer = RingTransformer("decode.transformer", sizes)
        self.seanet = SeanetDecoder(sizes)

    def step(self, inputs: dict[str, Tensor], carry: Carry) -> dict[str, Tensor]:
        """Return the samples of the codes that came."""
        latent = self.quantizer.decode(inputs["codes"]).transpose(1, 2)
        x = self.transformer(self.upsample(latent, carry).transpose(1, 2), carry)
        return {"audio": self.seanet(x.transpose(1, 2), carry)[:, 0]}
