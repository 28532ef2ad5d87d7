"""Neighbours are at work before the body runs and gone after it, also where the one that started them is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from josie_bench.bench.neighbours import answer_windows, commands, neighbours
from josie_bench.errors import EngineError
from josie_bench.terms.beside import Beside

EVERY = Beside(cpu=2, memory_bytes=2**22, model="tiny")


def children():
    return set(psutil.Process().children())


def works(process, seconds=0.1):
    """Say whether a process uses so much of a core's time, sooner or later."""
    deadline = time.monotonic() + 60.0
    begun = process.cpu_times().user
    while process.cpu_times().user - begun < seconds:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_all_that_was_asked_for_is_at_work_and_gone_afterwards(store):
    before = children()
    with neighbours(EVERY, store):
        started = children() - before
        assert len(started) == 4
        assert all(map(works, started))
    assert not any(process.is_running() for process in started)
    assert children() == before


def test_they_are_gone_when_the_body_fails(store):
    before = children()
    with pytest.raises(KeyError), neighbours(Beside(cpu=1, memory_bytes=2**20), store):
        raise KeyError
    assert children() == before


def test_a_killed_parent_leaves_none(store):
    code = (
        "import sys, time, pathlib, psutil\n"
        "from josie_bench.bench.neighbours import neighbours\n"
        "from josie_bench.terms.beside import Beside\n"
        f"with neighbours({EVERY!r}, pathlib.Path({str(store)!r})):\n"
        "    print(*(child.pid for child in psutil.Process().children()), flush=True)\n"
        "    time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent.stdout:
        found = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
    assert len(found) == 4
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    _, alive = psutil.wait_procs(found, timeout=60.0)
    assert not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


def test_one_that_cannot_begin_ends_the_others_and_says_so(store, monkeypatch):
    before = children()
    real = commands(Beside(cpu=1), store)
    broken = [sys.executable, "-c", "raise SystemExit(7)"]
    monkeypatch.setattr("josie_bench.bench.neighbours.commands", lambda *_: [*real, broken])
    with pytest.raises(EngineError, match="ended with 7 before it was at work"), neighbours(Beside(cpu=2), store):
        pass
    assert children() == before


def test_the_model_answers_until_it_is_over(store):
    asked = []
    first = []
    answer_windows("tiny", store, lambda: asked.append(1) or len(asked) == 3, lambda: first.append(1))
    assert (len(asked), len(first)) == (3, 1)


def test_none_is_none(store):
    before = children()
    with neighbours(Beside(), store):
        assert children() == before
