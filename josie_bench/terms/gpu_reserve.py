"""How much of a GPU's memory a case may hold, and what of it counts as taken before anything is measured."""

from __future__ import annotations

from dataclasses import dataclass

from josie_bench.terms.roofline import MEMORY_SHARE, RUNTIME_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuReserve:
    """The most that may be held of a GPU's memory, the driver's part of that, and what is lost of it.

    Attributes:
        cap: bytes that the trial's process may hold, the driver's context included; None: all there are.
        context: bytes for the driver's context and workspaces; None: what is assumed.
        fragments: share of the memory that is lost to fragments and to the display; None: what is assumed.
    """

    cap: int | None = None
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

    def within(self, free_bytes: int | None) -> int | None:
        """Return what can be had of a GPU with so much free; None where neither that nor a cap is known."""
        known = [count for count in (free_bytes, self.cap) if count is not None]
        return min(known, default=None)
