"""A process with its descendants, from a folder that looks like the kernel's and from this process."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from josie_bench.probes.processes import Tree
from tests.probes.kernel_files import put

TICK_HZ = os.sysconf("SC_CLK_TCK")


def put_process(root, pid, parent, user=0, system=0, pages=0, name="a (b) c"):
    words = ["S", str(parent), *["0"] * 9, str(user), str(system), *["0"] * 8, str(pages), "0"]
    put(root, f"proc/{pid}/stat", f"{pid} ({name}) {' '.join(words)}\n")


@pytest.fixture
def root(tmp_path):
    put_process(tmp_path, 10, 1, user=100, system=50, pages=7)
    put_process(tmp_path, 11, 10, user=20, pages=2)
    put_process(tmp_path, 12, 11, system=30, pages=1)
    put_process(tmp_path, 99, 1, user=10_000, pages=1000)
    put(tmp_path, "proc/uptime", "1 1")
    return tmp_path


def test_grandchildren_belong_to_it_and_strangers_do_not(root):
    tree = Tree(10, root)
    assert sorted(tree.pids()) == [10, 11, 12]
    assert tree.cpu_s() == 200 / TICK_HZ
    assert tree.resident_bytes() == 10 * os.sysconf("SC_PAGE_SIZE")


def test_the_time_of_a_process_that_has_ended_still_counts(root):
    tree = Tree(10, root)
    tree.cpu_s()
    (root / "proc/12/stat").unlink()
    put_process(root, 11, 10, user=25)
    assert tree.cpu_s() == 205 / TICK_HZ


def test_a_child_of_this_process_is_found():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        tree = Tree(os.getpid())
        assert {os.getpid(), child.pid} <= set(tree.pids())
        assert tree.cpu_s() > 0
        assert tree.resident_bytes() > 2**20
    finally:
        child.communicate()
