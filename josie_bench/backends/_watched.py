"""An engine that a profiler watches: what its operators took is added up over its calls."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from josie_bench.backends import Array, Executable
from josie_bench.terms.profiling import Operators, OperatorTime

Outputs = dict[str, Array]
Seen = Iterable[tuple[str, int]]  # an operator's name, and the nanoseconds of one of its calls


class Watched:
    """An engine under a profiler.

    Args:
        inner: the engine.
        watch: makes a call under the profiler; returns its outputs and the operators that were seen.
        seen_later: what a profiler tells only in the end, without that of so many of the first calls.
    """

    def __init__(
        self,
        inner: Executable,
        watch: Callable[[Callable[[], Outputs]], tuple[Outputs, Seen]],
        seen_later: Callable[[int], Seen] = lambda _: (),
    ) -> None:
        self.signature = inner.signature
        self._inner = inner
        self._watch = watch
        self._seen_later = seen_later
        self._first = 0
        self.forget()

    def step(self, inputs: Mapping[str, Array]) -> Outputs:
        """Return the outputs by name for the inputs by name; the state moves on."""

        def call() -> Outputs:
            start_ns = time.monotonic_ns()
            outputs = self._inner.step(inputs)
            self._call_ns += time.monotonic_ns() - start_ns
            return outputs

        outputs, seen = self._watch(call)
        self._calls += 1
        self._add(seen)
        return outputs

    def reset(self) -> None:
        """Return to the state at the start of a session."""
        self._inner.reset()

    def undo(self) -> None:
        """Return to the state before the last step."""
        self._inner.undo()

    def state(self, *names: str) -> Outputs:
        """Return what the next step will read, by name: these tensors, or all."""
        return self._inner.state(*names)

    def forget(self) -> None:
        """Leave out what was seen so far."""
        self._first += getattr(self, "_calls", 0)
        self._calls = self._call_ns = 0
        self._times: Counter[str] = Counter()
        self._took_ns: Counter[str] = Counter()

    def operators(self) -> Operators:
        """Return what was seen since; the engine is not called again."""
        self._add(self._seen_later(self._first))
        times = [OperatorTime(name=name, calls=n, took_ns=self._took_ns[name]) for name, n in self._times.items()]
        return Operators(
            calls=self._calls,
            call_ns=self._call_ns,
            times=tuple(sorted(times, key=lambda each: (-each.took_ns, each.name))),
        )

    def _add(self, seen: Seen) -> None:
        for name, took_ns in seen:
            self._times[name] += 1
            self._took_ns[name] += took_ns
