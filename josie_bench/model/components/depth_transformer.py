"""`depth_transformer`: one frame's hidden state → its text, semantic and acoustic tokens (paper section 6.5).

The steps are unrolled, so that one graph draws a whole frame. Drawing is Gumbel-max with the noise as an input: zero
noise is greedy, and every backend draws the same token from the same noise. A forced token overrides the draw.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from josie_bench.model.layers.attention import attend, join_heads, split_heads
from josie_bench.model.layers.carry import Carry, Component
from josie_bench.model.layers.norms import RmsNorm, at_least_fp32
from josie_bench.model.layers.transformer import GatedFeedForward
from josie_bench.model.sizes import ModelSizes
from josie_bench.terms.signature import TensorSpec


class DepthLayer(nn.Module):
    """Causal attention over the frame's steps so far, and a gated feed-forward."""

    def __init__(self, dim: int, heads: int, ff: int) -> None:
        super().__init__()
        self.heads = heads
        self.attention_norm = RmsNorm(dim)
        self.qkv = nn.Linear(dim, 3 * dim, bias=False)
        self.out = nn.Linear(dim, dim, bias=False)
        self.feed_norm = RmsNorm(dim)
        self.feed = GatedFeedForward(dim, ff)

    def forward(self, x: Tensor, past: list[tuple[Tensor, Tensor]]) -> Tensor:
        """Return `[batch, 1, dim]`; this step's key and value are appended to `past`."""
        query, key, value = (
            split_heads(part, self.heads) for part in self.qkv(self.attention_norm(x)).chunk(3, dim=-1)
        )
        past.append((key, value))
        keys = torch.cat([pair[0] for pair in past], dim=2)
        values = torch.cat([pair[1] for pair in past], dim=2)
        everything = torch.ones_like(keys[:, :1, :, 0], dtype=torch.bool)[:, :, None]
        x = x + self.out(join_heads(attend(query, keys, values, everything)))
        return x + self.feed(self.feed_norm(x))


class DepthTransformer(Component):
    """Inputs: `hidden` `[batch, temporal dim]`, `text_noise` `[batch, vocabulary]`, `audio_noise`
    `[batch, codebooks, card]`, `forced` int64 `[batch, 1 + codebooks]` (−1: draw).

    Output: `tokens` int64 `[batch, 1 + codebooks]`: text, semantic, acoustic.
    """  # fmt: skip

    def __init__(self, sizes: ModelSizes) -> None:
        super().__init__()
        depth, audio, vocabulary = sizes.depth, sizes.audio, sizes.text.vocabulary
        steps = 1 + audio.codebooks
        self.sets = depth.weight_sets
        self.layers = depth.layers
        self.inputs = (
            TensorSpec(name="hidden", dtype="float32", axes=("batch", sizes.temporal.dim)),
            TensorSpec(name="text_noise", dtype="float32", axes=("batch", vocabulary)),
            TensorSpec(name="audio_noise", dtype="float32", axes=("batch", audio.codebooks, audio.card)),
            TensorSpec(name="forced", dtype="int64", axes=("batch", steps)),
        )
        self.outputs = (TensorSpec(name="tokens", dtype="int64", axes=("batch", steps)),)
        self.inward = nn.ModuleList(nn.Linear(sizes.temporal.dim, depth.dim, bias=False) for _ in range(steps))
        # The text table embeds the drawn token and, transposed, scores all tokens.
        self.text = nn.Embedding(vocabulary, depth.dim)
        self.audio = nn.ModuleList(nn.Embedding(audio.card + 1, depth.dim) for _ in range(audio.codebooks))
        self.heads = nn.ModuleList(nn.Linear(depth.dim, audio.card, bias=False) for _ in range(audio.codebooks))
        self.layer_sets = nn.ModuleList(
            nn.ModuleList(DepthLayer(depth.dim, depth.heads, depth.ff) for _ in range(depth.layers))
            for _ in range(max(depth.weight_sets) + 1)
        )
        self.norm = RmsNorm(depth.dim)

    def step(self, inputs: dict[str, Tensor], carry: Carry) -> dict[str, Tensor]:
        """Return the frame's tokens."""
        hidden, forced = inputs["hidden"], inputs["forced"]
        drawn: list[Tensor] = []
        for step, scores in enumerate(self.scores(hidden, drawn)):
            noise = inputs["text_noise"] if step == 0 else inputs["audio_noise"][:, step - 1]
            free = (at_least_fp32(scores) + noise).argmax(-1)
            drawn.append(torch.where(forced[:, step] >= 0, forced[:, step], free))
        return {"tokens": torch.stack(drawn, dim=-1)}

    def scores(self, hidden: Tensor, tokens: Sequence[Tensor]) -> Iterator[Tensor]:
        """Yield the logits `[batch, vocabulary or card]` of one step after another.

        Args:
            hidden: `[batch, temporal dim]`.
            tokens: int64 `[batch]` of each step; that of a step need not be there before its logits are.
        """
        past: list[list[tuple[Tensor, Tensor]]] = [[] for _ in range(self.layers)]
        for step, weights in enumerate(self.sets):
            x = self.inward[step](hidden)
            if step:
                x = x + (self.text if step == 1 else self.audio[step - 2])(tokens[step - 1])
            x = x[:, None]
            for layer, kept in zip(self._layers(weights), past, strict=True):
                x = layer(x, kept)
            yield self._scores(step, self.norm(x[:, 0]))

    def _layers(self, weights: int) -> nn.ModuleList:
        chosen = self.layer_sets[weights]
        assert isinstance(chosen, nn.ModuleList)
        return chosen

    def _scores(self, step: int, x: Tensor) -> Tensor:
        """Return the logits `[batch, vocabulary or card]` of one step."""
        if step == 0:
            return x @ self.text.weight.T
        return self.heads[step - 1](x)
