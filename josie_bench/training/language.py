"""The language part's losses: text, semantic and acoustic tokens, each weighed by what the model learns of it.

The paper's section 6.6 adds up four losses with learned weights λ, of which reconstruction belongs to the codec, whose
codes stay as they are here. Learned freely a weight would fall to zero, so each is exp(−s) of a learned s that costs s
itself (Kendall et al., "Multi-Task Learning Using Uncertainty to Weigh Losses", 2018).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from josie_bench.model.components.depth_transformer import DepthLayer
from josie_bench.model.components.temporal_transformer import SummedEmbedding
from josie_bench.model.layers.transformer import GatedFeedForward, RingLayer
from josie_bench.model.sizes import ModelSizes
from josie_bench.model.weights import Model
from josie_bench.training.forcing import hidden_states
from josie_bench.training.sequences import Batch

# Of each loss beside its learned weight, which by itself lets all losses pull alike.
SHARES = {"text": 1.0, "semantic": 1.0, "acoustic": 0.5}
SCALE_LIMITS = (-2.0, 2.0)  # of s
PAD_WEIGHT, SILENCE_WEIGHT = 0.5, 0.4  # of text tokens that are no words: most frames are silent
# Of a pad that ends a silence. When to answer is uncertain: no frame of those in which an answer may begin is likelier
# than not to be the one, and who draws the likeliest token would never answer.
OPENING_WEIGHT = 2.0
SILENT_SHARE = 0.04  # of the frames at which nothing is said aloud whose codes are learnt too
BRANCH = 0.3  # of a layer's branches before the first step
ROWS_STD = 0.1  # of embeddings before it, of which a position adds up seventeen


class LanguageLearner(nn.Module):
    """Temporal and depth transformer, and the learned weights of their losses.

    Args:
        model: its two transformers learn in place.
        begins: whether they have learnt nothing yet; then branches and embeddings are made small first, and what codes
            of sounds and of what is seen mean begins from the entries behind them.
        sees_anew: whether what those of what is seen mean begins anew.
    """

    def __init__(self, model: Model, *, begins: bool = True, sees_anew: bool = False) -> None:
        super().__init__()
        assert isinstance(model.sizes, ModelSizes)
        self.text = model.sizes.text
        self.temporal, self.depth = model.temporal_transformer, model.depth_transformer
        self.scales = nn.Parameter(torch.zeros(len(SHARES)))
        if begins:
            _settle(self)
            heard = torch.cat([chain.codebooks for chain in model.audio_encoder.quantizer.chains])
            begin_from_entries(self.temporal.audio, torch.cat((heard, heard)))  # its own voice and the user's
        if begins or sees_anew:
            begin_from_entries(self.temporal.vision, model.vision_encoder.quantizer.codebooks)

    def forward(self, batch: Batch, draw: torch.Generator) -> dict[str, Tensor]:
        """Return the losses by the names of `SHARES`; without those of codes where nothing is said aloud in the batch.

        Who learns the codes of silence alone for long has forgotten how to speak.

        Args:
            batch: sequences, wherever they lie.
            draw: which of the frames at which nothing is said are looked at for their codes; a generator of the CPU.
        """
        batch = batch.on(self._device)
        aloud, silent = batch.aloud.flatten(), batch.silent.flatten()
        drawn = torch.rand(len(aloud), generator=draw).to(self._device)
        learnt = aloud | (silent & (drawn < SILENT_SHARE))
        with torch.autocast(self._device.type, torch.bfloat16):
            hidden = self._hidden(batch)
            text = next(self.depth.scores(hidden, ())).float()
            losses = {"text": self._text_loss(text, batch.tokens[..., 0])}
            if aloud.any():
                tokens = batch.tokens.flatten(0, 1)[learnt]
                losses |= _code_losses(self._code_scores(hidden[learnt], tokens), tokens[:, 1:])
        return losses

    @torch.no_grad()
    def look(self, batch: Batch) -> dict[str, float]:
        """Return how good the model is at sequences: the text's loss, the share of words' tokens, the codes' losses."""
        batch = batch.on(self._device)
        wanted = batch.tokens.flatten(0, 1)
        aloud = batch.aloud.flatten()
        with torch.autocast(self._device.type, torch.bfloat16):
            hidden = self._hidden(batch)
            text = next(self.depth.scores(hidden, ())).float()
            codes = self._code_scores(hidden[aloud], wanted[aloud]) if aloud.any() else []
        found = {"text": self._text_loss(text, batch.tokens[..., 0]).item()}
        if (is_word := wanted[:, 0] < self.text.first_special).any():
            found["words"] = (text.argmax(-1) == wanted[:, 0])[is_word].float().mean().item()
        if codes:
            found |= {name: loss.item() for name, loss in _code_losses(codes, wanted[aloud, 1:]).items()}
        return found

    def total(self, losses: dict[str, Tensor]) -> Tensor:
        """Return Σ share · (exp(−s) · loss + s) over the losses that there are."""
        scales = dict(zip(SHARES, self.scales.clamp(*SCALE_LIMITS), strict=True))
        parts = [SHARES[name] * ((-scales[name]).exp() * loss + scales[name]) for name, loss in losses.items()]
        return torch.stack(parts).sum()

    @property
    def _device(self) -> torch.device:
        return self.scales.device

    def _hidden(self, batch: Batch) -> Tensor:
        """Return the hidden state of all frames, `[batch * frames, dim]`."""
        hidden = hidden_states(self.temporal, batch.inputs)
        places = batch.frames[..., None].expand(-1, -1, hidden.shape[-1])
        return hidden.gather(1, places).flatten(0, 1)

    def _code_scores(self, hidden: Tensor, tokens: Tensor) -> list[Tensor]:
        """Return the logits of each code, `[codes][frames, card]`, for `tokens` `[frames, 1 + codes]`."""
        return [scores.float() for scores in self.depth.scores(hidden, tokens.unbind(-1))][1:]

    def _text_loss(self, scores: Tensor, wanted: Tensor) -> Tensor:
        """Return the weighed mean loss of ids `[batch, frames]`, by the logits `[batch * frames, vocabulary]`."""
        weights = self._weights(wanted).flatten()
        return (F.cross_entropy(scores, wanted.flatten(), reduction="none") * weights).sum() / weights.sum()

    def _weights(self, wanted: Tensor) -> Tensor:
        is_pad, is_silent = wanted == self.text.pad_id, wanted == self.text.silence_id
        opens = F.pad(is_pad[:, 1:] & is_silent[:, :-1], (1, 0))
        weights = torch.ones(wanted.shape, device=wanted.device)
        weights[is_pad] = PAD_WEIGHT
        weights[is_silent] = SILENCE_WEIGHT
        weights[opens] = OPENING_WEIGHT
        return weights


def _code_losses(scores: list[Tensor], wanted: Tensor) -> dict[str, Tensor]:
    """Return the mean losses of the semantic and of the acoustic codes `[frames, codes]`."""
    losses = [F.cross_entropy(each, wanted[:, code]) for code, each in enumerate(scores)]
    return {"semantic": losses[0], "acoustic": torch.stack(losses[1:]).mean()}


@torch.no_grad()
def begin_from_entries(embedding: SummedEmbedding, codebooks: Tensor) -> None:
    """Let the rows of codes lie as the codebooks' entries do, so that codes that mean alike begin alike.

    From rows of chance a model must learn of every code by itself what it stands for, before it pays to look at any.
    The rows' root mean square stays as it was, and that of "not yet" becomes zero.

    Args:
        embedding: a stream for each codebook.
        codebooks: `[codebooks, entries, code_dim]`, `code_dim` at most the embedding's `dim`; on any device.
    """
    rows = embedding.table.weight
    codebooks = codebooks.to(rows.device)
    entries = F.pad(codebooks - codebooks.mean(1, keepdim=True), (0, 0, 0, 1)).flatten(0, 1)
    wide = torch.empty(rows.shape[1], entries.shape[1])
    placed = entries @ nn.init.orthogonal_(wide, generator=torch.Generator().manual_seed(0)).T
    rows.copy_(placed * (rows.square().mean() / placed.square().mean()).sqrt())


@torch.no_grad()
def _settle(learner: LanguageLearner) -> None:
    """Let branches and embeddings begin small, so that no table drowns what the layers add."""
    for part in learner.modules():
        if isinstance(part, (RingLayer, DepthLayer)):
            part.out.weight.mul_(BRANCH)
        if isinstance(part, GatedFeedForward):
            part.down.weight.mul_(BRANCH)
        if isinstance(part, nn.Embedding):
            part.weight.mul_(ROWS_STD)
