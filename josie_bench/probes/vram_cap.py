"""`vram_cap`: hold PyTorch's allocator to so much of a GPU, and tell whether it is that which ran out.

Written without a GPU, and never run on one. What libraries take past that allocator it does not hold.
"""

from __future__ import annotations

from types import ModuleType


def hold_allocator(torch: ModuleType, byte_count: int) -> None:
    """Let the allocator take so much of the GPU that computes, and no more; nothing is done where there is none.

    Args:
        torch: as it was imported.
        byte_count: that the allocator may reserve, the driver's context not included.
    """
    if torch.cuda.is_available():
        _, total = torch.cuda.mem_get_info()
        torch.cuda.set_per_process_memory_fraction(min(byte_count / total, 1.0))


def could_be_had(torch: ModuleType | None, byte_count: int) -> bool:
    """Return whether the GPU has as much for the allocator as that may take, so that not the GPU has run out.

    Args:
        torch: as it was imported; None where it was not.
        byte_count: as `hold_allocator` takes it.
    """
    if torch is None or not torch.cuda.is_initialized():
        return False
    free, _ = torch.cuda.mem_get_info()
    has: bool = free + torch.cuda.memory_reserved() >= byte_count
    return has
