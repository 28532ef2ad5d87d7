"""Weighed components: what the calls of each add to its process until the trial is warm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import median_low

from josie_bench.backends import Array, Executable, OnDevice
from josie_bench.runtime.step import forked


class Scales:
    """By how much the process grew in each call of each component; nothing is noted once they are off.

    Args:
        read: returns sizes of this process by name, in bytes.
    """

    def __init__(self, read: Callable[[], Mapping[str, int]]) -> None:
        self.read = read
        self.is_off = False
        self._calls: dict[tuple[str, str], list[int]] = {}

    def around(self, component: str, executable: Executable) -> Executable:
        """Return a component whose calls are weighed; one on a GPU as it is, for it hands on what none may read."""
        return executable if isinstance(executable, OnDevice) else Weighed(component, executable, self)

    def add(self, component: str, before: Mapping[str, int]) -> None:
        """Note by how much the process has grown in a call that has just ended."""
        after = self.read()
        for name, size in before.items():
            self._calls.setdefault((component, name), []).append(after[name] - size)

    def grown(self) -> dict[tuple[str, str], int]:
        """Return what the calls of a component added and left, by component and name.

        What its usual call adds, the median, is what it returns, which is let go afterwards: it is taken off each.
        """
        return {key: sum(added) - len(added) * _usual(added) for key, added in self._calls.items()}


def _usual(added: list[int]) -> int:
    return median_low(added) if len(added) > 1 else 0


class Weighed:
    """An executable whose calls are weighed.

    Args:
        component: its name.
        inner: that computes.
        scales: that take note.
    """

    def __init__(self, component: str, inner: Executable, scales: Scales) -> None:
        self._component = component
        self._inner = inner
        self._scales = scales
        self.signature = inner.signature

    def step(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Return the outputs by name for the inputs by name; the state moves on."""
        if self._scales.is_off:
            return self._inner.step(inputs)
        before = self._scales.read()
        outputs = self._inner.step(inputs)
        self._scales.add(self._component, before)
        return outputs

    def reset(self) -> None:
        """Return to the state at the start of a session."""
        self._inner.reset()

    def undo(self) -> None:
        """Return to the state before the last step."""
        self._inner.undo()

    def fork(self) -> Executable:
        """Return the same engine with a state of its own, weighed with this one.

        Raises:
            EngineError: its backend holds one session.
        """
        return Weighed(self._component, forked(self._component, self._inner), self._scales)

    def state(self, *names: str) -> dict[str, Array]:
        """Return what the next step will read: these tensors, or all."""
        return self._inner.state(*names)
