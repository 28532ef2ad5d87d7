"""Busy processes use a core each while the body runs, and are gone afterwards."""

from __future__ import annotations

import time

import psutil
import pytest

from josie_bench.bench.busy import busy_beside


def children():
    return psutil.Process().children()


def test_as_many_processes_are_at_work_as_were_asked_for():
    before = set(children())
    with busy_beside(2):
        started = set(children()) - before
        assert len(started) == 2
        deadline = time.monotonic() + 20.0
        while not all(process.cpu_times().user > 0.1 for process in started):
            assert time.monotonic() < deadline, "they do nothing"
            time.sleep(0.05)
    assert not any(process.is_running() for process in started)


def test_they_are_gone_when_the_body_fails():
    before = set(children())
    with pytest.raises(KeyError), busy_beside(1):
        raise KeyError
    assert set(children()) == before


def test_none_is_none():
    before = set(children())
    with busy_beside(0):
        assert set(children()) == before
