"""Which blocks of two sides that were measured in one run belong together in time too: a run may have been cut off."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from josie_bench.terms.result import Result


def torn_blocks(result: Result, a: str, b: str) -> list[int]:
    """Return the blocks of which one process of the run measured side A and another side B.

    Args:
        result: of a run that has both sides.
        a: the case of one side.
        b: that of the other.
    """
    begun = [process.started for process in result.run.resumed]
    rounds = {case.id: case.rounds for case in result.cases}
    first, second = ({some.index: bisect_right(begun, some.started) for some in rounds[name]} for name in (a, b))
    return [index for index in first if index in second and first[index] != second[index]]


def is_interleaved(result: Result, pairs: Sequence[tuple[str, str]]) -> bool:
    """Return whether no pair of cases has all its blocks torn apart, as if one side was measured after the other.

    Args:
        result: of a run that has both sides.
        pairs: the cases of A and B that belong together.
    """
    blocks = {case.id: len(case.rounds) for case in result.cases}
    return all(blocks[a] == 0 or len(torn_blocks(result, a, b)) < blocks[a] for a, b in pairs)
