"""A budget: a bound on one statistic of one metric, or on a bound of its interval, and how much a breach matters."""

from __future__ import annotations

import re
from dataclasses import dataclass

from josie_bench.terms.quantity import parse_quantity

SEVERITIES = ("gate", "warn", "info")
_EXPRESSION = re.compile(
    r"^\s*(?P<metric>[a-z][a-z0-9_]*)\.(?P<statistic>[a-z][a-z0-9_.]*?)(?:\.ci\.(?P<bound>low|high))?"
    r"\s*(?P<relation><=|>=|<|>)\s*(?P<limit>\S.*?)\s*$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A bound such as `response_latency.p95.ci.high < 300 ms`.

    Attributes:
        metric: the metric's id, its file name.
        statistic: the statistic's name, e.g. `p95`.
        bound: `value`, or `low`/`high` for a bound of the 95 % interval.
        relation: one of `<`, `<=`, `>`, `>=`; what must hold.
        limit: the number on the right, in `unit`.
        unit: the unit it was written with, or None for a bare ratio or count.
        severity: `gate` fails the run, `warn` is shown, `info` is noted.
    """

    metric: str
    statistic: str
    bound: str
    relation: str
    limit: float
    unit: str | None
    severity: str

    @property
    def key(self) -> str:
        """The score's key, `metric.statistic`."""
        return f"{self.metric}.{self.statistic}"

    @property
    def is_gate(self) -> bool:
        """Whether a breach fails the run."""
        return self.severity == "gate"

    @property
    def expression(self) -> str:
        """The budget as one writes it."""
        side = self.key if self.bound == "value" else f"{self.key}.ci.{self.bound}"
        number = f"{self.limit:g}" if float(f"{self.limit:g}") == self.limit else repr(self.limit)
        limit = number if self.unit is None else f"{number} {self.unit}"
        return f"{side} {self.relation} {limit}"

    def holds(self, value: float) -> bool:
        """Return whether `value`, in the budget's unit, keeps the bound."""
        return {
            "<": value < self.limit,
            "<=": value <= self.limit,
            ">": value > self.limit,
            ">=": value >= self.limit,
        }[self.relation]


def parse_budget(expression: str, severity: str = "gate") -> Budget:
    """Return the budget that `expression` writes, e.g. `deadline_miss_ratio.budget.ci.high < 0.01`.

    Raises:
        ValueError: the expression cannot be read; the message says what a budget looks like.
    """
    match = _EXPRESSION.match(expression)
    if match is None:
        raise ValueError(
            f"cannot read budget {expression!r}: write METRIC.STATISTIC[.ci.low|.ci.high] < LIMIT, "
            "for example response_latency.p95.ci.high < 300 ms"
        )
    if severity not in SEVERITIES:
        raise ValueError(f"unknown severity {severity!r}: known are {', '.join(SEVERITIES)}")
    limit, unit = parse_quantity(match["limit"])
    return Budget(
        metric=match["metric"],
        statistic=match["statistic"],
        bound=match["bound"] or "value",
        relation=match["relation"],
        limit=limit,
        unit=unit,
        severity=severity,
    )
