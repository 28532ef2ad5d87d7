"""A matrix: the numbers of cases over machines, each beside the first machine's where the two may be compared."""

from __future__ import annotations

from dataclasses import dataclass

from josie_bench.terms.score import Interval

MATRIX_SCHEMA = "josie-bench/matrix"
MATRIX_VERSION = "1.0.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixColumn:
    """A machine of a run.

    Attributes:
        name: `A` and so on; `A` is what the others are relative to.
        run: id of the run.
        host: label of the machine in a fleet's run; None where the run is of one process.
        machine: its GPUs, or its CPU where it has none.
    """

    name: str
    run: str
    host: str | None
    machine: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixCell:
    """A number of one case on one machine.

    Attributes:
        value: None where there is none.
        relative: value / value of the first column; None where the two may not be compared, or one is missing.
        reason: why there is no value or no relative one, one line; None where there are both.
        status: of the case; None where the machine did not run it.
    """

    column: str
    value: float | None = None
    ci: Interval | None = None
    relative: float | None = None
    reason: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixRow:
    """A statistic of a case over all machines."""

    case: str
    metric: str
    unit: str
    direction: str
    cells: list[MatrixCell]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Cases over machines."""

    schema: str
    schema_version: str
    columns: list[MatrixColumn]
    rows: list[MatrixRow]
