"""What the reference's own tokens cost from an engine's hidden states: teacher forcing, frame by frame.

An engine hands out tokens and no logits. Those behind its loss are therefore the reference's depth transformer's, from
the hidden states that the engine's temporal transformer gave on the reference's inputs: what lies in its cache is in
the loss, and what an engine's own depth transformer adds is not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from josie_bench.backends import Array
from josie_bench.model.sizes import ModelSizes
from josie_bench.terms.parity import TOKEN_KINDS, Floats, cross_entropy

Arrays = Mapping[str, Array]


class TokenLoss:
    """Listens beside both transformers while a component gets the reference's inputs.

    Args:
        depth: the reference's depth transformer, a PyTorch module.
        sizes: of the model.
        note: takes a component, a measure and its value.
    """

    def __init__(self, depth: Any, sizes: ModelSizes, note: Callable[[str, str, float], None]) -> None:
        self._depth, self._note = depth, note
        self._silence, self._not_yet = sizes.text.silence_id, sizes.audio.card
        self.listeners = {"temporal_transformer": self._hear, "depth_transformer": self._weigh}

    def _hear(self, inputs: Arrays, _: Arrays, got: Arrays) -> None:
        """Keep an engine's hidden states, and what the reference had drawn before each."""
        self._before = inputs["tokens"][0]
        self._hidden = got["hidden"][0].astype(np.float32)

    def _weigh(self, inputs: Arrays, expected: Arrays, _: Arrays) -> None:
        """Note the losses of the frames that the reference draws and keeps."""
        tokens = expected["tokens"]
        before, hidden = self._before[-len(tokens) :], self._hidden[-len(tokens) :]
        is_silent = tokens[:, 0] == self._silence
        is_counted = {
            "text": inputs["forced"][:, 0] < 0,
            "semantic": ~is_silent,
            "acoustic": (before[:, 0] != self._silence) & (before[:, 1] != self._not_yet),
        }
        noise = inputs["text_noise"]
        engine, reference = (self._losses(states, tokens, noise) for states in (hidden, inputs["hidden"]))
        kept = len(tokens) if is_silent.all() else 1 + int(np.argmin(is_silent))
        for row in range(kept):
            for kind, columns in TOKEN_KINDS.items():
                if is_counted[kind][row]:
                    self._note("temporal_transformer", f"{kind}_loss", engine[row, columns].mean())
                    self._note("temporal_transformer", f"{kind}_loss_reference", reference[row, columns].mean())

    def _losses(self, hidden: Array, tokens: Array, text_noise: Array) -> Floats:
        """Return `[frames, 1 + codebooks]`; text that may not be drawn, whose noise is −∞, is no candidate."""
        import torch

        with torch.inference_mode():
            drawn = torch.from_numpy(tokens).unbind(-1)
            logits = [scores.numpy() for scores in self._depth.scores(torch.from_numpy(hidden), drawn)]
        logits[0] = np.where(np.isneginf(text_noise), -np.inf, logits[0])
        return np.stack([cross_entropy(some, tokens[:, step]) for step, some in enumerate(logits)], axis=-1)
