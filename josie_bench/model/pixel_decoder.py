"""Vision tokens back to pictures, for evaluation alone: a decoder that is no part of the model and counted nowhere.

The model makes no pictures. What its vision tokens hold is told by what a decoder that was trained beside the encoder
makes of them. It sees one temporal patch at a time, so what it draws is in these codes and in none before.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn

from josie_bench.errors import WeightsError
from josie_bench.model.checkpoint import save_weights
from josie_bench.model.components.vision_encoder import IntraFrameLayer, VisionEncoder
from josie_bench.model.label import Label, read_label
from josie_bench.model.layers.norms import RmsNorm
from josie_bench.model.layers.rotary import Rotary
from josie_bench.model.layers.vector_quantizer import ResidualQuantizer
from josie_bench.model.sizes import VisionSizes
from josie_bench.model.tensor_files import TensorFiles
from josie_bench.model.weights import weights_digest

FILE = "pixels.safetensors"  # beside the weights that it was trained with
LAYOUT = "pixel_decoder"
LAYERS = 3


class PixelDecoder(nn.Module):
    """A few layers of attention among the tokens of one temporal patch, and a linear map to their pixels.

    Args:
        sizes: of the vision encoder whose tokens it reads.
        quantizer: that encoder's own, whose entries say what a code stands for.
    """

    def __init__(self, sizes: VisionSizes, quantizer: ResidualQuantizer) -> None:
        super().__init__()
        self.sizes, self.quantizer = sizes, quantizer
        width = sizes.out_dim
        self.place = Rotary(width // sizes.heads, sections=(width // sizes.heads // 4,) * 2, each_from_first=True)
        self.layers = nn.ModuleList(IntraFrameLayer(replace(sizes, dim=width, ff=2 * width)) for _ in range(LAYERS))
        self.norm = RmsNorm(width)
        self.out = nn.Linear(width, sizes.merge**2 * sizes.patch_dim)

    def decode(self, codes: Tensor, rows: int, columns: int) -> Tensor:
        """Return the frames `[batch, frames, height, width, 3]` in [-1, 1] of int64 codes.

        Args:
            codes: `[batch, time, tokens, codebooks]`, as the vision encoder gives them.
            rows: of tokens in a temporal patch.
            columns: likewise.
        """
        return self(self.quantizer.decode(codes), rows, columns).clamp(-1, 1)

    def forward(self, latent: Tensor, rows: int, columns: int) -> Tensor:
        """Return frames as `decode` does, unclipped, for what the codes stand for, `[batch, time, tokens, out_dim]`."""
        x = latent.flatten(0, 1)
        places = [torch.arange(count, device=x.device) for count in (rows, columns)]
        down, across = torch.meshgrid(*places, indexing="ij")
        angles = self.place(torch.stack((down, across), -1).reshape(1, -1, 2))
        anywhere = torch.ones(1, 1, rows * columns, rows * columns, dtype=torch.bool, device=x.device)
        for layer in self.layers:
            x = layer(x, angles, anywhere)
        pixels = self.out(self.norm(x)).unflatten(0, latent.shape[:2])
        return joined(pixels.unflatten(-1, (self.sizes.merge**2, -1)).flatten(2, 3), self.sizes, rows, columns)


def joined(patches: Tensor, sizes: VisionSizes, rows: int, columns: int) -> Tensor:
    """Return frames `[batch, time * patch_frames, height, width, 3]` for patches `[batch, time, patches, patch_dim]`.

    It undoes what `runtime.patches.cut_patches` does behind the resizing.
    """
    batch, time = patches.shape[:2]
    m, p, t = sizes.merge, sizes.patch, sizes.patch_frames
    blocks = patches.reshape(batch, time, rows, columns, m, m, 3, t, p, p)
    frames = blocks.permute(0, 1, 7, 2, 4, 8, 3, 5, 9, 6)  # time, frame, row, m, p, column, m, p, colour
    return frames.reshape(batch, time * t, rows * m * p, columns * m * p, 3)


def save_pixel_decoder(file: Path, decoder: PixelDecoder, encoder: VisionEncoder, label: Label) -> None:
    """Write a decoder in half precision, and the digest of the encoder that it belongs to, in one step.

    Args:
        file: where.
        decoder: what was trained.
        encoder: whose codes it reads.
        label: of the weights that it was trained with.

    Raises:
        OutputError: it cannot be written.
    """
    files = label.files | {"vision_encoder": weights_digest(encoder)}
    tensors = {name: part.detach().to("cpu", torch.float16).contiguous() for name, part in _own(decoder).items()}
    save_weights(file, tensors, replace(label, layout=LAYOUT, files=files))


def load_pixel_decoder(file: Path, encoder: VisionEncoder) -> PixelDecoder:
    """Return the decoder of a file, which was trained with this very encoder.

    Raises:
        WeightsError: it is no such file, or belongs to an encoder of other weights.
    """
    label = read_label(file)
    mend = f"name the {FILE} that lies beside the weights"
    if label.layout != LAYOUT:
        raise WeightsError(f"{file}: holds no pixel decoder: {mend}")
    if label.files.get("vision_encoder") != weights_digest(encoder):
        raise WeightsError(f"{file}: was trained with a vision encoder of other weights: {mend}")
    with torch.random.fork_rng(devices=[]):
        decoder = PixelDecoder(encoder.sizes, encoder.quantizer)
    source, parameters = TensorFiles([file]), _own(decoder)
    if source.headers.keys() != parameters.keys():
        raise WeightsError(f"{file}: not a whole pixel decoder: train it again")
    with torch.no_grad():
        for name, parameter in parameters.items():
            parameter.copy_(source.read(name))
    return decoder.eval().requires_grad_(requires_grad=False)


def _own(decoder: PixelDecoder) -> dict[str, nn.Parameter]:
    """Return a decoder's parameters by name, but for the quantiser, which is its encoder's."""
    return {name: part for name, part in decoder.named_parameters() if not name.startswith("quantizer.")}
