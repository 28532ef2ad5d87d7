"""A history of runs: what is kept of each, one metric's values over time, and where it steps."""

from __future__ import annotations

from dataclasses import dataclass, field

from josie_bench.terms.score import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """A run in the history.

    Attributes:
        sha256: of its `result.json`.
        machine: digest of what the machine is, not of what is installed on it: a new driver stays in the series.
        facts: what is installed there, by name, whose changes explain steps.
        place: its folder, relative to the history's own.
    """

    sha256: str
    run: str
    suite: str
    started: str
    machine: str
    facts: dict[str, str]
    place: str

    def changed_since(self, before: PastRun) -> list[str]:
        """Return the facts that differ from an earlier run's, as `torch 2.11 → 2.12`."""
        names = dict.fromkeys((*before.facts, *self.facts))
        pairs = [(name, before.facts.get(name, "none"), self.facts.get(name, "none")) for name in names]
        return [f"{name} {one} → {other}" for name, one, other in pairs if one != other]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Where a series changes its level.

    Attributes:
        at: index of the first run of the new level.
        before, after: levels, in the metric's unit.
        expected: facts that changed with it, as `torch 2.11 → 2.12`; empty where nothing known did.
    """

    at: int
    before: float
    after: float
    expected: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a value of the history rests on: `n` and `n_eff` of its score, and its interval."""

    n: int
    n_eff: float | None
    interval: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One `metric.statistic` of one case on one machine, run by run in order of time.

    Attributes:
        bases: of each value; None for a run that was noted before the history kept them.
        definition: of the metric; None where no run is known to have one.
    """

    case: str
    machine: str
    metric: str
    unit: str
    direction: str
    runs: list[PastRun]
    values: list[float]
    bases: list[Basis | None]
    definition: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A name for a run that others are held against."""

    name: str
    run: PastRun
    since: str
