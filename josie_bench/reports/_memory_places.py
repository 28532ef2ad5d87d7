"""Memory place by place: what was predicted to appear when a component is loaded or first called, beside what did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from josie_bench.reports._cells import Cell, Row, Table, named, table_of, told
from josie_bench.reports._words import ABSENT
from josie_bench.terms.memory_model import NOT_ALLOCATED, NOT_RESIDENT
from josie_bench.terms.recording import EDGES, LOADED, PREDICTED, WARM
from josie_bench.terms.result import CaseResult

UNEXPLAINED_TITLE = "Where unexplained bytes are"
UNEXPLAINED_HEADS = ("case", "unexplained (MiB)", "of that, the largest first")
TITLE = "Memory, place by place"
HEADS = (
    "case",
    "place",
    "predicted to be given out",
    "given out",
    "unexplained",
    "predicted to be resident",
    "grew",
    "resident unexplained",
    "predicted terms",
)
WORDS = (
    "MiB. Each predicted term stands where its bytes are to appear: weights, state and what is held of a graph with "
    "the loading of their component, what is computed with in its calls until the trial is warm, pages of code with "
    "the first component. Given out is what the C library's allocator gave out there, without what a call returns; "
    "grew is resident memory, which also moves as memory that was held free is used. Unexplained is measured less "
    "predicted: of all places but the imports it adds up to the case's."
)
IMPORTS = "imports"
PLACED = f"{PREDICTED}."
RSS, HEAP = "rss", "heap_used"
OTHERS = {RSS: NOT_RESIDENT, HEAP: NOT_ALLOCATED}
LEAST_TERM_MIB = 0.05  # a term below is not named
LEAST_PLACE_MIB = 0.5  # and no place where less is unexplained


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What was predicted and measured at one place of a trial, MiB.

    Attributes:
        words: what happened there.
        terms: predicted, by name.
        grown: measured, by the size's name.
    """

    words: str
    terms: dict[str, float]
    grown: dict[str, float]

    def predicted(self, size: str) -> float:
        """Return what is predicted of a size."""
        return sum(mib for term, mib in self.terms.items() if term not in OTHERS[size])

    def unexplained(self, size: str) -> float | None:
        """Return what was measured less what was predicted of a size; None where nothing can be."""
        return None if size not in self.grown or self.words == IMPORTS else self.grown[size] - self.predicted(size)


def unexplained_rows(cases: Sequence[CaseResult]) -> list[Row]:
    """Return for each case what the allocator gave out and nobody predicted, and where most of that is."""
    return [_unexplained_row(case, found) for case in cases if (found := places(case))]


def unexplained_table(cases: Sequence[CaseResult]) -> Table:
    """Return the same as a table."""
    return table_of(UNEXPLAINED_HEADS, unexplained_rows(cases))


def _unexplained_row(case: CaseResult, found: Sequence[Place]) -> Row:
    known = [(place.words, mib) for place in found if (mib := place.unexplained(HEAP)) is not None]
    large = sorted((pair for pair in known if abs(pair[1]) >= LEAST_PLACE_MIB), key=lambda pair: -abs(pair[1]))
    words = ", ".join(f"{words} {_mib(mib)}" for words, mib in large)
    cells = (_mib(sum(mib for _, mib in known) if known else None), words or ABSENT)
    return named(case, case.id), *(told(each, is_struck=case.status != "OK") for each in cells)


def place_rows(cases: Sequence[CaseResult]) -> list[Row]:
    """Return a row for each place of each case in which components were weighed."""
    return [
        (named(case, case.id), *_cells(place, is_struck=case.status != "OK"))
        for case in cases
        for place in places(case)
    ]


def place_table(cases: Sequence[CaseResult]) -> Table:
    """Return the same as a table."""
    return table_of(HEADS, place_rows(cases))


def places(case: CaseResult) -> list[Place]:
    """Return the places of a case in their order; none where nothing was predicted at any."""
    sizes: dict[str, dict[str, float]] = {}
    for row in case.memory:
        sizes.setdefault(row.phase, {})[row.name] = row.mib
    measured = dict.fromkeys(row.phase for row in case.memory if row.name in OTHERS)
    loads, calls = ([phase for phase in measured if phase.startswith(f"{edge}.")] for edge in (LOADED, WARM))
    is_predicted = any(row.name.startswith(PLACED) for row in case.memory)
    return list(_places(sizes, loads, calls)) if is_predicted else []


def _places(sizes: dict[str, dict[str, float]], loads: list[str], calls: list[str]) -> Iterator[Place]:
    start, before, loaded, warm, end = (sizes.get(edge, {}) for edge in EDGES)
    yield Place(words=IMPORTS, terms={}, grown=_between(start, before))
    for phase in loads:
        yield _place(f"{_component(phase)} is loaded", sizes[phase], _between(before, sizes[phase]))
        before = sizes[phase]
    yield _place("the rest of loading", loaded, _between(before, loaded))
    rest = _between(loaded, warm)
    for phase in calls:
        grown = {name: sizes[phase][name] for name in OTHERS if name in sizes[phase]}
        rest = {name: size - grown.get(name, 0.0) for name, size in rest.items()}
        yield _place(f"{_component(phase)} warms up", sizes[phase], grown)
    yield _place("the rest of warm-up", warm, rest)
    yield Place(words="the run", terms={}, grown=_between(warm, end))


def _component(phase: str) -> str:
    return phase.partition(".")[2]


def _place(words: str, named: dict[str, float], grown: dict[str, float]) -> Place:
    terms = {name.removeprefix(PLACED): mib for name, mib in named.items() if name.startswith(PLACED)}
    return Place(words=words, terms=terms, grown=grown)


def _between(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    return {name: after[name] - before[name] for name in OTHERS if name in before and name in after}


def _cells(place: Place, *, is_struck: bool) -> Iterator[str | Cell]:
    """Yield the cells of a place; what was measured, and what hangs on it, may be struck."""
    yield place.words
    for size in (HEAP, RSS):
        yield _mib(None if place.words == IMPORTS else place.predicted(size))
        yield told(_mib(place.grown.get(size)), is_struck=is_struck)
        yield told(_mib(place.unexplained(size)), is_struck=is_struck)
    named = [f"{name} {_mib(mib)}" for name, mib in place.terms.items() if abs(mib) >= LEAST_TERM_MIB]
    yield ", ".join(named) or ABSENT


def _mib(mib: float | None) -> str:
    return ABSENT if mib is None else f"{round(mib, 2) + 0.0:,.2f}"
