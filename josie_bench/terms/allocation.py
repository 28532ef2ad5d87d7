"""How an engine takes memory: all that it may ever need at once, or what there is to hold when it comes."""

from __future__ import annotations

STATIC, DYNAMIC = "static", "dynamic"
ALLOCATIONS = (STATIC, DYNAMIC)
FIRST_POSITIONS = 32  # of a kind that a ring which grows has room for at the start of a session


def grown(full: int, positions: int) -> int:
    """Return for how many positions a ring has room that began small and doubled, up to `full`, until they fitted.

    >>> [grown(100, positions) for positions in (0, 32, 33, 1000)]
    [32, 32, 64, 100]
    """
    capacity = min(FIRST_POSITIONS, full)
    while capacity < min(positions, full):
        capacity = min(2 * capacity, full)
    return capacity
