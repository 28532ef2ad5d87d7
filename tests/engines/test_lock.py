"""Locks among processes: one at a time, let go by the dead, nothing left behind."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from josie_bench.engines.lock import alone, is_in_use, marked_in_use, remove_idle_lock
from josie_bench.errors import OutputError

HOLD = """
import pathlib, sys, time
from josie_bench.engines.lock import alone
with alone(pathlib.Path(sys.argv[1]), "engine"):
    print("held", flush=True)
    time.sleep(60)
"""
COUNT = """
import pathlib, sys
from josie_bench.engines.lock import alone
root = pathlib.Path(sys.argv[1])
for _ in range(40):
    with alone(root, "engine"):
        number = int((root / "number").read_text())
        (root / "number").write_text(str(number + 1))
"""


def holder(root):
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(root)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    return process


def test_processes_come_one_after_the_other(tmp_path):
    (tmp_path / "number").write_text("0")
    counters = [subprocess.Popen([sys.executable, "-c", COUNT, str(tmp_path)]) for _ in range(4)]
    assert [counter.wait(timeout=60) for counter in counters] == [0] * 4
    assert (tmp_path / "number").read_text() == "160"
    assert [path.name for path in tmp_path.iterdir()] == ["number"]


def test_a_killed_holder_lets_go_and_whoever_waits_is_told_once(tmp_path):
    with holder(tmp_path) as process:
        told = []

        def kill_it():
            told.append("waits")
            threading.Timer(0.2, process.kill).start()

        with alone(tmp_path, "engine", on_wait=kill_it):
            assert process.wait(timeout=10) == -9
    assert told == ["waits"]
    assert list(tmp_path.iterdir()) == []


def test_an_idle_lock_is_removed_and_a_held_one_is_not(tmp_path):
    file = tmp_path / ".lock-engine"
    with holder(tmp_path) as process:
        assert not remove_idle_lock(file)
        assert is_in_use(file)
        process.kill()
        process.wait()
        assert not is_in_use(file)
        assert remove_idle_lock(file)
    assert not file.exists()
    assert remove_idle_lock(file)


def test_a_folder_tells_whether_somebody_works_in_it(tmp_path):
    with marked_in_use(tmp_path):
        assert is_in_use(tmp_path)
    assert not is_in_use(tmp_path)
    assert not is_in_use(tmp_path / "gone")


def test_a_store_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="file: cannot write engines here"), alone(tmp_path / "file", "engine"):
        pass


def test_where_folders_cannot_be_locked_nobody_is_known_to_work_in_them(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(9, "Bad file descriptor")  # what NFS says

    monkeypatch.setattr("josie_bench.engines.lock.fcntl.flock", refuse)
    with marked_in_use(tmp_path):
        assert not is_in_use(tmp_path)
    with pytest.raises(OutputError, match="cannot write engines here: Bad file descriptor"), alone(tmp_path, "engine"):
        pass
