"""Lots to workers, and again where one is lost or sends nonsense."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.errors import OutputError, UsageError
from josie_bench.fleet import RUN, Answer, Lost
from josie_bench.fleet.crew import Crew
from josie_bench.fleet.dispatch import Errand, dispatched
from josie_bench.fleet.lots import Lot
from tests.bench.cases import make_case
from tests.fleet.in_process import InProcessFleet


class Answering(InProcessFleet):
    """A fleet whose workers only say which lot they were asked for, or are lost, or refuse."""

    def __init__(self, count, outcomes=lambda worker, lot: "done"):
        super().__init__(count)
        self.outcomes = outcomes
        self.ran = []

    def _answer(self, worker, request, files):
        if request["ask"] != RUN:
            return super()._answer(worker, request, files)
        outcome = self.outcomes(worker, request["lot"])
        self.ran.append((worker, request["lot"]))
        if outcome == "lost":
            return Lost(reason="killed")
        return Answer(told={"refused": "other weights"} if outcome == "refused" else {"lot": request["lot"]})


def ended_lots(fleet, count, tmp_path, receive=lambda lot, said: said.told["lot"], attempts=3):
    crew = Crew(fleet=fleet, store=tmp_path)
    crew.enlist(fleet.workers)
    lots = [Lot(index=index, cases=(make_case(id=f"case{index}"),)) for index in range(count)]
    errand = Errand(request=lambda lot: {"ask": RUN, "lot": lot.index}, receive=receive, most_attempts=attempts)
    return list(dispatched(crew, lots, errand)), crew


@given(count=st.integers(0, 12), workers=st.integers(1, 5))
def test_every_lot_is_run_once_and_all_workers_have_some_where_there_are_enough(tmp_path_factory, count, workers):
    fleet = Answering(workers)
    ended, _ = ended_lots(fleet, count, tmp_path_factory.getbasetemp())
    assert sorted(one.data for one in ended) == list(range(count))
    assert len(fleet.ran) == count
    assert len({worker for worker, _ in fleet.ran}) == min(count, workers)


def test_a_lot_is_tried_elsewhere_before_it_is_tried_where_it_died(tmp_path):
    died = []

    def outcomes(worker, lot):
        if lot == 0 and len(died) < 2:
            died.append(worker)
            return "lost"
        return "done"

    ended, _ = ended_lots(Answering(3, outcomes), 1, tmp_path)
    assert len(set(died)) == 2
    assert ended[0].worker not in died
    assert [attempt.worker for attempt in ended[0].attempts] == died


def test_with_one_worker_it_is_tried_there_again_and_no_more_often_than_is_allowed(tmp_path):
    fleet = Answering(1, lambda worker, lot: "lost" if lot == 0 else "done")
    ended, _ = ended_lots(fleet, 2, tmp_path, attempts=2)
    assert fleet.ran == [("worker1", 0), ("worker1", 0), ("worker1", 1)]
    assert [(one.lot.index, one.worker) for one in ended] == [(0, None), (1, "worker1")]


def test_a_worker_that_refuses_is_used_no_more_and_that_does_not_count_against_the_lot(tmp_path):
    fleet = Answering(3, lambda worker, lot: "refused" if worker != "worker3" else "done")
    ended, crew = ended_lots(fleet, 4, tmp_path, attempts=1)
    assert {one.worker for one in ended} == {"worker3"}
    assert sorted(refusal.worker for refusal in crew.refused) == ["worker1", "worker2"]
    assert crew.use().lost == {"worker1", "worker2"}
    assert sum(len(one.attempts) for one in ended) == 2


def test_what_is_no_answer_to_what_was_asked_makes_its_sender_a_stranger(tmp_path):
    def receive(lot, said):
        raise UsageError("its suite is another one")

    ended, crew = ended_lots(Answering(2), 1, tmp_path, receive)
    assert ended[0].worker is None
    assert [refusal.reason for refusal in crew.refused] == ["its suite is another one"] * 2


def test_why_a_lot_was_refused_is_one_line_that_steers_no_terminal(tmp_path):
    def receive(lot, said):
        raise UsageError("cases.0.metrics.\x1b[2J is broken")

    ended, _ = ended_lots(Answering(1), 1, tmp_path, receive)
    assert [attempt.reason for attempt in ended[0].attempts] == ["cases.0.metrics. [2J is broken"]


def test_a_disk_that_is_full_here_ends_the_run(tmp_path):
    def receive(lot, said):
        raise OutputError("cannot write lots: the disk is full")

    with pytest.raises(OutputError, match="full"):
        ended_lots(Answering(2), 1, tmp_path, receive)


def test_when_nobody_is_left_what_waits_has_no_worker(tmp_path):
    ended, _ = ended_lots(Answering(1, lambda worker, lot: "refused"), 3, tmp_path)
    assert [one.worker for one in ended] == [None] * 3
