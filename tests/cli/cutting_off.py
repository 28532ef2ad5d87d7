"""Runs that are cut off in real processes, and what they left: for the tests of going on with them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from josie_bench.bench.journal import FILE, read_records

ROOT = Path(__file__).parents[2]
CALL = "import sys; from josie_bench.cli import main; sys.argv = ['josie-bench', *sys.argv[1:]]; main()"


def command(*words):
    return [sys.executable, "-c", CALL, *map(str, words)]


def call(*words, cwd, **more):
    return subprocess.run(command(*words), cwd=cwd, capture_output=True, text=True, timeout=240, check=False, **more)


def records_of(folder):
    return read_records((folder / FILE).read_bytes(), folder)[0]


def trials_of(folder):
    return [record for record in records_of(folder) if record["kind"] == "trial"]


def wait_for(what, process, seconds=120.0):
    """Return what `what` finds as soon as that is something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        if found := what():
            return found
        time.sleep(0.01)
    raise AssertionError("it did not come so far")


def limited(tmp_path, where):
    """Return an environment in which no file becomes larger than 4 KiB in some of the processes: a full disk."""
    (tmp_path / "limit").mkdir(exist_ok=True)
    (tmp_path / "limit" / "sitecustomize.py").write_text(
        "import resource, sys\n"
        f"if any({where!r} in word for word in sys.orig_argv):\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))\n"
    )
    path = os.pathsep.join([str(tmp_path / "limit"), str(ROOT)])
    return os.environ | {"PYTHONPATH": path}
