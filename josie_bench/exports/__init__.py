"""An export: a run's numbers in the format of another tool.

Every other file here is one format. Its file name is its name on the command line (`pytest_benchmark` is written
`pytest-benchmark`), and it exposes `SUMMARY`, one line; `TELLS_STATUS`, whether the format can say of a case that its
numbers may not be quoted; and `files(data)`, what is written, by name. What each format holds is in docs/exports.md.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, cast

from josie_bench.errors import UsageError
from josie_bench.plugins import find_member, member_names, unknown_name
from josie_bench.reports import RunData
from josie_bench.terms.machine import only_machine
from josie_bench.terms.result import CaseResult
from josie_bench.writing import write_whole


class Export(Protocol):
    """What a member of this family is."""

    SUMMARY: str
    TELLS_STATUS: bool

    def files(self, data: RunData) -> dict[str, bytes]:
        """Return the content of each file by its name below the output folder.

        Raises:
            UsageError: the run has not what the format needs.
        """
        ...


def format_names() -> tuple[str, ...]:
    """Return the name of every format, as one writes it."""
    return tuple(name.replace("_", "-") for name in member_names("exports"))


def find_export(name: str) -> Export:
    """Return the format `name`.

    Raises:
        UsageError: there is none; the message names the near one.
    """
    known = format_names()
    if name not in known:
        raise UsageError(unknown_name("format", name, known))
    return cast(Export, find_member("exports", name.replace("-", "_")))


def write_export(data: RunData, name: str, folder: Path) -> list[Path]:
    """Write a run in the format `name` below `folder` and return the paths.

    Raises:
        UsageError: no such format, or the run has not what it needs.
        OutputError: a file cannot be written.
    """
    return [write_whole(folder / file, content) for file, content in find_export(name).files(data).items()]


def machine_of(data: RunData) -> dict[str, object]:
    """Return the facts of the machine that measured, for a format that knows one.

    Raises:
        UsageError: there were several.
    """
    facts = only_machine(data.result)
    if facts is None:
        told = "was measured on several machines, and this format knows one"
        raise UsageError(f"run {data.result.run.id} {told}: take openmetrics or csv, which name the host of each case")
    return facts


def quotable(data: RunData) -> list[CaseResult]:
    """Return the cases whose numbers may be quoted; a tool that knows no status must see no others."""
    return [case for case in data.result.cases if case.status == "OK"]


def unquotable(data: RunData) -> list[CaseResult]:
    """Return the cases that `quotable` leaves out."""
    return [case for case in data.result.cases if case.status != "OK"]
