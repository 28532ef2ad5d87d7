"""How much quality is left when a modality is missing, under each reading of "92 % of the performance".

A task's retention is q_lacking / q_full where higher is better, q_full / q_lacking where lower is. Which of these is
meant is not said, so all are computed, and where they do not agree on which side of the bar they lie, the claim is
ambiguous:

- `macro`: the mean retention over the tasks that can be done without the modality;
- `worst`: the retention of the task that suffers most;
- `points`: quality in points, from 0 at a task's worst figure to 100 at its best, averaged over tasks, then its ratio.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

BAR = 0.92
READINGS = ("macro", "worst", "points")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task with and without a modality.

    Attributes:
        name: its own.
        full: the figure with all modalities.
        lacking: the figure without some.
        best: the figure of what can do no better; above `worst` where higher is better.
        worst: the figure of what does nothing right.
    """

    name: str
    full: float
    lacking: float
    best: float
    worst: float

    @property
    def retention(self) -> float | None:
        """Return the share that is left; None where nothing was there, or two figures of 0 stand beside each other."""
        left, of = (self.lacking, self.full) if self.best > self.worst else (self.full, self.lacking)
        if of == 0.0:
            return 1.0 if left == 0.0 and self.best < self.worst else None
        return left / of

    def points(self, figure: float) -> float:
        """Return a figure in points from 0 to 100."""
        return 100.0 * min(1.0, max(0.0, (figure - self.worst) / (self.best - self.worst)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """What is left over all tasks, by reading; a reading is absent where no task allows it."""

    macro: float | None
    worst: float | None
    points: float | None

    def verdicts(self, bar: float = BAR) -> dict[str, bool | None]:
        """Return by reading whether at least so much is left; None where it is absent."""
        values = {name: getattr(self, name) for name in READINGS}
        return {name: None if value is None else value >= bar for name, value in values.items()}

    def answer(self, bar: float = BAR) -> str:
        """Return `holds` or `fails` where all readings agree, `ambiguous` where they do not, `untested` without any."""
        found = {verdict for verdict in self.verdicts(bar).values() if verdict is not None}
        if not found:
            return "untested"
        if len(found) > 1:
            return "ambiguous"
        return "holds" if True in found else "fails"


def retention_of(tasks: Sequence[Task]) -> Retention:
    """Return what is left over the tasks that are defined without the modality."""
    shares = [share for task in tasks if (share := task.retention) is not None]
    full, lacking = (fsum(task.points(getattr(task, side)) for task in tasks) for side in ("full", "lacking"))
    return Retention(
        macro=fsum(shares) / len(shares) if shares else None,
        worst=min(shares, default=None),
        points=lacking / full if full else None,
    )
