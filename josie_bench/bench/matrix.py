"""Results of many machines as one matrix: a column a machine, relative to the first where nothing but it differs.

No verdict is given: the runs were not interleaved, and the machines are not the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from string import ascii_uppercase

from josie_bench.bench.comparability import check_varied, differences, is_varied
from josie_bench.bench.compare import GATES
from josie_bench.errors import UsageError
from josie_bench.plugins import unknown_name
from josie_bench.terms.matrix import MATRIX_SCHEMA, MATRIX_VERSION, Matrix, MatrixCell, MatrixColumn, MatrixRow
from josie_bench.terms.result import CaseResult, MetricScore, Result

ALWAYS_VARIED = ("host",)  # machines are what is compared


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """A column with its result and what its machine ran, by case id."""

    column: MatrixColumn
    result: Result
    cases: Mapping[str, CaseResult]


def matrix_of(results: Sequence[Result], metrics: Sequence[str] = (), varied: Sequence[str] = ()) -> Matrix:
    """Return the cases of the results over their machines, in order.

    Args:
        results: of runs, each of one machine or of a fleet.
        metrics: keys of the rows; empty takes the headline ones that a case has.
        varied: conditions that may differ besides the host.

    Raises:
        UsageError: a metric or condition is not known, or the results have only one machine.
    """
    check_varied(varied)
    sides = list(_sides(results))
    if len(sides) < 2:
        raise UsageError("a matrix is of two machines at least: name more runs, or a fleet's run of several hosts")
    _check_metrics(metrics, sides)
    rows = []
    for name in dict.fromkeys(name for side in sides for name in side.cases):
        known = [case for side in sides if (case := side.cases.get(name)) is not None]
        for key in metrics or GATES:
            score = next((case.metrics[key] for case in known if key in case.metrics), None)
            if score is not None and (metrics or any(_has(case, key) for case in known)):
                rows.append(_row(name, key, score, sides, (*ALWAYS_VARIED, *varied)))
    return Matrix(
        schema=MATRIX_SCHEMA, schema_version=MATRIX_VERSION, columns=[side.column for side in sides], rows=rows
    )


def _sides(results: Sequence[Result]) -> Iterator[_Side]:
    number = 0
    for result in results:
        for label, facts in _machines(result).items():
            cases = {case.id: case for case in result.cases if case.host == label}
            column = MatrixColumn(name=_letter(number), run=result.run.id, host=label, machine=_machine(facts))
            yield _Side(column=column, result=result, cases=cases)
            number += 1


def _machines(result: Result) -> dict[str | None, dict[str, object]]:
    """Return the facts of each machine of a result by its label."""
    return {None: result.host} if result.fleet is None else {host.label: host.facts for host in result.fleet.hosts}


def _letter(number: int) -> str:
    """Return the name of a column.

    >>> [_letter(number) for number in (0, 25, 26, 701, 702)]
    ['A', 'Z', 'AA', 'ZZ', 'AAA']
    """
    rest, last = divmod(number, len(ascii_uppercase))
    return (_letter(rest - 1) if rest else "") + ascii_uppercase[last]


def _machine(facts: Mapping[str, object]) -> str:
    gpus = facts.get("gpu")
    names = [str(gpu.get("name")) for gpu in gpus if isinstance(gpu, Mapping)] if isinstance(gpus, list) else []
    return ", ".join(names) or str(facts.get("cpu"))


def _check_metrics(metrics: Sequence[str], sides: Sequence[_Side]) -> None:
    known = {key for side in sides for case in side.cases.values() for key in case.metrics}
    for key in metrics:
        if key not in known:
            raise UsageError(f"--metric {key}: {unknown_name('metric', key, known)}")


def _has(case: CaseResult, key: str) -> bool:
    return key in case.metrics and case.metrics[key].value is not None


def _row(name: str, key: str, score: MetricScore, sides: Sequence[_Side], varied: Sequence[str]) -> MatrixRow:
    cells = [_cell(sides[0], side, name, key, varied) for side in sides]
    return MatrixRow(case=name, metric=key, unit=score.unit, direction=score.direction, cells=cells)


def _cell(base: _Side, side: _Side, name: str, key: str, varied: Sequence[str]) -> MatrixCell:
    case, first = side.cases.get(name), base.cases.get(name)
    column = side.column.name
    if case is None:
        return MatrixCell(column=column, reason="not run there")
    score = case.metrics.get(key)
    value = None if score is None or case.status != "OK" else score.value
    if score is None or value is None:
        return MatrixCell(column=column, status=case.status, reason=_absence(case, score))
    found = MatrixCell(column=column, status=case.status, value=value, ci=score.ci)
    one = None if first is None or first.status != "OK" else first.metrics.get(key)
    if first is None or one is None or one.value is None:
        return replace(found, reason=f"{base.column.name} has no number")
    if one.value == 0.0:
        return replace(found, reason=f"{base.column.name} is 0")
    fields = [some.field for some in differences(base.result, first, side.result, case)]
    if unlike := [field for field in fields if not is_varied(field, varied)]:
        return replace(found, reason=f"INCOMPARABLE({', '.join(unlike)})")
    return replace(found, relative=value / one.value)


def _absence(case: CaseResult, score: MetricScore | None) -> str:
    """Return why a case has no number that may be quoted."""
    if case.status != "OK":
        return f"{case.status}: {case.reason}"
    return "not measured there" if score is None or score.na is None else score.na.detail
