"""The command line as a person calls it: in this process, for what starts no other, or in one of its own."""

from __future__ import annotations

import contextlib
import io
import signal
import subprocess
import sys
from types import SimpleNamespace

from josie_bench.cli import main

PROGRAM = "import sys; from josie_bench.cli import main; sys.argv = ['josie-bench', *sys.argv[1:]]; main()"
LONGEST_S = 400  # of a call


def called(*words, cwd):
    """Return exit code, stdout and stderr of the command line with these words, in the folder `cwd`."""
    out, err = io.StringIO(), io.StringIO()
    argv, on_term, code = sys.argv, signal.getsignal(signal.SIGTERM), 0
    sys.argv = ["josie-bench", *map(str, words)]
    try:
        with contextlib.chdir(cwd), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main()
    except SystemExit as leave:
        code = leave.code
    finally:
        sys.argv = argv
        signal.signal(signal.SIGTERM, on_term)
    return SimpleNamespace(returncode=code, stdout=out.getvalue(), stderr=err.getvalue())


def command_of(*words):
    """Return the command that calls the command line with these words."""
    return [sys.executable, "-c", PROGRAM, *map(str, words)]


def called_apart(*words, cwd, **more):
    """Return exit code, stdout and stderr of the command line in a process of its own, in the folder `cwd`."""
    command = command_of(*words)
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=LONGEST_S, check=False, **more)
