"""The command line called in this process, for what starts no other: as a person sees it, without the start-up."""

from __future__ import annotations

import contextlib
import io
import signal
import sys
from types import SimpleNamespace

from josie_bench.cli import main


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
