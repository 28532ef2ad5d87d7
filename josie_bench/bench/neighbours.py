"""Processes that work beside a trial on purpose: each keeps a core busy, copies memory to and fro, or runs a model.

They are at work before the body runs, and end with it. Each ends by itself as soon as its parent's end of the pipe is
gone, however that came: a killed trial leaves nothing running. The model is
`python -m josie_bench.bench.neighbours PRESET ENGINES`.
"""

from __future__ import annotations

import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count, islice
from pathlib import Path

from josie_bench.errors import EngineError
from josie_bench.terms.beside import Beside
from josie_bench.terms.model_choice import ModelChoice

READY = b"at work\n"
SPIN = """
import select, sys
print("at work", flush=True)
while not select.select([sys.stdin], [], [], 0)[0]:
    for _ in range(100_000):
        pass
"""
NEIGHBOUR = "josie_bench.bench.neighbours"
COPY = """
import select, sys
import numpy as np
there, back = (np.ones(int(sys.argv[1]) // 2, dtype=np.uint8) for _ in range(2))
print("at work", flush=True)
while not select.select([sys.stdin], [], [], 0)[0]:
    np.copyto(there, back)
    there, back = back, there
"""
WINDOWS = 64  # of the bundled recordings, over and over


@contextmanager
def neighbours(beside: Beside, engines: Path) -> Iterator[None]:
    """Keep the neighbours at work while the body runs.

    Args:
        beside: what there is.
        engines: the store, in which the model's components are looked for.

    Raises:
        EngineError: one ended before it was at work.
    """
    running = [_started(words) for words in commands(beside, engines)]
    try:
        for process in running:
            _await_work(process)
        yield
    finally:
        for process in running:
            process.kill()
        for process in running:
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()


def commands(beside: Beside, engines: Path) -> list[list[str]]:
    """Return the command of each neighbour."""
    found = [[sys.executable, "-c", SPIN]] * beside.cpu
    if beside.memory_bytes:
        found.append([sys.executable, "-c", COPY, str(beside.memory_bytes)])
    if beside.model is not None:
        found.append([sys.executable, "-m", NEIGHBOUR, beside.model, str(engines.resolve())])
    return found


def _started(words: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def _await_work(process: subprocess.Popen[bytes]) -> None:
    assert process.stdout is not None
    if process.stdout.readline() != READY:
        words = process.args
        assert isinstance(words, list)
        named = "model" if NEIGHBOUR in words else "memory" if COPY in words else "cpu"
        raise EngineError(
            f"beside.{named}: it ended with {process.wait()} before it was at work (see the trial's stderr): "
            "ask for less of it, or leave it out"
        )


def is_alone() -> bool:
    """Return whether the end of the pipe at the parent is gone."""
    return bool(select.select([sys.stdin], [], [], 0)[0])


def answer_windows(preset: str, engines: Path, is_over: Callable[[], bool], on_first: Callable[[], None]) -> None:
    """Let a model answer the bundled recordings, window after window, until it is over.

    Args:
        preset: of the model, with seeded weights.
        engines: the store.
        is_over: asked between two windows.
        on_first: told when the first is answered.
    """
    from josie_bench.bench.calibration import reference_case
    from josie_bench.bench.media import load_media
    from josie_bench.engines.store import EngineRequest, find_or_build
    from josie_bench.model.presets import find_sizes
    from josie_bench.runtime.session import open_session
    from josie_bench.scenarios import cut_window

    case = reference_case(ModelChoice(preset=preset))
    sizes = find_sizes(case.model)
    media, _ = load_media(case, sizes.audio.sample_rate_hz)
    manifests, _ = find_or_build(engines, EngineRequest.of(case))
    step = open_session(case, sizes, manifests)
    windows = [cut_window(case, media, slot, sizes.frame_ms) for slot in islice(case.slots(), WINDOWS)]
    for index in count():
        step(windows[index % WINDOWS])
        if index == 0:
            on_first()
        if is_over():
            return


def main(words: list[str]) -> int:
    """Be the model that `words` ask for; return the exit code."""
    answer_windows(words[0], Path(words[1]), is_alone, lambda: print("at work", flush=True))  # noqa: T201  read by the parent
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
