"""The codec's transformer (paper section 3, "Transformer-Based Tokenization and Decoding")."""

from __future__ import annotations

from torch import Tensor, nn

from josie_bench.model.layers.carry import Carry
from josie_bench.model.layers.key_value_ring import RingClock, single_kind
from josie_bench.model.layers.rotary import Rotary
from josie_bench.model.layers.transformer import FeedForward, RingLayer
from josie_bench.model.sizes import AudioSizes


class RingTransformer(nn.Module):
    """The codec's transformer: causal attention over the last `ring` positions."""

    def __init__(self, name: str, sizes: AudioSizes) -> None:
        super().__init__()
        self.clock = RingClock(f"{name}.clock", (sizes.ring,))
        self.rotary = Rotary(sizes.dim // sizes.heads)
        self.layers = nn.ModuleList(
            RingLayer(
                f"{name}.layer{index}",
                dim=sizes.dim,
                heads=sizes.heads,
                kv_heads=sizes.heads,
                head_dim=sizes.dim // sizes.heads,
                slots=self.clock.slots,
                feed=FeedForward(sizes.dim, sizes.ff, has_gelu=sizes.is_mimi),
                norm="layer" if sizes.is_mimi else "rms",
                has_scale=sizes.is_mimi,
            )
            for index in range(sizes.layers)
        )

    def forward(self, x: Tensor, carry: Carry) -> Tensor:
        """Return `[batch, time, dim]`."""
        view = self.clock(single_kind(x), carry)
        angles = self.rotary(view.position[..., None])
        for layer in self.layers:
            x = layer(x, angles, view, carry)
        return x
