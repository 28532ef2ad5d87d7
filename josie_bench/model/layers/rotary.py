"""Rotary positions in one and three dimensions (M-RoPE, paper section 5: PE = PE_t ⊕ PE_h ⊕ PE_w).

⊕ is read as Qwen2-VL does: the rotary frequencies are split into three sections, each turned by its own position.
Text, whose three positions are equal, sees plain RoPE. Rotation pairs dimension i with i + d/2.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Rotary(nn.Module):
    """Angles for heads of `head_dim`.

    Args:
        sections: how many frequencies follow each position axis; they sum to head_dim / 2.
        each_from_first: every section begins with the highest frequency again, as Qwen2.5-VL's vision tower turns
            rows and columns; else the sections share one descending row of frequencies, as its M-RoPE does.
    """

    section_of: Tensor
    frequency: Tensor

    def __init__(
        self,
        head_dim: int,
        *,
        base: float = 10_000.0,
        sections: tuple[int, ...] | None = None,
        each_from_first: bool = False,
    ) -> None:
        super().__init__()
        sections = sections or (head_dim // 2,)
        assert sum(sections) == head_dim // 2, "rotary sections must cover half of the head"
        axis = torch.tensor([axis for axis, section in enumerate(sections) for _ in range(section)])
        if each_from_first:
            exponent = torch.cat([torch.arange(section, dtype=torch.float32) / section for section in sections])
        else:
            exponent = torch.arange(0, head_dim, 2, dtype=torch.float32) / head_dim
        self.register_buffer("section_of", axis, persistent=False)
        # One over the power, as published models compute it: a negative power differs in its last bit, which at
        # position 3000 is an angle of 2e-4.
        self.register_buffer("frequency", 1.0 / base**exponent, persistent=False)

    def forward(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """Return cosine and sine `[batch, 1, time, head_dim]` for int64 `positions` `[batch, time, axes]`.

        Angles are FP32 whatever the model's precision: FP16 angles break at a few hundred positions.
        """
        angle = positions.to(torch.float32)[..., self.section_of] * self.frequency
        angle = torch.cat((angle, angle), dim=-1)[:, None]
        return angle.cos(), angle.sin()


def rotate(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Return `x` `[batch, heads, time, head_dim]` turned by the angles."""
    half = x.shape[-1] // 2
    turned = torch.cat((-x[..., half:], x[..., :half]), dim=-1)
    return x * cosine.to(x.dtype) + turned * sine.to(x.dtype)
