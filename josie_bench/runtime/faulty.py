"""A component that misbehaves when it is told to: it raises, hangs, or gives numbers that are none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

import numpy as np

from josie_bench.backends import Array, Executable
from josie_bench.probes.latency import now_ns, sleep_until
from josie_bench.terms.fault import HANGS, NAN, RAISES, Fault
from josie_bench.terms.timebase import ns_from_ms, ns_from_s


class InjectedError(RuntimeError):
    """What a component raises because a case says so."""


@dataclass(slots=True, kw_only=True)
class Trigger:
    """What components do wrong now.

    Attributes:
        fault: None where all behave.
        hits: calls that it went wrong in since `arm`.
        ended_ns: when the hang was over.
    """

    fault: Fault | None = None
    hits: int = 0
    ended_ns: int | None = None

    def arm(self, fault: Fault | None) -> None:
        """Let a fault hold from now on; None lets all behave."""
        if fault is not self.fault:
            self.fault, self.hits, self.ended_ns = fault, 0, None


class Faulty:
    """An executable that does what its trigger says.

    Args:
        name: of the component.
        inner: what it does otherwise.
        trigger: shared with whoever knows when.
    """

    def __init__(self, name: str, inner: Executable, trigger: Trigger) -> None:
        self._name = name
        self._inner = inner
        self._trigger = trigger
        self.signature = inner.signature

    def step(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Return the outputs, or do what is wrong.

        Raises:
            InjectedError: the trigger says so.
        """
        fault = self._trigger.fault
        if fault is None or fault.component != self._name:
            return self._inner.step(inputs)
        if fault.kind == HANGS and self._trigger.hits:  # it hung once, and works again
            return self._inner.step(inputs)
        self._trigger.hits += 1
        if fault.kind == RAISES:
            raise InjectedError("injected by the case")
        if fault.kind == HANGS:
            self._hang(fault.lasts_ms)
        outputs = self._inner.step(inputs)
        return {name: _without_numbers(array) for name, array in outputs.items()} if fault.kind == NAN else outputs

    def _hang(self, lasts_ms: float | None) -> None:
        if lasts_ms is None:
            _wait_for_ever()
        sleep_until(now_ns() + ns_from_ms(lasts_ms))
        self._trigger.ended_ns = now_ns()

    def reset(self) -> None:
        """Return to the state at the start of a session."""
        self._inner.reset()

    def undo(self) -> None:
        """Return to the state before the last step."""
        self._inner.undo()

    def state(self, *names: str) -> dict[str, Array]:
        """Return what the next step will read: these tensors, or all."""
        return self._inner.state(*names)


def _without_numbers(array: Array) -> Array:
    return np.full_like(array, np.nan) if array.dtype.kind == "f" else array


def _wait_for_ever() -> NoReturn:
    while True:
        sleep_until(now_ns() + ns_from_s(1.0))
