"""An end together with the parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import psutil

CHILD = """
import os, sys, time
from josie_bench.probes.parent import end_with_parent
end_with_parent(int(sys.argv[1]) or os.getppid())
print(os.getpid(), flush=True)
time.sleep(60)
"""
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {CHILD!r}, '0'])"


def test_a_child_ends_when_its_parent_is_killed():
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        parent.wait()
        child.wait(timeout=10)


def test_one_whose_parent_is_gone_already_ends_at_once():
    nobody = os.getppid()  # not the parent of what this test starts
    done = subprocess.run([sys.executable, "-c", CHILD, str(nobody)], capture_output=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, b"")
