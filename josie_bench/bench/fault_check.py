"""Answers of a trial with faults, held against the same conversation answered again, untimed.

Where a fault is expected to change no answer, its windows come again as if it had not been; all others come again as
they arrived, so that they are an audit of the timed answers. The conversation begins anew where it did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from josie_bench.bench.audit import SHARE_OF_TIME_LEFT, digest
from josie_bench.bench.injection import Injection
from josie_bench.bench.rows import Row
from josie_bench.probes.latency import now_ns
from josie_bench.runtime.step import Step
from josie_bench.terms.fault import DISCONNECT
from josie_bench.terms.recording import Audit


@dataclass(slots=True, kw_only=True)
class _Held:
    """What was found so far.

    Attributes:
        same: whether all answers of a fault so far were what they were without it, by number.
        other_since: the fault since which answers are others, until the conversation begins anew; None where they are
            not.
        spoilt: faults of which nothing can be said because of that, each with the one to blame.
    """

    same: dict[int, bool] = field(default_factory=dict)
    other_since: int | None = None
    spoilt: dict[int, int] = field(default_factory=dict)
    checked: int = 0
    mismatched: list[int] = field(default_factory=list)

    def add(self, row: Row, number: int | None, *, is_same: bool) -> None:
        """Take in an answer; `number` is of the fault that is to change none, None where that is asked of none."""
        if self.other_since is not None and self.other_since != number:
            if number is not None:
                self.spoilt[number] = self.other_since
        elif number is not None:
            self.same[number] = self.same.get(number, True) and is_same
            self.other_since = self.other_since if is_same else number
        elif not row.is_warm_up:
            self.checked += 1
            self.mismatched += [] if is_same else [row.tick.index]


def hold_against(injection: Injection, rows: Sequence[Row], session: Step, left_ns: int) -> Audit:
    """Return the audit of a trial with faults, and let the injection know which of them changed no answer.

    Args:
        injection: of the trial, when it is over.
        rows: the answers, in order.
        session: that gave them.
        left_ns: until the trial's timeout.
    """
    faults = injection.case.faults
    asked = frozenset(number for number, fault in enumerate(faults) if fault.expected.unchanged)
    reference = session.over(injection.bare)
    delivery = injection.delivery(spared=asked)
    if injection.first is not None:
        delivery.begin(injection.first)
    answered = {row.tick.index: row for row in rows}
    held, until_ns, reason = _Held(), now_ns() + int(left_ns * SHARE_OF_TIME_LEFT), None
    for index in range(max(answered, default=-1) + 1):
        if now_ns() > until_ns:
            reason = f"stopped before window {index}: half of the time until the timeout was over"
            break
        number = injection.holding(index)
        if number is not None and faults[number].kind == DISCONNECT:
            continue
        if index in injection.reconnects:
            delivery.reconnect(index)
        if index in injection.restarts:
            reference.reset()
            held.other_since = None
        window, row = delivery.window(index), answered.get(index)
        if row is not None:
            last = injection.last_begun(index)
            is_same = digest(reference(window)) == row.answer
            held.add(row, last if last in asked else None, is_same=is_same)
    injection.learn({number: _found(held, number, reason) for number in asked})
    return Audit(checked=held.checked, mismatched=tuple(held.mismatched), reason=reason)


def _found(held: _Held, number: int, reason: str | None) -> bool | str:
    """Return whether a fault changed no answer, or why that cannot be told."""
    if number in held.spoilt:
        return f"answers were others since fault {held.spoilt[number] + 1}"
    if not held.same.get(number, True):
        return False
    if reason is not None:
        return reason
    return True if number in held.same else "no window of it was answered"
