"""`audio_decoder`: semantic and acoustic codes → waveform (JODIO's second half, paper section 3)."""

from __future__ import annotations

from torch import Tensor

from josie_bench.model.layers.carry import Carry, Component
from josie_bench.model.layers.istft import IstftDecoder
from josie_bench.model.layers.ring_transformer import RingTransformer
from josie_bench.model.layers.seanet import SeanetDecoder
from josie_bench.model.layers.streaming_conv import StreamingConv1d, StreamingConvTranspose1d
from josie_bench.model.layers.vector_quantizer import SplitQuantizer
from josie_bench.model.sizes import AudioSizes
from josie_bench.terms.signature import TensorSpec


class AudioDecoder(Component):
    """Input `codes` int64 `[batch, codebooks, frames]`; output `audio` `[batch, samples]`.

    With an `istft` head sound is `AudioSizes.delay_samples` late: a sample leaves when all spectra over it have come.
    """

    def __init__(self, sizes: AudioSizes, quantizer: SplitQuantizer) -> None:
        super().__init__()
        sizes = sizes.of_decoder
        self.inputs = (TensorSpec(name="codes", dtype="int64", axes=("batch", sizes.codebooks, "frames")),)
        self.outputs = (TensorSpec(name="audio", dtype="float32", axes=("batch", f"frames*{sizes.frame_samples}")),)
        self.quantizer = quantizer
        self.upsample = _upsample(sizes) if sizes.half > 1 else None
        self.has_istft = sizes.head == "istft"
        self.first = StreamingConv1d("decode.first", sizes.dim, sizes.dim, 2) if self.has_istft else None
        self.transformer = RingTransformer("decode.transformer", sizes)
        if self.has_istft:
            self.istft = IstftDecoder(sizes)
        else:
            self.seanet = SeanetDecoder(sizes)

    @property
    def head(self) -> IstftDecoder | SeanetDecoder:
        """What turns the transformer's output into sound."""
        return self.istft if self.has_istft else self.seanet

    def features(self, latent: Tensor, carry: Carry) -> Tensor:
        """Return what the last map reads, for `latent` `[batch, frames, dim]`.

        It is `[batch, dim, hops]` with an `istft` head, else `[batch, filters, samples]`; `head.sound` takes it.
        """
        x = latent.transpose(1, 2)
        for before in (self.upsample, self.first):
            if before is not None:
                x = before(x, carry)
        x = self.transformer(x.transpose(1, 2), carry)
        return self.head.features(x.transpose(1, 2), carry)

    def sound(self, latent: Tensor, carry: Carry) -> Tensor:
        """Return `[batch, samples]` for `latent` `[batch, frames, dim]`, quantised or not."""
        return self.head.sound(self.features(latent, carry), carry)[:, 0]

    def step(self, inputs: dict[str, Tensor], carry: Carry) -> dict[str, Tensor]:
        """Return the samples of the codes that came."""
        return {"audio": self.sound(self.quantizer.decode(inputs["codes"]), carry)}


def _upsample(sizes: AudioSizes) -> StreamingConvTranspose1d:
    return StreamingConvTranspose1d(
        "decode.upsample", sizes.dim, sizes.dim, sizes.half, bias=not sizes.is_mimi, by_channel=sizes.is_mimi
    )
