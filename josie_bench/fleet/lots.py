"""Lots: the cases of a suite that stay on one worker, because the run holds them against each other."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from josie_bench.bench.engine_comparison import held_together
from josie_bench.terms.case import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """Cases that one worker runs, as a run of their own: their rounds are mixed, their searches go side by side.

    Attributes:
        cases: in the order of the suite.
    """

    index: int
    cases: tuple[Case, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of its cases."""
        return tuple(case.id for case in self.cases)

    @property
    def digest(self) -> str:
        """What tells it from other lots: its cases and all that decides what they measure, but for their budgets."""
        told = "\n".join(f"{case.id} {case.sha} {case.timeout_s!r} {case.budgets!r}" for case in self.cases)
        return hashlib.sha256(told.encode()).hexdigest()


def lots_of(cases: Sequence[Case]) -> tuple[Lot, ...]:
    """Return the cases in lots, in order of their first cases.

    Cases that differ in their engines and neighbours alone are one lot: ratios between them, round by round, are of one
    machine and of one stretch of time. All judged cases are one lot too: contrasts hold them against each other item by
    item.
    """
    timed = [case for case in cases if case.judged is None]
    judged = [case for case in cases if case.judged is not None]
    groups = [*held_together(timed), *([judged] if judged else [])]
    place = {case.id: index for index, case in enumerate(cases)}
    groups.sort(key=lambda group: place[group[0].id])
    return tuple(Lot(index=index, cases=tuple(group)) for index, group in enumerate(groups))
