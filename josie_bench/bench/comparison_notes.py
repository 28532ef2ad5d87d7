"""What a reader of a comparison must know to trust its verdict, one sentence each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from josie_bench.bench.interleaving import torn_blocks
from josie_bench.statistics.comparison import LEAST_BLOCKS
from josie_bench.statistics.false_discovery import most_tests
from josie_bench.terms.comparison import CaseComparison
from josie_bench.terms.noise_floor import NoiseFloor
from josie_bench.terms.result import MACHINE, RESTART, Result


def notes_on_stored(a: Result, b: Result, pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield what stands against runs that were measured one after the other, perhaps elsewhere."""
    yield "the runs were not interleaved: what drifted on the machine between them is in the changes"
    for side, result in (("A", a), ("B", b)):
        left = [case.id for case in result.cases if all(case.id not in pair for pair in pairs)]
        if left:
            yield f"only in {side}, not compared: {', '.join(left)}"
    yield from _changed_packages(a, b)
    rounds_a, rounds_b = ({case.id: len(case.rounds) for case in result.cases} for result in (a, b))
    for one, other in pairs:
        if rounds_a[one] != rounds_b[other]:
            yield f"{one}: {rounds_a[one]} and {rounds_b[other]} rounds: those of equal index are compared"


def notes_on_torn(result: Result, pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield which of an interleaved run's blocks were torn apart when it was cut off."""
    for a, b in pairs:
        if torn := torn_blocks(result, a, b):
            named = ", ".join(str(index + 1) for index in torn)
            yield f"{a}: cut off between its sides in block {named}: what drifted meanwhile is in that change"


def notes_on_processes(result: Result) -> Iterator[str]:
    """Yield when a run that was cut off was gone on with, and what came in between."""
    between = {MACHINE: ", on another machine", RESTART: ", after a restart of the machine", None: ""}
    for process in result.run.resumed:
        yield f"{result.run.id} was gone on with at {process.started}{between.get(process.changed, '')}"


def _changed_packages(a: Result, b: Result) -> Iterator[str]:
    first, second = a.host.get("packages"), b.host.get("packages")
    if not isinstance(first, Mapping) or not isinstance(second, Mapping):
        return
    for name in sorted({*first, *second}):
        if first.get(name) != second.get(name):
            yield f"{name}: {first.get(name, 'not installed')} in A, {second.get(name, 'not installed')} in B"


def notes_on_gates(cases: Sequence[CaseComparison]) -> Iterator[str]:
    """Yield that so many metrics are gated that a lone change cannot be told from chance."""
    gated = [metric for case in cases for metric in case.metrics if metric.is_gated and metric.p is not None]
    blocks = min((metric.n for metric in gated), default=0)
    if blocks >= LEAST_BLOCKS and len(gated) > (most := most_tests(smallest_p(blocks))):
        yield (
            f"{len(gated)} metrics are gated: with {blocks} blocks a lone change is a discovery among {most} at most; "
            f"gate on fewer with --gate, or run {blocks_for(len(gated))} blocks"
        )


def smallest_p(blocks: int) -> float:
    """Return the smallest two-sided p that so many blocks can give: two of all arrangements of signs."""
    return 2.0 / 2.0**blocks


def blocks_for(tests: int) -> int:
    """Return how many blocks make a lone change among so many tests a discovery.

    >>> blocks_for(6), blocks_for(7)
    (8, 9)
    """
    return next(blocks for blocks in range(LEAST_BLOCKS, 64) if most_tests(smallest_p(blocks)) >= tests)


def floor_words(floor: NoiseFloor) -> str:
    """Return which noise floor gave the margins."""
    days = f"valid until {floor.expires():%Y-%m-%d}"
    return f"margins from the noise floor of {floor.created[:10]} ({floor.case}, {floor.runs} runs), {days}"
