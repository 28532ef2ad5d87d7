"""Import torchvision beside a PyTorch it was not built for, as far as that goes.

PyPI's torchvision is built for CUDA. Beside PyTorch for the CPU its compiled operators cannot be loaded, and then
already its import fails, because it describes them. Nothing of it is used here but that torch-fidelity imports it: so
the operators it describes are declared, without an implementation. To call one would be an error, and nobody does.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

DESCRIBED = ("nms", "qnms")  # those whose description is unconditional, as of torchvision 0.28
SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


def make_importable() -> list[Any]:
    """Declare what torchvision describes, if its compiled operators cannot be loaded.

    Returns:
        what holds the declaration: it ends with it. Empty where none was needed.
    """
    import torch

    found = importlib.util.find_spec("torchvision")
    if found is None or found.origin is None or hasattr(torch.ops.torchvision, "nms"):
        return []
    for path in Path(found.origin).parent.glob("_C*.so"):
        try:
            torch.ops.load_library(str(path))
        except OSError:
            continue
        return []
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in DESCRIBED:
        library.define(f"{name}{SCHEMA}")
    return [library]
