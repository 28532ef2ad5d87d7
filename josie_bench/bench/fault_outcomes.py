"""What became of a case's faults, held against what was expected of each: outcomes, and a gate for every one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from josie_bench.statistics.faults import Course, courses
from josie_bench.terms.case import Case
from josie_bench.terms.fault import Fault, FaultNote, FaultOutcome
from josie_bench.terms.recording import Recording
from josie_bench.terms.result import Verdict

NEVER_CAME = "the case ended before"
HIT_NOTHING = "it hit nothing: the component was not called, or no chunk was sent"


def fault_outcomes(case: Case, recording: Recording | None, status: str) -> list[FaultOutcome]:
    """Return what became of each fault, round by round; of a case without a recording that none came.

    Args:
        case: with its faults.
        recording: of all its rounds, or None.
        status: that the case ended with.
    """
    notes: Sequence[FaultNote] = () if recording is None else recording.faults
    notes = notes or [FaultNote(number=number, first=None) for number in range(len(case.faults))]
    known = {} if recording is None else {(at.note.round, at.note.number): at for at in courses(recording)}
    return [_outcome(case.faults[note.number], note, known.get((note.round, note.number)), status) for note in notes]


def fault_verdicts(outcomes: Sequence[FaultOutcome]) -> list[Verdict]:
    """Return a gate for each fault."""
    return [
        Verdict(
            expr=f"{outcome.fault} at {outcome.at}{_round(outcome, outcomes)}: {outcome.expected}",
            result="n/a" if outcome.is_as_expected is None else "pass" if outcome.is_as_expected else "fail",
            severity="gate",
            detail=outcome.detail,
        )
        for outcome in outcomes
    ]


def _round(outcome: FaultOutcome, outcomes: Sequence[FaultOutcome]) -> str:
    return f" of round {outcome.round + 1}" if any(other.round for other in outcomes) else ""


def _outcome(fault: Fault, note: FaultNote, course: Course | None, status: str) -> FaultOutcome:
    nothing = FaultOutcome(
        fault=fault.words,
        at=fault.at,
        round=note.round,
        expected=fault.expected.words,
        is_as_expected=None,
        detail=NEVER_CAME if course is None else HIT_NOTHING,
    )
    if course is None or not note.hits:
        return nothing
    wrong, unknown = list(_disappointments(fault, note, course, status)), list(_unknown(fault, note))
    return replace(
        nothing,
        is_as_expected=False if wrong else None if unknown else True,
        detail="; ".join(wrong or unknown) or _words(course),
        has_survived=course.has_survived,
        recovery_ms=course.recovery_ms if math.isfinite(course.recovery_ms) else None,
        lost=course.lost,
        late=course.late,
        invalid=course.invalid,
        hits=note.hits,
        refused=note.refused,
        concealed=note.concealed,
        skipped=note.skipped,
        restarts=note.restarts,
        unchanged=note.unchanged,
        ended=status if fault.expected.ends == status else None,
    )


def _disappointments(fault: Fault, note: FaultNote, course: Course, status: str) -> Iterator[str]:
    """Yield what did not come as it was expected."""
    expected, within_ms = fault.expected, fault.expected.recovers_within_ms
    if expected.ends is not None:
        if status != expected.ends:
            yield f"the case ended as {status}"
        return
    if course.invalid:
        yield f"answers that hold what is no sound or no token: {course.invalid}"
    if not math.isfinite(course.recovery_ms):
        yield "it never recovered"
    elif within_ms is not None and course.recovery_ms > within_ms:
        yield f"it recovered after {course.recovery_ms:.4g} ms"
    if expected.loses is not None and course.lost > expected.loses:
        yield f"windows lost: {course.lost}"
    if expected.unchanged and note.unchanged is False:
        yield "answers were others than without it"


def _unknown(fault: Fault, note: FaultNote) -> Iterator[str]:
    """Yield what was expected and cannot be told."""
    if fault.expected.unchanged and note.unchanged is None:
        yield f"whether answers were unchanged is not known: {note.why_unknown or 'they were not answered again'}"


def _words(course: Course) -> str:
    recovery = (
        f"recovered after {course.recovery_ms:.4g} ms" if math.isfinite(course.recovery_ms) else "never recovered"
    )
    return f"{recovery}, windows lost: {course.lost}"
