"""`vision_encoder`: spatiotemporal patches → discrete vision tokens (JOVIO, paper sections 4 and 5).

Intra-frame attention relates the patches of one temporal patch, with rotary positions of height and width.
Inter-frame attention relates a place to its own past: patches are pooled onto a small fixed grid, each cell attends
over the last temporal patches of that cell with rotary positions of time, and the answer is added to the cell's
patches. The pooled grid makes the carried state independent of the resolution.

Patches come in merge blocks: each run of merge² patches becomes one token.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from josie_bench.model.layers.attention import attend, join_heads, split_heads
from josie_bench.model.layers.carry import Carry, Component
from josie_bench.model.layers.key_value_ring import KeyValueRing, RingClock, RingView, single_kind
from josie_bench.model.layers.norms import RmsNorm
from josie_bench.model.layers.rotary import Rotary, rotate
from josie_bench.model.layers.transformer import GatedFeedForward
from josie_bench.model.layers.vector_quantizer import ResidualQuantizer
from josie_bench.model.sizes import VisionSizes
from josie_bench.terms.signature import TensorSpec


class IntraFrameLayer(nn.Module):
    """Attention among the patches of one temporal patch, and a feed-forward."""

    def __init__(self, sizes: VisionSizes) -> None:
        super().__init__()
        self.heads = sizes.heads
        self.attention_norm = RmsNorm(sizes.dim)
        self.qkv = nn.Linear(sizes.dim, 3 * sizes.dim)
        self.out = nn.Linear(sizes.dim, sizes.dim)
        self.feed_norm = RmsNorm(sizes.dim)
        self.feed = GatedFeedForward(sizes.dim, sizes.ff, bias=True)

    def forward(self, x: Tensor, angles: tuple[Tensor, Tensor], mask: Tensor) -> Tensor:
        """Return `[frames, patches, dim]`; `mask` is bool `[frames, 1, patches, patches]`."""
        query, key, value = (
            split_heads(part, self.heads) for part in self.qkv(self.attention_norm(x)).chunk(3, dim=-1)
        )
        seen = attend(rotate(query, *angles), rotate(key, *angles), value, mask)
        x = x + self.out(join_heads(seen))
        return x + self.feed(self.feed_norm(x))


class InterFrameLayer(nn.Module):
    """Attention of each cell of the pooled grid over its own past; cells lie beside the heads of the ring."""

    def __init__(self, name: str, sizes: VisionSizes, slots: int) -> None:
        super().__init__()
        self.heads = sizes.heads
        self.norm = RmsNorm(sizes.dim)
        self.query = nn.Linear(sizes.dim, sizes.dim, bias=False)
        self.key = nn.Linear(sizes.dim, sizes.dim, bias=False)
        self.value = nn.Linear(sizes.dim, sizes.dim, bias=False)
        self.out = nn.Linear(sizes.dim, sizes.dim, bias=False)
        self.ring = KeyValueRing(name, sizes.cells**2 * sizes.heads, sizes.dim // sizes.heads, slots)

    def forward(self, pooled: Tensor, angles: tuple[Tensor, Tensor], view: RingView, carry: Carry) -> Tensor:
        """Return `[batch, time, cells, dim]` for `pooled` of the same shape."""
        cells = pooled.shape[2]
        normed = self.norm(pooled)
        query, key, value = (
            split_heads(project(normed).flatten(-2), cells * self.heads)
            for project in (self.query, self.key, self.value)
        )
        seen = self.ring(rotate(query, *angles), rotate(key, *angles), value, view, carry)
        return self.out(join_heads(seen).unflatten(-1, (cells, -1)))


class VisionEncoder(Component):
    """Temporal patches of one resolution to codes.

    Inputs: `patches` `[batch, time, patches, patch_dim]` in [-1, 1]; `grid` int64 `[batch, patches, 2]`, row and
    column of each patch; `cell` int64 `[batch, patches]`, its cell on the pooled grid.
    Output: `codes` int64 `[batch, time, tokens, codebooks]`, tokens = patches / merge².
    """

    def __init__(self, sizes: VisionSizes) -> None:
        super().__init__()
        self.sizes = sizes
        patches = f"tokens*{sizes.merge**2}"
        self.inputs = (
            TensorSpec(name="patches", dtype="float32", axes=("batch", "time", patches, sizes.patch_dim)),
            TensorSpec(name="grid", dtype="int64", axes=("batch", patches, 2)),
            TensorSpec(name="cell", dtype="int64", axes=("batch", patches)),
        )
        self.outputs = (TensorSpec(name="codes", dtype="int64", axes=("batch", "time", "tokens", sizes.codebooks)),)
        head_dim = sizes.dim // sizes.heads
        self.embed = nn.Linear(sizes.patch_dim, sizes.dim)
        self.intra = nn.ModuleList(IntraFrameLayer(sizes) for _ in range(sizes.layers))
        # With M-RoPE row and column turn half of the frequencies each; without, a patch's number turns them all.
        self.space = (
            Rotary(head_dim, sections=(head_dim // 4, head_dim // 4), each_from_first=True)
            if sizes.m_rope
            else Rotary(head_dim)
        )
        self.clock = RingClock("vision.clock", (sizes.ring,))
        self.inter = nn.ModuleList(
            InterFrameLayer(f"vision.inter{index}", sizes, self.clock.slots) for index in range(sizes.inter_layers)
        )
        self.time = Rotary(head_dim)
        merged = sizes.dim * sizes.merge**2
        self.merge_norm = RmsNorm(sizes.dim)
        self.merge_in = nn.Linear(merged, merged)
        self.merge_out = nn.Linear(merged, sizes.out_dim)
        self.quantizer = ResidualQuantizer(
            dim=sizes.out_dim, code_dim=sizes.code_dim, codebooks=sizes.codebooks, card=sizes.card
        )

    def latent(self, patches: Tensor, grid: Tensor, cell: Tensor, carry: Carry) -> Tensor:
        """Return what is quantised, `[batch, time, tokens, out_dim]`, for the inputs of the same names."""
        batch, time = patches.shape[:2]
        x = self.embed(patches)
        view = self.clock(single_kind(x), carry)
        when = self.time(view.position[..., None])
        number = torch.ones_like(grid[..., :1]).cumsum(1) - 1
        cosine, sine = self.space(grid if self.sizes.m_rope else number)
        where = (_for_each_frame(cosine, time), _for_each_frame(sine, time))
        near = _for_each_frame(self._local_mask(grid), time)
        anywhere = torch.ones_like(near)
        to_cell = self._to_cell(cell)[:, None]
        every = self.sizes.layers // self.sizes.inter_layers
        for index, layer in enumerate(self.intra):
            is_full = self.sizes.window_tokens is None or index in self.sizes.full_layers
            x = layer(x.flatten(0, 1), where, anywhere if is_full else near).unflatten(0, (batch, time))
            if (index + 1) % every == 0:
                pooled = to_cell @ x / to_cell.sum(-1, keepdim=True).clamp_min(1.0)
                answer = self.inter[index // every](pooled, when, view, carry)
                x = x + to_cell.transpose(-1, -2) @ answer
        blocks = self.merge_norm(x).unflatten(2, (-1, self.sizes.merge**2)).flatten(-2)
        merged: Tensor = self.merge_out(F.gelu(self.merge_in(blocks)))
        return merged

    def step(self, inputs: dict[str, Tensor], carry: Carry) -> dict[str, Tensor]:
        """Return the codes of the temporal patches that came."""
        latent = self.latent(inputs["patches"], inputs["grid"], inputs["cell"], carry)
        return {"codes": self.quantizer.encode(latent)}

    def _local_mask(self, grid: Tensor) -> Tensor:
        """Return bool `[batch, 1, patches, patches]`: both patches lie in the same window."""
        edge = self.sizes.merge * (self.sizes.window_tokens or 1)
        window = grid // edge
        return (window[:, :, None] == window[:, None]).all(-1)[:, None]

    def _to_cell(self, cell: Tensor) -> Tensor:
        """Return the pooling matrix float `[batch, cells, patches]` of ones where a patch lies in a cell."""
        cells = torch.arange(self.sizes.cells**2, device=cell.device)
        return (cells[None, :, None] == cell[:, None]).to(self.embed.weight.dtype)


def _for_each_frame(x: Tensor, time: int) -> Tensor:
    """Return `[batch * time, …]`: each session's tensor once for each of its frames.

    Written with expand: the exporter turns repeat_interleave into a graph that is wrong for batches above 1.
    """
    return x[:, None].expand(-1, time, *(-1 for _ in x.shape[1:])).flatten(0, 1)
