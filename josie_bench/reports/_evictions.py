"""Sessions that were sent away, in reports: what was held, missed and lost, and when each had to go."""

from __future__ import annotations

from collections.abc import Sequence

from josie_bench.reports import RunData
from josie_bench.reports._cells import Table, table_of
from josie_bench.reports._words import ABSENT, counted, number
from josie_bench.statistics.evictions import Evicted, evictions_of
from josie_bench.terms.result import CaseResult
from josie_bench.terms.timebase import s_from_ns

TITLE = "Sessions sent away"
WORDS = (
    "Where too many windows missed their deadline, the newest session was sent away. It was not held: its minutes "
    "until it would have left by itself are lost, and each of its windows then counts as missed. Held are minutes of "
    "windows that were answered within the deadline. Windows that waited when a session had to go are lost too, and so "
    "nothing was answered it since before that."
)
SUM_HEADS = ("case", "sent away", "minutes held", "missed", "lost")
HEADS = ("case", "session", "nothing since", "after", "lost")
EVICTED = "eviction_ratio.of_sessions"
MINUTES = ("session_minutes.held", "session_minutes.missed", "session_minutes.lost")


def sum_rows(cases: Sequence[CaseResult]) -> list[tuple[str, ...]]:
    """Return a row for each case that may send sessions away or did; none where nobody had to go."""
    told = [case for case in cases if EVICTED in case.metrics]
    if not any(case.metrics[EVICTED].k for case in told):
        return []
    return [
        (
            case.id,
            f"{case.metrics[EVICTED].k or 0:,} of {counted(case.metrics[EVICTED].n, 'session')}",
            *(_minutes(case, key) for key in MINUTES),
        )
        for case in told
    ]


def eviction_rows(data: RunData) -> list[tuple[str, ...]]:
    """Return a row for each session that had to go, in the warm-up too."""
    return [
        _row(case.id if len(rounds) == 1 else f"{case.id} (round {turn + 1})", evicted)
        for case in data.result.cases
        if (recording := data.recording_of(case)) is not None
        for rounds in [recording.by_round()]
        for turn, one in enumerate(rounds)
        for evicted in evictions_of(one)
    ]


def sum_table(cases: Sequence[CaseResult]) -> Table:
    """Return the table of cases; it has no rows where nobody had to go."""
    return table_of(SUM_HEADS, sum_rows(cases))


def eviction_table(data: RunData) -> Table:
    """Return the table of those who had to go."""
    return table_of(HEADS, eviction_rows(data))


def _minutes(case: CaseResult, key: str) -> str:
    value = case.metrics[key].value
    return ABSENT if value is None else number(value)


def _row(case: str, evicted: Evicted) -> tuple[str, ...]:
    instants = (evicted.at_ns, evicted.after_ns, evicted.lost_ns)
    return case, str(evicted.session), *(f"{s_from_ns(ns):,.1f} s" for ns in instants)
