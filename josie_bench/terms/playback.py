"""The virtual listener's arithmetic: when each chunk of speech plays, and when the player runs dry.

Chunk j of media duration δ_j is readable at e_j. A player with prebuffer P starts at s = e_1 + P; chunk j is due at
u_j = s + Σ_{i<j} δ_i + Σ_{i<j} x_i and stalls for x_j = max(0, e_j − u_j).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from josie_bench.terms.timebase import ns_from_ms

Ints = NDArray[np.int64]

PREBUFFERS_MS = (0, 40, 80, 160)
AUDIBLE_STALL_NS = ns_from_ms(5.0)


def stalls_ns(ready_ns: Ints, duration_ns: Ints, prebuffer_ns: int) -> Ints:
    """Return how long the player stalls before each chunk of one talk-spurt.

    Args:
        ready_ns: `[chunks]` when each chunk is readable.
        duration_ns: `[chunks]` how long each plays.
        prebuffer_ns: how long the player waits after the first chunk before it starts.
    """
    stalls = np.zeros(len(ready_ns), dtype=np.int64)
    if not len(ready_ns):
        return stalls
    due = int(ready_ns[0]) + prebuffer_ns
    for chunk, (ready, duration) in enumerate(zip(ready_ns.tolist(), duration_ns.tolist(), strict=True)):
        stalls[chunk] = max(0, ready - due)
        due += stalls[chunk] + duration
    return stalls


def audible_stalls_ns(spurts: Iterable[tuple[Ints, Ints]], prebuffer_ns: int) -> Ints:
    """Return every stall of several talk-spurts that a listener hears, in order.

    Args:
        spurts: when each chunk of a spurt is readable, and how long it plays.
        prebuffer_ns: how long the player waits after a spurt's first chunk before it starts.
    """
    stalls = np.concatenate([stalls_ns(*spurt, prebuffer_ns) for spurt in spurts])
    heard: Ints = stalls[stalls > AUDIBLE_STALL_NS]
    return heard


def least_prebuffer_ns(ready_ns: Ints, duration_ns: Ints) -> int:
    """Return P*, the smallest prebuffer with which one talk-spurt plays without a stall.

    P* = max_j (e_j − e_1 − Σ_{i<j} δ_i)⁺; 0 for an empty spurt.
    """
    if not len(ready_ns):
        return 0
    played_before = np.concatenate(([0], np.cumsum(duration_ns)[:-1]))
    return max(0, int(np.max(ready_ns - ready_ns[0] - played_before)))


def talk_spurts(is_speaking: NDArray[np.bool_]) -> list[slice]:
    """Return the runs of consecutive windows in which the model speaks."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], is_speaking.astype(np.int8), [0]))))
    return [slice(int(start), int(stop)) for start, stop in zip(edges[::2], edges[1::2], strict=True)]
