"""Workers as processes: they answer, they are pinned, and their end is seen."""

from __future__ import annotations

import os
import signal

import psutil
import pytest

from josie_bench.errors import UnavailableError
from josie_bench.fleet import CLOCK, GREET, Answer, Lost
from josie_bench.fleet import local as local_module
from josie_bench.fleet.local import LocalFleet, open_local
from josie_bench.fleet.worker import settle_request
from josie_bench.probes.host import host_facts
from josie_bench.reports._noise_floors import write_noise_floor
from josie_bench.terms.fleet_order import FleetOrder
from tests.bench.comparing import floor_of

PATIENCE_S = 120.0


@pytest.fixture
def fleet():
    found = LocalFleet([[], []])
    yield found
    found.close()


def told(fleet, worker, request):
    fleet.ask(worker, request)
    who, said = fleet.next(PATIENCE_S)
    assert who == worker
    return said


def test_a_worker_answers_is_pinned_and_started_again_after_it_was_killed(fleet, tmp_path):
    assert isinstance(told(fleet, "worker1", {"ask": GREET}), Answer)
    pid = fleet.pid("worker1")
    core = min(os.sched_getaffinity(0))
    said = told(fleet, "worker1", settle_request([core], tmp_path))
    assert said.told["facts"]["cpu_affinity"] == 1
    assert psutil.Process(pid).cpu_affinity() == [core]
    os.kill(pid, signal.SIGKILL)
    fleet.ask("worker1", {"ask": CLOCK})
    assert fleet.next(PATIENCE_S) == ("worker1", Lost(reason="its process was ended by SIGKILL"))
    assert isinstance(told(fleet, "worker1", {"ask": CLOCK}), Answer)
    assert fleet.pid("worker1") != pid


def test_a_noise_floor_that_was_taken_on_as_many_cores_is_the_worker_s_own(fleet, tmp_path):
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})  # as under taskset -c
    try:
        own = floor_of("a", host=host_facts()["fingerprint"])
    finally:
        os.sched_setaffinity(0, cores)
    for floor in (own, floor_of("b", host="e" * 64)):
        write_noise_floor(floor, tmp_path)
    said = told(fleet, "worker1", settle_request([min(cores)], tmp_path)).told
    assert said["facts"]["fingerprint"] == own.host
    assert [floor["conditions"] for floor in said["noise_floors"]] == ["a"]


def test_a_worker_with_a_bug_is_lost_with_the_last_words_of_its_traceback(fleet):
    said = told(fleet, "worker2", {"ask": "sing"})
    assert said == Lost(reason="its process ended with exit status 1: KeyError: 'sing'")


def test_nothing_in_time_is_nothing(fleet):
    assert fleet.next(0.01) is None


def test_workers_end_with_the_fleet(fleet):
    told(fleet, "worker1", {"ask": CLOCK})
    worker = psutil.Process(fleet.pid("worker1"))
    fleet.close()
    assert not worker.is_running()
    assert fleet.pid("worker1") is None


def test_more_workers_than_cores_or_gpus_are_refused_with_the_number_that_fits(monkeypatch):
    monkeypatch.setattr(local_module.os, "sched_getaffinity", lambda _: {0, 1, 2, 3})
    with pytest.raises(UnavailableError, match="5 workers and 4 cores: --fleet local:4"):
        open_local(FleetOrder(where="local", count=5), is_on_gpu=False)
    monkeypatch.setattr(local_module, "host_facts", lambda: {"gpu": [{"name": "a"}, {"name": "b"}]})
    with pytest.raises(UnavailableError, match="3 workers and 2 GPUs: --fleet local:2"):
        open_local(FleetOrder(where="local", count=3), is_on_gpu=True)


def test_without_a_number_there_is_a_worker_for_each_gpu_or_for_so_many_cores(monkeypatch):
    monkeypatch.setattr(local_module.os, "sched_getaffinity", lambda _: set(range(9)))
    monkeypatch.setattr(local_module, "host_facts", lambda: {"gpu": [{"name": "a"}, {"name": "b"}, {"name": "c"}]})
    assert len(open_local(FleetOrder(where="local"), is_on_gpu=True).workers) == 3
    assert len(open_local(FleetOrder(where="local"), is_on_gpu=False).workers) == 4
    assert len(open_local(FleetOrder(where="local", cores=16), is_on_gpu=False).workers) == 1


def test_where_there_is_no_gpu_its_cases_say_so_themselves_on_workers_of_cores(monkeypatch):
    monkeypatch.setattr(local_module.os, "sched_getaffinity", lambda _: {0, 1})
    monkeypatch.setattr(local_module, "host_facts", lambda: {"gpu": []})
    assert len(open_local(FleetOrder(where="local", count=2), is_on_gpu=True).workers) == 2
