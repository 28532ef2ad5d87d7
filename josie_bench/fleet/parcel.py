"""What a worker sends home of a lot: the data files of a run folder, and nothing that is not one.

A run folder is read by the same readers wherever it comes from: no pickles, no names that lead elsewhere, and a result
of another schema, suite or version is refused in one line.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import josie_bench
from josie_bench.bench.capacity import least_verdict, level_case
from josie_bench.bench.fault_outcomes import fault_outcomes, fault_verdicts
from josie_bench.bench.judge import judge
from josie_bench.bench.kept import CUT_OFF
from josie_bench.errors import UsageError
from josie_bench.fleet.lots import Lot
from josie_bench.reports import RAW, RunData, data_files, read_run, write_run
from josie_bench.suites.sources import Sources
from josie_bench.terms.case import Case
from josie_bench.terms.result import CASE_STATUSES, SCHEMA_VERSION, CaseResult, Result, Verdict
from josie_bench.writing import write_whole

FORMATS = (*RAW, "parity", "items", "media")
LEVEL = "/sessions="  # behind a search's id, and then their number, is that of a level
SESSIONS = re.compile(r"[1-9][0-9]{0,8}")
MOST_BYTES = 8 * 2**30  # of one parcel: 50 sessions for half an hour with sounds are below a tenth of it


def packed(data: RunData) -> dict[str, bytes]:
    """Return a run as files by name."""
    with tempfile.TemporaryDirectory() as place:
        return {path.name: path.read_bytes() for path in write_run(data, Path(place), FORMATS)}


def unpacked(files: Mapping[str, bytes], folder: Path) -> RunData:
    """Write what came into the folder, and return it as it is read from there.

    Raises:
        UsageError: a file is none of a run's, all are too large together, or one is broken; nothing else is written.
        OutputError: the folder cannot be written.
    """
    for name in files:
        if name not in data_files():
            raise UsageError(f"it sent a file {name!r}, which is none of a run's")
    if (size := sum(map(len, files.values()))) > MOST_BYTES:
        raise UsageError(f"it sent {size} bytes, and a run's files have {MOST_BYTES} at most")
    for name, content in files.items():
        write_whole(folder / name, content)
    return read_run(folder)


def check_parcel(data: RunData, lot: Lot, suite_sha256: str) -> None:
    """Refuse a run that is not that of the lot.

    Raises:
        UsageError: it is of another suite, schema or version, has cases that the lot has not, or lacks some, or says
            of one that it ended as none does, or of its gates what its own numbers do not.
    """
    check_origin(data.result, suite_sha256)
    if missing := [name for name in lot.ids if name not in {result.id for result in data.result.cases}]:
        raise UsageError(f"it sent no result of {missing[0]}")
    sources = Sources()
    for result in data.result.cases:
        case = case_of(result.id, lot, sources)
        if case is None or result.sha != case.sha:
            raise UsageError(f"it sent a case {result.id!r}, which it was not asked for")
        _check_ending(result, case)
    check_names(data)


def case_of(name: str, lot: Lot, sources: Sources) -> Case | None:
    """Return the case of a lot whose result has this name, a level of a search among them, or None.

    Args:
        name: of a result.
        lot: that it is of.
        sources: the files that its cases name.
    """
    asked = {case.id: case for case in lot.cases}
    if name in asked:
        return asked[name]
    search, _, sessions = name.rpartition(LEVEL)
    if search not in asked or not SESSIONS.fullmatch(sessions):
        return None
    case = asked[search]
    is_level = case.capacity is not None and int(sessions) <= case.capacity.most
    return level_case(case, int(sessions), sources) if is_level else None


def check_origin(result: Result, suite_sha256: str) -> None:
    """Refuse a result of another suite, schema or version of josie-bench.

    Raises:
        UsageError: it is.
    """
    if result.schema_version != SCHEMA_VERSION:
        raise UsageError(
            f"its result has schema {result.schema_version}, and this josie-bench writes {SCHEMA_VERSION}: "
            "install the same version there"
        )
    if result.run.tool != josie_bench.__version__:
        raise UsageError(
            f"it was measured by josie-bench {result.run.tool}, and this is {josie_bench.__version__}: "
            "install the same version there"
        )
    if result.run.suite_sha256 != suite_sha256:
        raise UsageError(f"its suite is another one: {result.run.suite_sha256[:8]}, not {suite_sha256[:8]}")
    if result.fleet is not None or any(case.host is not None for case in result.cases):
        raise UsageError("its result is of a fleet itself: gather the runs that it was made of")


def check_names(data: RunData) -> None:
    """Refuse raw series of cases that the result has not, and cases that it has twice.

    Raises:
        UsageError: there are some.
    """
    names = [case.id for case in data.result.cases]
    if len(names) > len(set(names)):
        twice = next(name for name, times in Counter(names).items() if times > 1)
        raise UsageError(f"case {twice!r} is in its result twice")
    for series in (data.recordings, data.parities, data.judged):
        if stray := sorted(series.keys() - set(names)):
            raise UsageError(f"it has a series of {stray[0]!r}, of which there is no result")


def _check_ending(result: CaseResult, case: Case) -> None:
    """Refuse a case that did not end as cases do, or whose verdicts are not those that its numbers come to."""
    if result.status not in CASE_STATUSES or result.status == CUT_OFF:
        raise UsageError(f"it says that {result.id} ended as {result.status!r}")
    if result.capacity is None and case.capacity is not None:
        raise UsageError(f"it does not say what the search {result.id} found")
    told, due = (
        [(verdict.expr, verdict.result, verdict.severity) for verdict in some]
        for some in (result.budgets, _verdicts(result, case))
    )
    if told != due:
        raise UsageError(f"its verdicts on {result.id} are not those that its own numbers come to")


def _verdicts(result: CaseResult, case: Case) -> list[Verdict]:
    """Return the verdicts on a case, from the numbers that came with it."""
    if case.capacity is not None and result.capacity is not None:
        return least_verdict(case, result.capacity)
    faults = result.faults or fault_outcomes(case, None, result.status)
    return [*judge(result.metrics, case.budgets), *fault_verdicts(faults)]
