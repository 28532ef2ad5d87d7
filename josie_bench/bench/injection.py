"""What a case lets go wrong in one of its trials: the faults when they are due, and what came about of each.

The runtime goes on as it would for a fault of nobody's making: what the receiver can use of the chunks is answered; a
component that fails costs its window, and the conversation begins anew; so it does for a client that comes back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from josie_bench.backends import Executable
from josie_bench.model.sizes import ModelSizes
from josie_bench.plugins import find_member
from josie_bench.runtime.delivery import Delivery
from josie_bench.runtime.faulty import Faulty, Trigger
from josie_bench.runtime.guarded import Guarded
from josie_bench.runtime.pacer import Pacer, Tick
from josie_bench.terms.case import Case
from josie_bench.terms.fault import DIES, DISCONNECT, HANGS, OF_COMPONENTS, STALL, FaultNote
from josie_bench.terms.media import Media
from josie_bench.terms.schedule import Slot
from josie_bench.terms.timebase import ns_from_ms
from josie_bench.terms.window import Window

CONCEALED, SKIPPED = "concealed", "skipped"  # beside the reasons for which chunks are refused


@dataclass(slots=True, kw_only=True)
class Injection:
    """The faults of a trial under way.

    Attributes:
        case: with the faults.
        sizes: of its model.
        cut: gives the window of an index as the client has it.
        first: index of the first measured window; None in the warm-up.
        restarts: indices of the windows with which the conversation began anew.
        reconnects: those of them with which a client came back.
        bare: the components without guard and trigger.
        pacer: that may stall.
    """

    case: Case
    sizes: ModelSizes
    cut: Callable[[int], Window]
    first: int | None = None
    restarts: list[int] = field(default_factory=list)
    reconnects: list[int] = field(default_factory=list)
    bare: dict[str, Executable] = field(default_factory=dict)
    pacer: Pacer | None = None
    _trigger: Trigger = field(default_factory=Trigger)
    _delivery: Delivery = field(init=False)
    _notes: list[FaultNote] = field(init=False)
    _counted: Counter[str] = field(default_factory=Counter)
    _is_broken: bool = False
    _is_away: bool = False

    def __post_init__(self) -> None:
        self._delivery = self.delivery()
        self._notes = [FaultNote(number=number, first=None) for number in range(len(self.case.faults))]

    def delivery(self, spared: frozenset[int] = frozenset()) -> Delivery:
        """Return the way of a session's windows, at its start, on which the faults of some numbers do not hold."""
        return Delivery(
            self.cut,
            self.case.faults,
            seed=self.case.seed,
            frame_ms=self.sizes.frame_ms,
            frame_samples=self.sizes.audio.frame_samples,
            spared=spared,
        )

    def around(self, name: str, executable: Executable) -> Executable:
        """Return a component that may go wrong, and whose failures are told."""
        self.bare[name] = executable
        return Guarded(name, Faulty(name, executable, self._trigger))

    def begin(self, first: int) -> None:
        """Count the faults from this window on."""
        self.first = first
        self._delivery.begin(first)

    def arrived(self, tick: Tick, reset: Callable[[], None]) -> Window | None:
        """Return the window as it arrives, and let its fault hold; None where there is no client.

        Args:
            tick: that was handed over.
            reset: lets the conversation begin anew.
        """
        number = self.holding(tick.index)
        fault = None if number is None else self.case.faults[number]
        if number is not None and self._notes[number].first is None:
            self._begin_fault(number, tick)
        self._trigger.arm(fault if fault is not None and fault.kind in OF_COMPONENTS else None)
        if fault is not None and fault.kind == DISCONNECT:
            self._is_away = True
            return None
        if self._is_away:
            self._delivery.reconnect(tick.index)
            self.reconnects.append(tick.index)
        if self._is_away or self._is_broken:
            reset()
            self.restarts.append(tick.index)
        self._is_away = self._is_broken = False
        return self._delivery.window(tick.index)

    def fail(self) -> None:
        """Note that a component failed on the window in work: the next begins the conversation anew."""
        self._is_broken = True

    def after(self, tick: Tick) -> None:
        """Note what a window came to, and stall the pacer where that is due before the next."""
        self._count()
        number = self.holding(tick.index + 1)
        if number is None or self.pacer is None:
            return
        fault = self.case.faults[number]
        if fault.kind == STALL:
            assert fault.lasts_ms is not None
            until_ns = tick.scheduled_ns + tick.slot.hop_ns + ns_from_ms(fault.lasts_ms)
            self.pacer.stall(until_ns)
            self._change(number, ended_ns=until_ns, hits=1)

    def notes(self) -> tuple[FaultNote, ...]:
        """Return what came about of each fault so far."""
        self._count()
        return tuple(self._notes)

    def learn(self, unchanged: dict[int, bool | str]) -> None:
        """Note of faults whether their answers were what they are without them, or why that cannot be told."""
        for number, found in unchanged.items():
            self._change(number, **{"why_unknown" if isinstance(found, str) else "unchanged": found})

    def holding(self, index: int) -> int | None:
        """Return the number of the fault that holds in a window; None where none does."""
        if self.first is None:
            return None
        at = index - self.first
        return next((number for number, fault in enumerate(self.case.faults) if fault.holds(at)), None)

    def last_begun(self, index: int) -> int | None:
        """Return the number of the last fault that had begun by a window; None where none had."""
        begun = (note.number for note in self._notes if note.first is not None and note.first <= index)
        return max(begun, default=None)

    def _begin_fault(self, number: int, tick: Tick) -> None:
        fault = self.case.faults[number]
        self._counted = self._counts()
        self._change(number, first=tick.index)
        if fault.kind == DIES:
            self._change(number, ended_ns=tick.scheduled_ns)
        elif fault.kind not in (HANGS, STALL):  # these end at an instant of their own
            self._change(number, ended_ns=tick.scheduled_ns + (fault.windows or 1) * tick.slot.hop_ns)
        if fault.kind == DISCONNECT:
            self._change(number, hits=1)

    def _counts(self) -> Counter[str]:
        receiver = self._delivery.receiver
        return receiver.refused + Counter({CONCEALED: receiver.concealed, SKIPPED: receiver.skipped})

    def _count(self) -> None:
        """Take over what receiver, components and restarts have come to since the last fault began."""
        number = max((note.number for note in self._notes if note.first is not None), default=None)
        if number is None:
            return
        fault, note = self.case.faults[number], self._notes[number]
        refused = self._counts() - self._counted
        changes: dict[str, Any] = {"concealed": refused.pop(CONCEALED, 0), "skipped": refused.pop(SKIPPED, 0)}
        changes |= {"refused": dict(refused), "restarts": sum(index >= (note.first or 0) for index in self.restarts)}
        if self._trigger.fault is fault:
            changes["hits"] = self._trigger.hits
            if fault.kind == HANGS:
                changes["ended_ns"] = self._trigger.ended_ns
        elif number in self._delivery.hits:
            changes["hits"] = self._delivery.hits[number]
        self._change(number, **changes)

    def _change(self, number: int, **changes: Any) -> None:
        self._notes[number] = replace(self._notes[number], **changes)


def injection_of(case: Case, sizes: ModelSizes, media: Media) -> Injection:
    """Return the faults of a trial that begins, over the windows that the case's scenario cuts."""
    slots: list[Slot] = []
    rest = case.slots()

    @lru_cache(maxsize=2)  # a window is asked for when it is sent and when it is received
    def cut(index: int) -> Window:
        while len(slots) <= index:
            slots.append(next(rest))
        window: Window = find_member("scenarios", case.scenario).window(case, media, slots[index], sizes.frame_ms)
        return window

    return Injection(case=case, sizes=sizes, cut=cut)
