"""How much of the sessions' time was held, in reports, and which of them were sent away."""

from __future__ import annotations

from collections.abc import Sequence

from josie_bench.reports import RunData
from josie_bench.reports._cells import Row, Table, named, table_of, told
from josie_bench.reports._words import ABSENT, counted, number
from josie_bench.statistics.evictions import Evicted, evictions_of
from josie_bench.terms.result import CaseResult
from josie_bench.terms.timebase import s_from_ns

TITLE = "Minutes of sessions"
WORDS = (
    "The hops of all measured windows, of all sessions and rounds: held are those of windows that were answered within "
    "the deadline, missed all others but those that are lost, because they came when their session had been sent away."
)
EVICTED_TITLE = "Sessions sent away"
EVICTED_WORDS = (
    "Where too many windows missed their deadline, the newest session was sent away. It was not held: its minutes "
    "until it would have left by itself are lost, and each of its windows then counts as missed. Windows that waited "
    "when a session had to go are lost too, and so nothing was answered it since before that."
)
HEADS, LOST_HEADS = ("case", "sessions", "minutes held", "missed"), ("lost", "sent away")
EVICTED_HEADS = ("case", "session", "nothing since", "after", "lost")
EVICTED = "eviction_ratio.of_sessions"
HELD, MISSED, LOST = "session_minutes.held", "session_minutes.missed", "session_minutes.lost"


def minute_heads(cases: Sequence[CaseResult]) -> tuple[str, ...]:
    """Return what `minute_rows` tells; what was lost where anybody was sent away alone."""
    return (*HEADS, *LOST_HEADS) if _any_left(cases) else HEADS


def minute_rows(cases: Sequence[CaseResult]) -> list[Row]:
    """Return a row for each case of several sessions, struck out where it is not OK."""
    count = len(minute_heads(cases))
    return [_minute_row(case)[:count] for case in cases if {HELD, EVICTED} <= case.metrics.keys()]


def eviction_rows(data: RunData) -> list[Row]:
    """Return a row for each session that had to go, in the warm-up too, struck out where its case is not OK."""
    return [
        _row(case, case.id if len(rounds) == 1 else f"{case.id} (round {turn + 1})", evicted)
        for case in data.result.cases
        if (recording := data.recording_of(case)) is not None
        for rounds in [recording.by_round()]
        for turn, one in enumerate(rounds)
        for evicted in evictions_of(one)
    ]


def minute_table(cases: Sequence[CaseResult]) -> Table:
    """Return the table of cases; it has no rows where none has several sessions."""
    return table_of(minute_heads(cases), minute_rows(cases))


def eviction_table(data: RunData) -> Table:
    """Return the table of those who had to go."""
    return table_of(EVICTED_HEADS, eviction_rows(data))


def _any_left(cases: Sequence[CaseResult]) -> bool:
    return any(case.metrics[EVICTED].k for case in cases if EVICTED in case.metrics)


def _minute_row(case: CaseResult) -> Row:
    there = case.metrics[EVICTED]
    sent_away = f"{there.k or 0:,} of {counted(there.n, 'session')}"
    words = (*(_minutes(case, key) for key in (HELD, MISSED, LOST)), sent_away)
    return named(case, case.id), f"{there.n:,}", *(told(each, is_struck=case.status != "OK") for each in words)


def _minutes(case: CaseResult, key: str) -> str:
    score = case.metrics.get(key)
    return ABSENT if score is None or score.value is None else number(score.value)


def _row(case: CaseResult, name: str, evicted: Evicted) -> Row:
    words = [f"{s_from_ns(ns):,.1f} s" for ns in (evicted.at_ns, evicted.after_ns, evicted.lost_ns)]
    return named(case, name), str(evicted.session), *(told(each, is_struck=case.status != "OK") for each in words)
