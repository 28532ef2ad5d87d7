"""A GPU's instants on the host's clock, where both clocks are known because they are made up."""

from __future__ import annotations

from collections import deque
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.backends import GpuSpan
from josie_bench.backends._gpu_clock import MOST_WAITING, GpuClock, HostEvent

APART = 7_000_000_000  # the GPU's clock is behind the host's by this


class Machine:
    """A host and a GPU, each with a clock; the GPU takes up what it is asked for after a while."""

    def __init__(self) -> None:
        self.host_ns = APART
        self.gpu_ns = 0  # when the stream is free

    def now(self) -> int:
        return self.host_ns

    def event(self) -> MadeUpEvent:
        return MadeUpEvent(self)

    def ask(self, launch_ns: int, work_ns: int) -> None:
        """Let the host spend `launch_ns` on asking for `work_ns` of the GPU's time."""
        self.host_ns += launch_ns
        self.gpu_ns = max(self.gpu_ns, self.host_ns - APART) + work_ns

    def wait(self, late_ns: int) -> None:
        """Let the host wait for the stream and notice `late_ns` after it is done."""
        self.host_ns = max(self.host_ns, self.gpu_ns + APART) + late_ns


class MadeUpEvent:
    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.at_ns = 0

    def record(self) -> None:
        self.at_ns = max(self.machine.gpu_ns, self.machine.host_ns - APART)

    def elapsed_time(self, other: MadeUpEvent) -> float:
        return (other.at_ns - self.at_ns) / 1e6


def timed(clock, machine, steps, whose):
    """Ask for `steps` of (launch, work, noticed late or None) and return when the GPU was truly at work, host clock."""
    true = []
    for index, (launch, work, late) in enumerate(steps):
        with clock.spell(str(index), whose):
            begin = max(machine.gpu_ns, machine.host_ns - APART)
            machine.ask(launch, work)
            end = machine.gpu_ns
        true.append((begin + APART, end + APART))
        if late is not None:
            machine.wait(late)
            clock.caught_up()
    return true


def test_one_spell_lies_between_when_it_was_asked_for_and_when_it_was_seen() -> None:
    """Asked at 0, begun at once, done after 300; seen 100 later: it may have been up to 100 later than asked."""
    machine, whose = Machine(), deque()
    clock = GpuClock(machine.event, machine.now)
    timed(clock, machine, [(0, 300, 100)], whose)
    clock.place()
    assert list(whose) == [GpuSpan("0", APART + 50, APART + 350, 50)]


def test_the_narrowest_bounds_of_all_that_are_placed_together_count() -> None:
    """The first is noticed 100 late, the second at once: the second's bounds leave nothing open for either."""
    machine, whose = Machine(), deque()
    clock = GpuClock(machine.event, machine.now)
    true = timed(clock, machine, [(0, 300, 100), (0, 200, 0)], whose)
    clock.place()
    assert [(span.start_ns, span.end_ns) for span in whose] == true
    assert {span.error_ns for span in whose} == {0}


@given(
    st.lists(
        st.tuples(st.integers(0, 50_000), st.integers(1, 2_000_000), st.none() | st.integers(0, 80_000)),
        min_size=1,
        max_size=12,
    )
)
def test_the_truth_lies_within_the_error(steps) -> None:
    machine, whose = Machine(), deque()
    clock = GpuClock(machine.event, machine.now)
    true = timed(clock, machine, [*steps, (0, 1, 0)], whose)
    clock.place()
    assert len(whose) == len(true)
    for span, (begin, end) in zip(whose, true, strict=True):
        assert abs(span.start_ns - begin) <= span.error_ns + 2  # events lie apart to the nearest nanosecond
        assert abs(span.end_ns - end) <= span.error_ns + 2
        assert span.end_ns - span.start_ns == pytest.approx(end - begin, abs=2)


def test_what_nobody_waited_for_is_placed_later_and_goes_to_its_owner() -> None:
    machine, mine, yours = Machine(), deque(), deque()
    clock = GpuClock(machine.event, machine.now)
    timed(clock, machine, [(0, 300, 0)], mine)
    timed(clock, machine, [(0, 300, None)], yours)
    clock.place()
    assert (len(mine), len(yours)) == (1, 0)
    machine.wait(0)
    clock.caught_up()
    clock.place()
    assert (len(mine), len(yours)) == (1, 1)
    clock.place()  # nothing is left: nothing happens
    assert (len(mine), len(yours)) == (1, 1)


def test_spells_that_nobody_asks_for_do_not_pile_up() -> None:
    machine, whose = Machine(), deque(maxlen=3)
    made = []
    clock = GpuClock(lambda: made.append(1) or machine.event(), machine.now)
    timed(clock, machine, [(0, 1, 0)] * (3 * MOST_WAITING), whose)
    assert len(whose) == 3
    assert len(made) == 2 * MOST_WAITING  # events are used again


def test_clocks_that_run_apart_leave_an_error_and_no_nonsense() -> None:
    """The GPU's clock gains a tenth: bounds cross each other, and by how far is told."""

    class Fast(MadeUpEvent):
        def elapsed_time(self, other: MadeUpEvent) -> float:
            return float(Fraction(11, 10) * (other.at_ns - self.at_ns)) / 1e6

    machine, whose = Machine(), deque()
    clock = GpuClock(lambda: Fast(machine), machine.now)
    timed(clock, machine, [(0, 1000, 0), (0, 1000, 0)], whose)
    clock.place()
    assert [span.end_ns - span.start_ns for span in whose] == [1100, 1100]
    assert {span.error_ns for span in whose} == {100}  # the second began at 1000 for the host, at 1100 for the GPU


def test_where_there_is_no_stream_the_host_s_own_clock_is_read() -> None:
    one, other = HostEvent(), HostEvent()
    one.record()
    other.record()
    assert 0 <= one.elapsed_time(other) < 1e3
    assert np.isclose(one.elapsed_time(other), -other.elapsed_time(one))
