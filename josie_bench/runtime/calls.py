"""Calls of components: what a step asks of whoever holds the engines, answered alone or together with other steps'.

A step yields each call and is handed what came of it, so that the wiring does not know who else is served with it.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from josie_bench.backends import Executable
from josie_bench.probes.latency import now_ns

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """One component with its inputs by name, batch 1.

    Attributes:
        stays: whether its outputs stay where they were computed, for the next component to take them from there; only
            of one that is `OnDevice`.
    """

    component: str
    inputs: Mapping[str, Any]
    stays: bool = False

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """Of the inputs; calls of one component that have the same can be answered together."""
        return tuple(array.shape for array in self.inputs.values())


@dataclass(frozen=True, slots=True)
class Returned:
    """What a call gave: the outputs by name, batch 1, and when the engine was at work for it.

    Where outputs stay, that is how long it took to ask for them.
    """

    outputs: Mapping[str, Any]
    start_ns: int
    end_ns: int


Calls = Generator[Call, Returned, T]


def alone(calls: Calls[T], executables: Mapping[str, Executable]) -> T:
    """Return what comes of a step whose calls are answered one by one."""
    try:
        call = next(calls)
        while True:
            start = now_ns()
            executable: Any = executables[call.component]
            outputs = (executable.step_there if call.stays else executable.step)(call.inputs)
            call = calls.send(Returned(outputs, start, now_ns()))
    except StopIteration as end:
        found: T = end.value
        return found
