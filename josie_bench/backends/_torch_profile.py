"""PyTorch's profilers around one call of an engine: its operators on the CPU, or the kernels that it runs on a GPU.

Each call is profiled by itself, so that all that is seen is that engine's own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from josie_bench.backends import Executable
from josie_bench.backends._watched import Outputs, Seen, Watched
from josie_bench.errors import UnavailableError
from josie_bench.terms.timebase import NS_PER_US


def watched_on_cpu(engine: Executable) -> Watched:
    """Return an engine whose operators are watched, each without those that it calls."""
    from torch.autograd.profiler import profile

    def watch(call: Callable[[], Outputs]) -> tuple[Outputs, Seen]:
        profiler = profile(use_cpu=True, use_kineto=False)
        with _profiling(profiler):
            outputs = call()
        return outputs, list(operators_in(profiler.function_events))

    return Watched(engine, watch)


def watched_on_gpu(engine: Executable) -> Watched:
    """Return an engine whose kernels CUPTI tells PyTorch of. Never run on a GPU.

    Raises:
        UnavailableError: this PyTorch was built without it.
    """
    from torch.profiler import ProfilerActivity, profile, supported_activities

    if ProfilerActivity.CUDA not in supported_activities():
        raise UnavailableError("this PyTorch sees no kernels of a GPU: it was built without CUPTI")

    def watch(call: Callable[[], Outputs]) -> tuple[Outputs, Seen]:
        profiler = profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA])
        with _profiling(profiler):
            outputs = call()
        return outputs, list(kernels_in(profiler.events()))

    return Watched(engine, watch)


@contextmanager
def _profiling(profiler: Any) -> Iterator[None]:
    """Profile the body; what the profiler's library writes to stderr at each begin and end goes nowhere."""
    with _stderr_nowhere():
        profiler.__enter__()
    try:
        yield
    finally:
        with _stderr_nowhere():
            profiler.__exit__(None, None, None)


@contextmanager
def _stderr_nowhere() -> Iterator[None]:
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def operators_in(events: Iterable[Any]) -> Iterator[tuple[str, int]]:
    """Yield name and nanoseconds of each operator in PyTorch's events, without what it calls."""
    for event in events:
        yield event.name, round(event.self_cpu_time_total * NS_PER_US)


def kernels_in(events: Iterable[Any]) -> Iterator[tuple[str, int]]:
    """Yield name and nanoseconds of each kernel in PyTorch's events."""
    for event in events:
        if event.device_type.name == "CUDA":
            yield event.name, round(event.device_time_total * NS_PER_US)
