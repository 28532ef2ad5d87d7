"""What of a GPU's memory counts as taken by its runtime before anything is measured; whoever knows better says so."""

from __future__ import annotations

from dataclasses import dataclass

from josie_bench.terms.roofline import MEMORY_SHARE, RUNTIME_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuReserve:
    """The driver's part of a GPU's memory, and what is lost of it.

    Attributes:
        context: bytes for the driver's context and workspaces; None: what is assumed.
        fragments: share of the memory that is lost to fragments and to the display; None: what is assumed.
    """

    context: int | None = None
    fragments: float | None = None

    @property
    def context_bytes(self) -> int:
        """What counts for the driver's context."""
        return RUNTIME_BYTES if self.context is None else self.context

    @property
    def lost_share(self) -> float:
        """What share of the memory counts as lost."""
        return 1.0 - MEMORY_SHARE if self.fragments is None else self.fragments
