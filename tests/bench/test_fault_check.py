"""Answers of a trial with faults held against the conversation without them; whole trials are in `test_injection`."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from josie_bench.bench.audit import digest
from josie_bench.bench.fault_check import hold_against
from josie_bench.terms.fault import Expected, Fault
from tests.bench.test_trial import answer

LONG_NS = 60_000_000_000
WINDOW = SimpleNamespace(frame_count=2)


class Asked:
    """Stands for an injection: faults 2 to 3 windows long from window 4 on, whose windows all are alike."""

    def __init__(self, *unchanged, restarts=()):
        faults = tuple(
            Fault(kind="stall", at=4 + 4 * number, lasts_ms=1.0, expected=Expected(unchanged=is_asked))
            for number, is_asked in enumerate(unchanged)
        )
        self.case = SimpleNamespace(faults=faults)
        self.first, self.bare, self.restarts, self.reconnects = 0, {}, list(restarts), []
        self.learnt = None

    def delivery(self, spared):
        self.spared = spared
        return SimpleNamespace(begin=lambda _: None, window=lambda _: WINDOW)

    def holding(self, index):
        return next((number for number, fault in enumerate(self.case.faults) if fault.holds(index)), None)

    def last_begun(self, index):
        return max((number for number, fault in enumerate(self.case.faults) if fault.at <= index), default=None)

    def learn(self, found):
        self.learnt = found


class Again:
    """A step that answers every window alike."""

    def __call__(self, window):
        return answer(window)

    def reset(self):
        pass


def rows(count, other=(), without=()):
    """Return answers of windows, of which those in `other` are not what they would be again."""
    same = digest(answer(WINDOW))
    return [
        SimpleNamespace(
            tick=SimpleNamespace(index=index), is_warm_up=index < 2, answer="other" if index in other else same
        )
        for index in range(count)
        if index not in without
    ]


def check(asked, answers, left_ns=LONG_NS):
    return hold_against(asked, answers, SimpleNamespace(over=lambda _: Again()), left_ns)


def test_answers_before_and_of_faults_that_may_change_them_are_audited():
    asked = Asked(False, True)
    found = check(asked, rows(12, other=(5,)))
    assert (found.checked, found.mismatched, found.reason) == (6, (5,), None)  # windows 2 to 7; 0 and 1 are warm-up
    assert asked.spared == {1}
    assert asked.learnt == {1: True}


def test_an_answer_that_a_fault_changed_is_no_audits_matter():
    asked = Asked(True, False)
    found = check(asked, rows(12, other=(6,)))
    assert asked.learnt == {0: False}
    assert found.mismatched == ()
    assert found.checked == 2, "what follows hangs on what was changed, until the conversation begins anew"


def test_nothing_is_known_of_a_fault_behind_one_that_changed_answers_unless_the_conversation_began_anew():
    asked = Asked(True, True)
    check(asked, rows(12, other=(6,)))
    assert asked.learnt == {0: False, 1: "answers were others since fault 1"}
    anew = Asked(True, True, restarts=[8])
    check(anew, rows(12, other=(6,)))
    assert anew.learnt == {0: False, 1: True}


@pytest.mark.parametrize(
    ("left_ns", "why"), [(0, "stopped before window 0"), (LONG_NS, "no window of it was answered")]
)
def test_what_was_not_answered_again_is_not_known(left_ns, why):
    asked = Asked(True)
    found = check(asked, rows(12, without=range(4, 12)), left_ns)
    assert why in asked.learnt[0]
    assert (found.reason is None) == (left_ns > 0)
