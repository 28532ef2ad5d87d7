"""Ends of processes: told where they stood, asked, killed, and nothing of theirs left behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import psutil
import pytest

from josie_bench.bench.ending import STACKS, dump_stacks, end, ends_within, has_ended


@pytest.fixture
def start():
    started = []

    def begin(code, *words):
        command = [sys.executable, "-c", code, *map(str, words)]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def test_one_that_has_ended_can_still_be_waited_for(start):
    process = start("raise SystemExit(7)")
    assert ends_within(process.pid, 20)
    assert has_ended(process.pid)
    assert process.wait() == 7


def test_one_that_may_end_by_itself_is_not_asked(start):
    process = start("import time; time.sleep(0.3)")
    end(process.pid, patience_s=20, grace_s=1)
    assert process.wait() == 0


def test_one_that_is_asked_may_put_its_things_in_order(start):
    process = start("import signal, time\ntry:\n  print(1, flush=True)\n  signal.signal(15, lambda *_: exit(3))\n  "
                    "time.sleep(60)\nfinally:\n  print(2)")  # fmt: skip
    process.stdout.readline()
    time.sleep(0.1)
    end(process.pid, patience_s=0, grace_s=20)
    assert process.wait() == 3
    assert process.stdout.read() == "2\n"


STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
for apart in (False, True):
    print(subprocess.Popen([sys.executable, "-c", child], start_new_session=apart, stdout=subprocess.DEVNULL).pid, flush=True)
time.sleep(60)
"""  # noqa: E501


def test_one_that_does_not_listen_is_killed_with_all_that_it_started(start):
    process = start(STUBBORN)
    children = [psutil.Process(int(process.stdout.readline())) for _ in range(2)]
    end(process.pid, patience_s=0, grace_s=0.3)
    assert process.wait() == -signal.SIGKILL
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []


LEAKING = "import subprocess; print(subprocess.Popen(['sleep', '60']).pid, flush=True)"


def test_what_one_that_ended_by_itself_has_left_running_is_killed(start):
    process = start(LEAKING)
    left = psutil.Process(int(process.stdout.readline()))
    end(process.pid, patience_s=20, grace_s=1)
    assert process.wait() == 0
    left.wait(timeout=10)


DEAF = """
import faulthandler, os, signal, sys, threading, time
file = open(sys.argv[1] + "/stacks.part", "w")
faulthandler.register(signal.SIGUSR1, file=file, all_threads=True)
os.rename(sys.argv[1] + "/stacks.part", sys.argv[1] + "/" + sys.argv[2])
def deep_in_thought(): time.sleep(60)
threading.Thread(target=deep_in_thought, daemon=True).start()
def at_work():
    print(1, flush=True)
    sum(range(10**10))
at_work()
"""


def test_every_thread_says_where_it_stands_even_amid_native_code(start, tmp_path):
    process = start(DEAF, tmp_path, STACKS)
    process.stdout.readline()
    time.sleep(0.2)
    file = dump_stacks(process.pid, tmp_path)
    assert file == tmp_path / STACKS
    assert "in at_work" in file.read_text()
    assert "in deep_in_thought" in file.read_text()
    assert not has_ended(process.pid)


def test_one_that_does_not_listen_yet_is_not_sent_the_signal_that_would_end_it(start, tmp_path):
    process = start("import time; print(1, flush=True); time.sleep(60)")
    process.stdout.readline()
    assert dump_stacks(process.pid, tmp_path) is None
    assert not has_ended(process.pid)
