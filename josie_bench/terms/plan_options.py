"""What engines of TensorRT can be besides their precision: said once in a case, of all of them that it runs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

STRONG, WEAK = "strong", "weak"
TYPING = (STRONG, WEAK)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions:
    """How an engine of TensorRT is built; by itself as if nothing was said.

    Attributes:
        refit: its weights can be exchanged.
        version_compatible: later releases of TensorRT can load it.
        timing_cache: the kernels that earlier builds timed are not timed again.
        typing: `strong`: precision is the graph's; `weak`: TensorRT chooses, layer by layer, down to the precision.
    """

    refit: bool = False
    version_compatible: bool = False
    timing_cache: bool = False
    typing: str = STRONG

    def told(self) -> dict[str, Any]:
        """Return those that are otherwise than by themselves, by name."""
        return {name: value for name, value in asdict(self).items() if value != getattr(USUAL, name)}


USUAL = PlanOptions()
