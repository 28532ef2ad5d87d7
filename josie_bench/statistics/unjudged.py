"""Why there is no figure of judged items."""

from __future__ import annotations

from collections.abc import Sequence

from josie_bench.terms.judged import Judged, JudgedItem
from josie_bench.terms.score import Score, missing


def why_none(judged: Judged, task: str, judges: Sequence[str], rows: Sequence[JudgedItem]) -> Score | None:
    """Return a score without a number where some of what a figure is made of is not there, or None."""
    if task not in judged.tasks:
        return missing("not_measured", f"task {task} was not asked for")
    if (absent := judged.absent(*judges)) is not None:
        return missing("no_judge", str(absent.reason))
    return None if rows else missing("no_samples", "there was no item to judge")
