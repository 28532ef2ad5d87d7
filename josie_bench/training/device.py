"""Where a training computes: the CPU, or the first GPU that is visible. No GPU was ever used to write or try this.

First weights, crops and all other draws are made on the CPU, so that a seed means the same on both.
"""

from __future__ import annotations

import torch

from josie_bench.backends._device import GPU, lacks_gpu
from josie_bench.backends._place import place_of

CPU = torch.device("cpu")


def open_device(kind: str) -> torch.device:
    """Return the device `kind`, `cpu` or `cuda`, on which FP32 is FP32.

    Raises:
        UnavailableError: there is no GPU that torch can compute on.
        EngineError: torch cannot compute on the GPU: its driver is too old, or torch has no code for it.
    """
    if kind == GPU and (reason := lacks_gpu(instead="train without --device cuda")) is not None:
        raise reason
    found: torch.device = place_of(kind)
    return found
