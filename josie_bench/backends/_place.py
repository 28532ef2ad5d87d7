"""Where torch computes: a device that was tried, on which FP32 is FP32. No GPU was ever used to write this."""

from __future__ import annotations

from typing import Any

from josie_bench.errors import EngineError


def place_of(kind: str) -> Any:
    """Return torch's device `kind`: `cuda`, which is the first GPU that is visible, or `cpu`.

    Raises:
        EngineError: torch cannot compute on the GPU: its driver is too old, or torch has no code for it.
    """
    import torch

    place = torch.device(kind)
    if place.type == "cuda":
        # TF32 is on for convolutions unless told: FP32 would be no FP32. Told of convolutions alone, by
        # `cudnn.conv.fp32_precision`, torch refuses to export anything afterwards.
        torch.backends.cudnn.allow_tf32 = False
        torch.backends.cuda.matmul.allow_tf32 = False
        try:
            torch.ones(1, device=place).add(1.0).item()  # takes a driver, a GPU and code for it
        except (AssertionError, RuntimeError) as error:
            raise EngineError(f"torch cannot use the GPU: {str(error).strip().splitlines()[0]}") from error
    return place
