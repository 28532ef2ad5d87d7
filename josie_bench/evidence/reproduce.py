"""`reproduce.sh`: runs a case of a run again from the suite that is locked beside it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path

from josie_bench.evidence.environment import environment_of
from josie_bench.terms.result import Result
from josie_bench.writing import write_whole

SCRIPT = "reproduce.sh"
_TEXT = """\
#!/bin/sh
# Runs a case of this run again, from suite.lock.yaml beside this script:
#
{examples}
#
# Without --case all of them. Further words go to `josie-bench run`, such as --engines and --output.
#
# Run {run} of suite {suite} was measured with
{environment}
set -eu
folder=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
josie-bench result environment "$folder" >&2 || echo "the environment could not be compared" >&2
exec josie-bench run "$folder/suite.lock.yaml" "$@"
"""


def reproduce_words(case_id: str) -> str:
    """Return the command that runs a case again, in the run's folder."""
    return f"sh {SCRIPT} --case {shlex.quote(case_id)}"


def write_reproduce(result: Result, folder: Path) -> Path:
    """Write the script of a run into its folder and return its path.

    Raises:
        OutputError: it cannot be written.
    """
    path = write_whole(folder / SCRIPT, script(result).encode())
    path.chmod(path.stat().st_mode | 0o111)
    return path


def script(result: Result) -> str:
    """Return the script of a run."""
    facts = environment_of(result)
    return _TEXT.format(
        examples=_comments(reproduce_words(case.id) for case in result.cases),
        run=result.run.id,
        suite=" ".join(result.run.suite.split()),
        environment=_comments(f"{name}: {value}" for name, value in facts.items()),
    )


def _comments(lines: Iterable[str]) -> str:
    return "\n".join(f"#   {' '.join(line.split())}" for line in lines)
