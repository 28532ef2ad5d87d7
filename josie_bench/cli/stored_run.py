"""Which run a path on the command line means: a run folder, its `result.json`, or a folder that holds one run."""

from __future__ import annotations

from pathlib import Path

from josie_bench.errors import UsageError

HELD = ("*/{file}", "*/*/{file}")  # as --output SUITE holds runs, and as --output holds suites


def run_folder(place: Path) -> Path:
    """Return the run folder that a path means; a path that means none is returned for its reader to complain of.

    Raises:
        UsageError: the path holds several runs.
    """
    from josie_bench.reports.result import FILES

    (file,) = FILES
    if place.name == file:
        return place.parent
    if (place / file).is_file():
        return place
    runs = sorted({found.parent for pattern in HELD for found in place.glob(pattern.format(file=file))})
    if len(runs) > 1:
        mend = f"name one, such as {runs[-1]}; runs that are to count as one are its rounds (--set rounds=8)"
        raise UsageError(f"{place} holds {len(runs)} runs: {mend}")
    return runs[0] if runs else place
