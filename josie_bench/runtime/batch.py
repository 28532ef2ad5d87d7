"""A batch: windows of several sessions, answered together by engines in which each of them has a seat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from josie_bench.backends import Executable
from josie_bench.probes.latency import now_ns
from josie_bench.runtime.answer import Answer
from josie_bench.runtime.calls import Call, Calls, Returned
from josie_bench.runtime.seats import Seat, Seats
from josie_bench.runtime.step import Step
from josie_bench.terms.window import Window


class Batch:
    """Steps that sit in the same engines, each in the seat of its place.

    Whoever calls the same component with the same shapes is answered in one call. Steps that go other ways, because
    one is silent or sees nothing, are answered apart; who is ahead waits, and they meet again at the next component.

    Args:
        steps: `[places]`.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = steps
        ways = sorted(steps[0].executables, key=lambda name: not name.endswith("_encoder"))  # a window's way, in order
        self._seats = {name: _seats_of(steps[0].executables[name]) for name in ways}

    def answer(self, windows: Mapping[int, Window]) -> Iterator[tuple[int, Answer]]:
        """Yield (place, answer) of windows by place, each as soon as it is there.

        Raises:
            ValueError: a window's audio is not a whole number of frames.
        """
        at_work: dict[int, Calls[Answer]] = {place: self._steps[place].answering(windows[place]) for place in windows}
        asked: dict[int, Call] = {}
        for place, calls in at_work.items():
            try:
                asked[place] = next(calls)
            except StopIteration as stop:  # nobody holds the turn: it calls nothing
                yield place, stop.value
        while asked:
            for places in self._answered_together(asked):
                start = now_ns()
                outputs = self._seats[asked[places[0]].component].step({place: asked[place].inputs for place in places})
                end = now_ns()
                for place in places:
                    try:
                        asked[place] = at_work[place].send(Returned(outputs[place], start, end))
                    except StopIteration as stop:
                        del asked[place]
                        yield place, stop.value

    def _answered_together(self, asked: Mapping[int, Call]) -> Iterable[list[int]]:
        """Return the places that are least far on their way, those whose calls are of one shape in a group."""
        called = {call.component for call in asked.values()}
        first = next(name for name in self._seats if name in called)
        groups: dict[object, list[int]] = {}
        for place, call in asked.items():
            if call.component == first:
                groups.setdefault(call.shapes, []).append(place)
        return groups.values()


def _seats_of(executable: Executable) -> Seats:
    assert isinstance(executable, Seat), "engines of a batch have seats"
    return executable.seats
