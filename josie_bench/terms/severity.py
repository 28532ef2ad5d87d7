"""How quality falls as what is wrong with the input grows worse, as `result.json` holds it."""

from __future__ import annotations

from dataclasses import dataclass

from josie_bench.terms.score import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityCurve:
    """What a task keeps of its quality over cases of one run that differ in how much of one thing is wrong.

    Attributes:
        setting: as a suite writes it: `dropout.snr`, `dropout.lost` or `dropout.late`.
        unit: of the levels.
        of: the modalities that it is wrong with.
        task: whose quality it is.
        levels: from the mildest to the worst.
        cases: their ids, in that order.
        left: the share of the task's points that is left at each.
        cis: of these, drawn over items; None where there is none.
        n: how many items each is of.
        area: the mean of what is left from the mildest level to the worst, straight lines between them.
        area_ci: of that.
        knee: the level at which the curve is farthest from the straight line between its ends; None below four levels
            and where it has no bend.
        knee_ci: of that, over levels.
        bar: the share that is asked for, of `until`.
        until: the level up to which so much is left; None where it is throughout, or nowhere (`left` tells which).
        until_ci: of that; an open side is beyond the levels.
    """

    setting: str
    unit: str
    of: list[str]
    task: str
    levels: list[float]
    cases: list[str]
    left: list[float]
    cis: list[Interval | None]
    n: int
    area: float
    area_ci: Interval | None = None
    knee: float | None = None
    knee_ci: Interval | None = None
    bar: float
    until: float | None = None
    until_ci: Interval | None = None

    def __post_init__(self) -> None:
        """Raise ValueError where a level has no case, or no number."""
        if not len(self.levels) == len(self.cases) == len(self.left) == len(self.cis) > 0:
            raise ValueError("each level has a case, what is left there and its interval")
