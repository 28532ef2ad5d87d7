"""`temporal_transformer`: one sequence of all modalities, causally related (paper sections 6.4 and 7).

A position is either a frame (its text token, own codes and the user's codes, embedded and summed) or a vision token
(its codes, embedded and summed). Both kinds share the layers; each has a key-value ring of its own, because vision
would otherwise fill the context in seconds. Absent tokens are −1 and add nothing.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from josie_bench.model.layers.carry import Carry, Component
from josie_bench.model.layers.key_value_ring import RingClock, RingView
from josie_bench.model.layers.norms import make_norm
from josie_bench.model.layers.rotary import Rotary
from josie_bench.model.layers.transformer import GatedFeedForward, RingLayer
from josie_bench.model.sizes import ModelSizes
from josie_bench.terms.signature import TensorSpec


class SummedEmbedding(nn.Module):
    """Several streams of ids, each with rows of its own in one table, summed.

    Args:
        streams: how many ids a position has.
        card: ids of each stream, the learned "not yet" id (= card − 1) included.
    """

    offset: Tensor

    def __init__(self, *, streams: int, card: int, dim: int) -> None:
        super().__init__()
        self.table = nn.Embedding(streams * card, dim)
        self.register_buffer("offset", torch.arange(streams) * card, persistent=False)

    def forward(self, ids: Tensor) -> Tensor:
        """Return `[batch, time, dim]` for int64 `ids` `[batch, time, streams]`; −1 adds nothing."""
        rows = self.table(ids.clamp_min(0) + self.offset)
        return torch.where((ids >= 0)[..., None], rows, torch.zeros_like(rows)).sum(-2)


class TemporalTransformer(Component):
    """Unified embedding, M-RoPE, rings and the modality mask M.

    Inputs: `tokens` int64 `[batch, time, streams]` (text, own codes, the user's codes), `vision` int64
    `[batch, time, vision codebooks]`, each guest's codes likewise under its name, `kind` int64 `[batch, time]`
    (0 frame, 1 vision, then the guests), `positions` int64 `[batch, time, 3]` (temporal, height, width).
    Output: `hidden` `[batch, time, dim]`.
    """

    def __init__(self, sizes: ModelSizes) -> None:
        super().__init__()
        temporal, audio, vision = sizes.temporal, sizes.audio, sizes.vision
        norm = "rms" if temporal.rms_norm else "none"
        self.guests = tuple(guest.name for guest in sizes.guests)
        self.inputs = (
            TensorSpec(name="tokens", dtype="int64", axes=("batch", "time", sizes.streams)),
            TensorSpec(name="vision", dtype="int64", axes=("batch", "time", vision.codebooks)),
            *(
                TensorSpec(name=guest.name, dtype="int64", axes=("batch", "time", guest.codebooks))
                for guest in sizes.guests
            ),
            TensorSpec(name="kind", dtype="int64", axes=("batch", "time")),
            TensorSpec(name="positions", dtype="int64", axes=("batch", "time", 3)),
        )
        self.outputs = (TensorSpec(name="hidden", dtype="float32", axes=("batch", "time", temporal.dim)),)
        self.text = SummedEmbedding(streams=1, card=sizes.text.vocabulary, dim=temporal.dim)
        self.audio = SummedEmbedding(streams=2 * audio.codebooks, card=audio.card + 1, dim=temporal.dim)
        self.vision = SummedEmbedding(streams=vision.codebooks, card=vision.card + 1, dim=temporal.dim)
        self.guest = nn.ModuleDict(
            {
                guest.name: SummedEmbedding(streams=guest.codebooks, card=guest.card + 1, dim=temporal.dim)
                for guest in sizes.guests
            }
        )
        rings = (temporal.frame_ring, temporal.vision_ring, *(guest.ring for guest in sizes.guests))
        self.clock = RingClock("temporal.clock", rings, with_guests(temporal.visibility, len(sizes.guests)))
        self.rotary = Rotary(temporal.head_dim, base=temporal.rope_base, sections=temporal.rope_sections)
        self.layers = nn.ModuleList(
            RingLayer(
                f"temporal.layer{index}",
                dim=temporal.dim,
                heads=temporal.heads,
                kv_heads=temporal.kv_heads,
                head_dim=temporal.head_dim,
                slots=self.clock.slots,
                feed=GatedFeedForward(temporal.dim, temporal.ff),
                norm=norm,
                has_bias=True,
            )
            for index in range(temporal.layers)
        )
        self.norm = make_norm(norm, temporal.dim)

    def step(self, inputs: dict[str, Tensor], carry: Carry) -> dict[str, Tensor]:
        """Return the hidden state of the positions that came."""
        return {"hidden": self.run(inputs, self.clock(inputs["kind"], carry), carry)}

    def run(self, inputs: dict[str, Tensor], view: RingView, carry: Carry) -> Tensor:
        """Return the hidden state `[batch, time, dim]` of positions that see what `view` says."""
        tokens = inputs["tokens"]
        x = self.text(tokens[..., :1]) + self.audio(tokens[..., 1:]) + self.vision(inputs["vision"])
        for name in self.guests:
            x = x + self.guest[name](inputs[name])
        angles = self.rotary(inputs["positions"])
        for layer in self.layers:
            x = layer(x, angles, view, carry)
        hidden: Tensor = self.norm(x)
        return hidden


def with_guests(visibility: tuple[tuple[bool, ...], ...], guests: int) -> tuple[tuple[bool, ...], ...]:
    """Return the mask table with rows and columns for guests, who see all and are seen by all.

    >>> with_guests(((True, False), (True, True)), 1)
    ((True, False, True), (True, True, True), (True, True, True))
    """
    widened = tuple(row + (True,) * guests for row in visibility)
    return widened + ((True,) * len(widened[0]),) * guests if guests else visibility
