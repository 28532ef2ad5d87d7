"""The exception tree: what a user can mend. A bug keeps its own traceback.

JosieBenchError
├── UsageError            wrong words on the command line, exit 2
│   ├── SuiteError        a suite that says something it may not, with file and line, exit 2
│   ├── WeightsError      a checkpoint that cannot be used, exit 2
│   ├── MediaError        a recording or clip that cannot be used, exit 2
│   ├── CorpusError       a corpus, or a package it comes from, that cannot be used, exit 2
│   └── OutputError       a place that cannot be written, exit 2
├── UnavailableError      a library, device or file that is not here: becomes a skip with its reason, exit 3
├── IntegrityError        a run's folder that is not as it was sealed, exit 3
├── TrainingError         a loss that is no number, exit 3
└── EngineError           an engine that cannot be built, read or trusted, exit 3
"""

from __future__ import annotations

from pathlib import Path


class JosieBenchError(Exception):
    """What a user can mend, in one line, whatever is quoted in it; `exit_code` is what the command then ends with."""

    exit_code = 2

    def __init__(self, said: str) -> None:
        super().__init__(" ".join(said.splitlines()))


class UsageError(JosieBenchError):
    """Wrong words on the command line, or input that cannot be used."""


class SuiteError(UsageError):
    """A suite that says something it may not.

    Args:
        what: what is wrong and how to mend it, without the place.
        path: the suite's file.
        line: 1-based line in it, or None where no line can be named.
    """

    def __init__(self, what: str, *, path: Path | str, line: int | None = None) -> None:
        self.what = what
        self.path = Path(path)
        self.line = line
        place = f"{path}" if line is None else f"{path}:{line}"
        super().__init__(f"{place}: {what}")


class WeightsError(UsageError):
    """A checkpoint that is missing, damaged, or of another model."""


class MediaError(UsageError):
    """A recording or clip that is missing, truncated or holds nothing to use."""


class CorpusError(UsageError):
    """A corpus, or a package it comes from, that is damaged, changed or says something it may not."""


class OutputError(UsageError):
    """A place that cannot be written: no permission, a full disk, a file where a folder is due."""


class UnavailableError(JosieBenchError):
    """A library, device or file that is not here.

    Args:
        reason: what is missing.
        mend: the command or key that brings it, or None where nothing can.
    """

    exit_code = 3

    def __init__(self, reason: str, *, mend: str | None = None) -> None:
        self.reason = reason
        self.mend = mend
        super().__init__(reason if mend is None else f"{reason}: {mend}")


class IntegrityError(JosieBenchError):
    """A run's folder that is not as it was sealed, or was never sealed."""

    exit_code = 3


class TrainingError(JosieBenchError):
    """Training that cannot go on: a loss is no number."""

    exit_code = 3


class EngineError(JosieBenchError):
    """An engine that cannot be built, read or trusted."""

    exit_code = 3
