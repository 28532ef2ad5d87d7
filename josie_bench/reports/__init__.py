"""A report: one file, or a few of one format, drawn from a run's result and its raw series alone.

Every other file here is one format. Its file name is its name on the command line, and it exposes `FILES`, the names
of what it writes, and `write(data, folder)`, which writes them and returns their paths. What each file is for is in
docs/reports.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, cast

from josie_bench.plugins import find_member, member_names
from josie_bench.terms.judged import Judged
from josie_bench.terms.parity import Parity
from josie_bench.terms.recording import Recording
from josie_bench.terms.result import CaseResult, Result

RAW = ("result", "parquet")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunData:
    """All that a report may be drawn from.

    Attributes:
        recordings: the raw series by case id; a case that never ran has none.
        parities: comparisons with the reference by case id.
        judged: items of corpora and what judges made of them, by case id.
    """

    result: Result
    recordings: Mapping[str, Recording] = field(default_factory=dict)
    parities: Mapping[str, Parity] = field(default_factory=dict)
    judged: Mapping[str, Judged] = field(default_factory=dict)

    def recording_of(self, case: CaseResult) -> Recording | None:
        """Return the case's raw series, or None where it never ran."""
        return self.recordings.get(case.id)

    def is_closed_loop(self, case: CaseResult) -> bool:
        """Return whether the case is known to have waited for each answer before the next window."""
        recording = self.recording_of(case)
        return recording is not None and not recording.is_open_loop


class Report(Protocol):
    """What a member of this family is."""

    FILES: tuple[str, ...]

    def write(self, data: RunData, folder: Path) -> list[Path]:
        """Write `FILES` into `folder` and return their paths.

        Raises:
            OutputError: a file cannot be written.
        """
        ...


def report_names() -> tuple[str, ...]:
    """Return the name of every format: first the two that hold the data, then those that are drawn from it."""
    return (*RAW, *(name for name in member_names("reports") if name not in RAW))


def write_run(data: RunData, folder: Path, formats: Sequence[str] | None = None) -> list[Path]:
    """Write a run folder and return the paths of its files.

    Args:
        data: the run.
        folder: made where it is missing; what it holds under the same names is replaced.
        formats: names of members, or None for all.

    Raises:
        UsageError: no such format; nothing was written then.
        OutputError: a file cannot be written; those before it are whole.
    """
    members = [_member(name) for name in (report_names() if formats is None else formats)]
    return [path for member in members for path in member.write(data, folder)]


def read_run(folder: Path) -> RunData:
    """Return what `write_run` wrote into `folder`, read from `data_files`.

    Raises:
        UsageError: it is no run folder, a file of it is broken, or a newer version wrote it.
    """
    result: Result = find_member("reports", "result").read(folder)
    recordings: dict[str, Recording] = find_member("reports", "parquet").read(folder)
    parities: dict[str, Parity] = find_member("reports", "parity").read(folder)
    media: Mapping[str, Mapping[int, Mapping[str, bytes]]] = find_member("reports", "media").read(folder)
    items: dict[str, Judged] = find_member("reports", "items").read(folder)
    judged = {case: found.with_media(media.get(case, {})) for case, found in items.items()}
    return RunData(result=result, recordings=recordings, parities=parities, judged=judged)


def data_files() -> tuple[str, ...]:
    """Return the names of the files that `read_run` reads."""
    return tuple(file for name in (*RAW, "parity", "items", "media") for file in _member(name).FILES)


def _member(name: str) -> Report:
    return cast(Report, find_member("reports", name))
