"""Faults in reports: those that were injected against those that were survived, and what became of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from josie_bench.reports._cells import Row, Table, named, table_of, told
from josie_bench.reports._words import ABSENT, counted, number
from josie_bench.terms.fault import FaultOutcome
from josie_bench.terms.result import CaseResult

TITLE = "Faults injected against faults survived"
WORDS = (
    "What went wrong because the suite said so, and what became of it. A fault is survived where the conversation went "
    "on: from a window behind it until the next fault, or the end, all were answered on time, and no answer since its "
    "begin holds what is no sound or no token. Recovery runs from the fault's end to the first answer from which that "
    "is so; it is 0 where no window was late or lost at all. What was expected of each is a gate. Chunks that were "
    "broken or came twice are refused with a reason; frames of sound that are missing are played as silence."
)
ANSWERS = {True: "yes", False: "no", None: "n/a"}
SUM_HEADS = ("case", "injected", "came", "survived", "as expected")
HEADS = (
    *("case", "fault", "at window", "expected", "as expected", "survived", "recovery"),
    *("lost", "late", "chunks or calls hit", "what the runtime did", "answers"),
)


def sum_rows(cases: Sequence[CaseResult]) -> list[Row]:
    """Return a row for each case that injects faults."""
    return [
        (
            named(case, case.id),
            str(len(case.faults)),
            str(sum(fault.has_survived is not None for fault in case.faults)),
            *(
                told(str(count), is_struck=not case.has_ended_well)
                for count in (
                    sum(fault.has_survived is True for fault in case.faults),
                    sum(fault.is_as_expected is True for fault in case.faults),
                )
            ),
        )
        for case in cases
        if case.faults
    ]


def fault_rows(cases: Sequence[CaseResult]) -> list[Row]:
    """Return a row for each fault; what became of it is struck out where the case did not end well."""
    return [
        (
            named(case, case.id),
            fault.fault,
            str(fault.at) if not any(other.round for other in case.faults) else f"{fault.at} (round {fault.round + 1})",
            fault.expected,
            *(told(words, is_struck=not case.has_ended_well) for words in _outcome(fault)),
            "; ".join(_deeds(fault)) or ABSENT,
            _answers(fault),
        )
        for case in cases
        for fault in case.faults
    ]


def sum_table(cases: Sequence[CaseResult]) -> Table:
    """Return the table of sums; it has no rows where nothing was injected."""
    return table_of(SUM_HEADS, sum_rows(cases))


def fault_table(cases: Sequence[CaseResult]) -> Table:
    """Return the table of single faults."""
    return table_of(HEADS, fault_rows(cases))


def fault_line(cases: Sequence[CaseResult]) -> str | None:
    """Return how many faults there were and what became of them, in a line; None where nothing was injected.

    Those of cases that did not end well are counted apart: what became of them does not count.
    """
    faults = [fault for case in cases for fault in case.faults]
    if not faults:
        return None
    known = [fault for case in cases if case.has_ended_well for fault in case.faults]
    survived = sum(fault.has_survived is True for fault in known)
    kept = sum(fault.is_as_expected is True for fault in known)
    words = f"{counted(len(faults), 'fault')} injected, {survived} survived, {kept} as expected"
    others = sorted({case.status for case in cases if case.faults and not case.has_ended_well})
    away = len(faults) - len(known)
    return f"{words}; {away} of them {'does' if away == 1 else 'do'} not count ({', '.join(others)})" if away else words


def _outcome(fault: FaultOutcome) -> tuple[str, ...]:
    """Return whether it was as expected and survived, recovery, windows lost and late, and what was hit."""
    kept = "yes" if fault.is_as_expected else f"{ANSWERS[fault.is_as_expected]}: {fault.detail}"
    if fault.has_survived is None:  # it never came
        return kept, ANSWERS[None], *[ABSENT] * 4
    recovery = "never" if fault.recovery_ms is None else f"{number(fault.recovery_ms)} ms"
    return kept, ANSWERS[fault.has_survived], recovery, str(fault.lost), str(fault.late), f"{fault.hits:,}"


def _deeds(fault: FaultOutcome) -> Iterator[str]:
    """Yield what the runtime did about it."""
    yield from (f"refused {count:,}: {reason}" for reason, count in fault.refused.items())
    if fault.concealed:
        yield f"{counted(fault.concealed, 'frame')} played as silence"
    if fault.skipped:
        yield f"{counted(fault.skipped, 'frame')} left out"
    if fault.restarts:
        yield f"began anew {counted(fault.restarts, 'time')}"
    if fault.ended is not None:
        yield f"ended as {fault.ended}"


def _answers(fault: FaultOutcome) -> str:
    if fault.has_survived is None:
        return ABSENT
    valid = f"{fault.invalid} invalid" if fault.invalid else "valid"
    return valid if fault.unchanged is None else f"{valid}, {'unchanged' if fault.unchanged else 'others'}"
