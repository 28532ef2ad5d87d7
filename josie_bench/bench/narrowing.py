"""How narrow each component may be: the fewest bytes whose answers are the reference's, component by component."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from josie_bench.bench.engine_comparison import refuse_unlike
from josie_bench.bench.memory_forecast import component_bytes
from josie_bench.errors import UsageError
from josie_bench.model.presets import find_sizes
from josie_bench.plugins import find_member
from josie_bench.suites.groups import ComponentKeys
from josie_bench.terms.case import Case
from josie_bench.terms.result import CaseResult

CODES, NUMBERS = "parity_codes.{}.all", "parity_error.{}.max"


@dataclass(frozen=True, slots=True, kw_only=True)
class Width:
    """An engine for one component: what it holds, and what of its answers is lost.

    Attributes:
        byte_count: of its weights and its state, by the memory model.
        loss: upper bound of the share of its codes that are others than the reference's, or its largest relative error
            where it gives numbers; None where it was not compared.
    """

    engine: tuple[str, str]
    byte_count: int
    loss: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartWidth:
    """Which engine one component gets.

    Attributes:
        widest: the engine it is held against, of the first candidate.
        widths: all that were compared, the narrowest first; each engine once.
    """

    component: str
    engine: tuple[str, str]
    widest: tuple[str, str]
    widths: tuple[Width, ...]

    def byte_count(self, engine: tuple[str, str]) -> int:
        """Return what one of the engines holds."""
        return next(width.byte_count for width in self.widths if width.engine == engine)


def compared_candidates(cases: Sequence[Case]) -> list[Case]:
    """Return the cases that are held against the reference, which must be alike but for their engines.

    Raises:
        UsageError: fewer than two, or unlike each other.
    """
    found = [case for case in cases if find_member("scenarios", case.scenario).ARRIVAL == "compared"]
    if len(found) < 2:
        raise UsageError(f"cases of scenario parity: {len(found)}; narrow chooses among two or more, add some")
    refuse_unlike(found)
    return found


def loss_of(result: CaseResult, component: str) -> float | None:
    """Return how much of a component's answers a case lost; None where that is not known."""
    codes, numbers = result.metrics.get(CODES.format(component)), result.metrics.get(NUMBERS.format(component))
    if codes is not None and codes.value is not None:
        low = None if codes.ci is None else codes.ci.low
        return 1.0 - (codes.value if low is None else low)
    return None if numbers is None else numbers.value


def narrowest(cases: Sequence[Case], results: Iterable[CaseResult], most_loss: float) -> list[PartWidth]:
    """Return for each component the engine of fewest bytes that loses at most so much; the first candidate's if none.

    Args:
        cases: the candidates; the first is what the others are held against.
        results: of those that were measured.
        most_loss: 0 … 1.
    """
    by_id = {result.id: result for result in results if result.status == "OK"}
    measured = [(case, by_id[case.id]) for case in cases if case.id in by_id]
    names = find_sizes(cases[0].model).components_for(cases[0].modalities)
    return [
        found
        for name in names
        if name in ComponentKeys.model_fields and (found := _part(name, cases[0], measured, most_loss)) is not None
    ]


def _part(
    component: str, first: Case, measured: Sequence[tuple[Case, CaseResult]], most_loss: float
) -> PartWidth | None:
    widths: dict[tuple[str, str], Width] = {}
    for case, result in measured:
        engine = case.engines.of(component)
        width = Width(engine=engine, byte_count=component_bytes(case, component), loss=loss_of(result, component))
        widths.setdefault(engine, width)
    widest = first.engines.of(component)
    if widest not in widths:
        return None
    ranking = sorted(widths.values(), key=lambda width: width.byte_count)
    right = (width.engine for width in ranking if width.loss is not None and width.loss <= most_loss)
    limit = widths[widest].byte_count
    chosen = next((engine for engine in right if widths[engine].byte_count < limit), widest)
    return PartWidth(component=component, engine=chosen, widest=widest, widths=tuple(ranking))
