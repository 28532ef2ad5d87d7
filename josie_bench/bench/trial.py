"""One run of a case in this process: warm up, drive, record. Nothing is printed or scored inside a window."""

from __future__ import annotations

import gc
import resource
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from josie_bench.backends import Executable, GpuSpan
from josie_bench.bench.admitting import Admitting
from josie_bench.bench.audit import NO_ANSWERS, OFF, audit, limit_ns
from josie_bench.bench.exhaustion import exhaustion_of
from josie_bench.bench.fault_check import hold_against
from josie_bench.bench.injection import Injection
from josie_bench.bench.memory_readings import memory_readings
from josie_bench.bench.repetition import Repetition
from josie_bench.bench.rows import Row, row_of, series_of, timed
from josie_bench.bench.simulation import WaitingBatch, WaitingStep
from josie_bench.bench.warm_up import is_settled
from josie_bench.model.sizes import ModelSizes
from josie_bench.plugins import find_member
from josie_bench.probes.latency import now_ns, sleep_until
from josie_bench.runtime.answer import Answer
from josie_bench.runtime.batch import Batch
from josie_bench.runtime.guarded import ComponentFailedError
from josie_bench.runtime.pacer import Pacer, Tick
from josie_bench.runtime.step import Step
from josie_bench.terms.case import Case
from josie_bench.terms.media import Media
from josie_bench.terms.recording import FIRST_ANSWER, IDLE, Audit, Collection, MemoryReading, Phase, Recording
from josie_bench.terms.sessions import LATE
from josie_bench.terms.timebase import ns_from_ms, ns_from_s
from josie_bench.terms.waiting_line import WaitingLine
from josie_bench.terms.window import Window

AUDITED = 6  # what the draw of a session is for, beside the case's own seed


class TrialStopped(Exception):  # noqa: N818  an event, not an error
    """The trial was asked to stop: what was recorded is kept."""


@dataclass(slots=True, kw_only=True)
class Trial:
    """A running trial.

    Attributes:
        steps: `[places]`, each at the start of a session.
        trial: which of the case's it is, 0-based.
        batch: answers windows of several places together; None where they are answered one after the other.
        rows: one per answered window.
        dropped: one per window that was late before its turn, or whose session had been sent away.
        injection: the case's faults; None where it has none.
        between_blocks: what is done in a closed loop before a block begins, untimed.
        executables: those that its memory is read with.
        gpu_spans: returns when a GPU was at work for the window that was just answered at a place.
        lost: one per window that a fault left without an answer.
        pending: windows handed over that got no answer: the one in work, and after a stop those already overdue.
        phases: what the process did before the first window.
        collections: runs of the garbage collector, which is switched off: somebody else's wish.
        audits: of its answers, added when it is over.
        ended_ns: when it was over; None while it runs.
        is_steady: falls if warm-up hit its cap.
        measured: how many windows were answered, dropped or refused after warm-up.
    """

    case: Case
    sizes: ModelSizes
    steps: Sequence[Step | WaitingStep]
    media: Media
    memory: list[MemoryReading]
    trial: int = 0
    batch: Batch | WaitingBatch | None = None
    phases: tuple[Phase, ...] = ()
    on_row: Callable[[Trial], None] = lambda _: None
    between_blocks: Callable[[], None] = lambda: None
    executables: Sequence[Executable] = ()
    gpu_spans: Callable[[int], Sequence[GpuSpan]] = lambda _: ()
    rows: list[Row] = field(default_factory=list)
    dropped: list[Row] = field(default_factory=list)
    injection: Injection | None = None
    lost: list[Row] = field(default_factory=list)
    pending: list[Tick] = field(default_factory=list)
    is_steady: bool = True
    is_warm: bool = False
    measured: int = 0
    collections: list[Collection] = field(default_factory=list)
    audits: tuple[Audit, ...] = ()
    ended_ns: int | None = None
    _served: dict[int, int] = field(default_factory=dict)
    _repetition: dict[int, Repetition] = field(default_factory=dict)
    _admitting: Admitting = field(default_factory=Admitting)
    _total: int = field(init=False)  # to be measured
    _least: int = field(init=False)  # to warm up
    _usage: resource.struct_rusage = field(default_factory=lambda: resource.getrusage(resource.RUSAGE_SELF))

    def __post_init__(self) -> None:  # thousands of recorded sessions are not gone through again between two windows
        self._total = self.case.total_windows
        self._least = max(self.case.windows_of_all(self.case.warm_up.windows), self.case.blocks.cycle)

    def run(self) -> None:
        """Drive the trial to its end.

        Raises:
            TrialStopped: it was asked to stop; `recording` gives what there is.
        """
        scenario = find_member("scenarios", self.case.scenario)
        cut = scenario.window
        gc.collect()
        gc.freeze()
        gc.disable()
        gc.callbacks.append(self._note_collection)
        try:
            if scenario.ARRIVAL == "closed":
                self._run_closed(cut)
            else:
                self._run_paced(cut)
        finally:
            self.ended_ns = now_ns()
            gc.callbacks.remove(self._note_collection)
            gc.enable()
        self.note_memory("end")

    def wait_idle(self) -> None:
        """Let the time go by for which a case asks that nothing comes, and note when it was.

        Raises:
            TrialStopped: it was asked to stop.
        """
        if self.case.idle_s:
            begun = now_ns()
            sleep_until(begun + ns_from_s(self.case.idle_s))
            self.phases = (*self.phases, Phase(name=IDLE, start_ns=begun, end_ns=now_ns()))

    def check_answers(self, sessions: Sequence[Step], left_ns: int) -> None:
        """Answer a session's beginning again, untimed and alone, and note whether the timed answers were the same.

        Args:
            sessions: `[places]`, those that answered.
            left_ns: until the trial's timeout.

        Raises:
            TrialStopped: it was asked to stop; nothing is noted then.
        """
        case, cut = self.case, find_member("scenarios", self.case.scenario).window
        if case.backend in NO_ANSWERS:
            self.audits = (Audit(checked=0, reason=f"backend {case.backend} computes no answers"),)
        elif not case.audit:
            self.audits = (Audit(checked=0, reason=OFF),)
        elif self.injection is not None:
            self.audits = (hold_against(self.injection, self.rows, sessions[0], left_ns),)
        else:
            rows = self._audited()
            session = sessions[rows[0].tick.arrival.place if rows else 0]
            session.reset()
            slots = {row.tick.index: row.tick.slot for row in rows}
            trial_ns = self.rows[-1].finished_ns - self.rows[0].tick.scheduled_ns
            self.audits = (
                audit(
                    [timed(row) for row in rows],
                    session,
                    lambda index: cut(case, self.media, slots[index], self.sizes.frame_ms),
                    share=case.audit,
                    most_ns=limit_ns(trial_ns, left_ns),
                    seed=case.seed,
                ),
            )

    def _audited(self) -> list[Row]:
        """Return the answers of one session, drawn at random from those that were measured: answered alone, they must
        be what they were among all others.
        """
        measured = sorted({row.tick.arrival.session for row in self.rows if not row.is_warm_up})
        drawn = np.random.default_rng([self.case.seed, AUDITED]).choice(measured) if measured else 0
        return [row for row in self.rows if row.tick.arrival.session == drawn]

    def _note_collection(self, phase: str, _: dict[str, int]) -> None:
        now = now_ns()
        begun = now if phase == "start" else self.collections.pop().start_ns
        self.collections.append(Collection(start_ns=begun, end_ns=now))

    def note_memory(self, phase: str) -> None:
        """Add the sizes of this process at an edge between phases."""
        self.memory.extend(memory_readings(phase, self.executables))

    def _run_paced(self, cut: Callable[..., Window]) -> None:
        case, line = self.case, WaitingLine[Tick](sheds=self.case.sessions.shedding == LATE, is_gone=self._is_gone)
        self._admitting = Admitting.of(case)
        with Pacer(case.timetable(self.trial), count=self._most_windows()) as pacer:
            if self.injection is not None:
                self.injection.pacer = pacer
            try:
                while self._wants_more() and (ticks := self._next(pacer, line)):
                    self.pending = ticks
                    if self.injection is None:
                        self._answer(ticks, [cut(case, self.media, tick.slot, self.sizes.frame_ms) for tick in ticks])
                    else:
                        (tick,) = ticks  # faults take one conversation
                        self._survive(tick, self.injection)
            except TrialStopped:
                self.pending += self._overdue([*line.waiting(), *self._admitting.let_in(pacer.waiting())])
                raise

    def _most_windows(self) -> int:
        """Return how many windows may have to come: warm-up may last to its cap."""
        case, warm_up = self.case, self.case.warm_up
        each = int(ns_from_s(warm_up.cap_s) / case.shortest_hop_ns) + max(warm_up.windows, case.blocks.cycle) + 1
        return self._total + each * case.sessions.count

    def _next(self, pacer: Pacer, line: WaitingLine[Tick]) -> list[Tick]:
        """Return the windows whose turn it is, once there is one; none after the last."""
        arrived: list[Tick] = [*pacer.waiting(), *self._on_their_way(pacer)]
        while True:
            for tick in self._admitting.let_in(arrived):
                line.join(tick.scheduled_ns + ns_from_ms(self.case.deadline_ms), tick)
            self._admitting.look(now_ns())
            turn = self._take(line)
            self._note_dropped(line)
            if not self._wants_more():
                return []
            if turn:
                return turn
            if (following := pacer.next()) is None:
                return []
            arrived = [following, *self._on_their_way(pacer)]

    def _on_their_way(self, pacer: Pacer) -> list[Tick]:
        """Return, where they are stepped together, the windows that have closed and were not handed over yet.

        Those that close at one instant are handed over one by one; the first must not be stepped alone for that.
        """
        return pacer.closed(now_ns()) if self.case.sessions.is_batched else []

    def _take(self, line: WaitingLine[Tick]) -> list[Tick]:
        """Return the window whose turn it is, or all that are stepped together; none where nobody waits."""
        if self.case.sessions.is_batched:
            return line.take_together(now_ns(), lambda tick: tick.arrival.place)
        turn = line.take(now_ns())
        return [] if turn is None else [turn]

    def _note_dropped(self, line: WaitingLine[Tick]) -> None:
        """Keep the windows that were dropped: they were asked for and got no answer."""
        now = now_ns()
        for tick in line.dropped:
            is_evicted = self._admitting.dropped(tick.arrival.session, now)
            row = Row(tick=tick, is_warm_up=not self.is_warm, is_shed=not is_evicted, is_evicted=is_evicted)
            self.dropped.append(row)
        self.measured += len(line.dropped) * self.is_warm
        line.dropped.clear()

    def _is_gone(self, tick: Tick) -> bool:
        return self._admitting.is_gone(tick.arrival.session)

    def _overdue(self, waiting: list[Tick]) -> list[Tick]:
        """Return the windows whose deadline has passed: a stop must not hide them, nor judge the others early."""
        last_due = now_ns() - ns_from_ms(self.case.deadline_ms)
        return [tick for tick in waiting if tick.scheduled_ns < last_due]

    def _run_closed(self, cut: Callable[..., Window]) -> None:
        arrivals = self.case.timetable(self.trial).arrivals()
        block = 0
        while self._wants_more():
            arrival = next(arrivals)
            slot = arrival.slot
            if slot.block != block:
                block = slot.block
                sleep_until(now_ns() + ns_from_ms(self.case.blocks.pause_ms))
                self.between_blocks()
                self._usage = resource.getrusage(resource.RUSAGE_SELF)
            window = cut(self.case, self.media, slot, self.sizes.frame_ms)
            now = now_ns()
            tick = Tick(arrival=arrival, scheduled_ns=now, handed_ns=now)
            self.pending = [tick]
            self._answer([tick], [window])

    def _answer(self, ticks: Sequence[Tick], windows: Sequence[Window]) -> None:
        """Answer windows of as many places together."""
        started = now_ns()
        for tick in ticks:
            self._seat(tick)
        at = {tick.arrival.place: (tick, window) for tick, window in zip(ticks, windows, strict=True)}
        given = {place: window for place, (_, window) in at.items()}
        answered = [(*each, now_ns()) for each in self._answers(given)]
        before, self._usage = self._usage, resource.getrusage(resource.RUSAGE_SELF)
        hit = (self._usage.ru_majflt - before.ru_majflt, self._usage.ru_nivcsw - before.ru_nivcsw)
        for place, answer, finished in answered:  # what hit a step hit all who shared it
            spans = self.gpu_spans(place)
            repeated = self._repetition[place].of(answer)
            row = row_of(*at[place], answer, spans, self.sizes, work=(started, finished), repeated=repeated, hit=hit)
            row.is_warm_up = not self.is_warm
            self.rows.append(row)
            refused = self._admitting.answered(at[place][0].scheduled_ns, started, finished)
            self.measured += self.is_warm * (1 + refused)
        if not self.is_warm and self._has_warmed_up():
            self.is_warm = True
            self.note_memory("warm")
            if self.injection is not None:
                self.injection.begin(ticks[-1].index + 1)
        self.pending = []
        self.on_row(self)

    def _survive(self, tick: Tick, injection: Injection) -> None:
        """Answer what arrives of a window whatever goes wrong with it, or lose it."""
        window = injection.arrived(tick, self.steps[tick.arrival.place].reset)
        try:
            if window is None:
                self._lose(tick)
            else:
                self._answer([tick], [window])
        except ComponentFailedError as error:
            if not self.is_warm or exhaustion_of(error) is not None:
                raise
            injection.fail()
            self._lose(tick)
        injection.after(tick)

    def _lose(self, tick: Tick) -> None:
        self.lost.append(Row(tick=tick, is_warm_up=not self.is_warm))
        self.measured += self.is_warm
        self.pending = []
        self.on_row(self)

    def _seat(self, tick: Tick) -> None:
        """Let a session that is new at its place begin anew; its first window may have been shed."""
        place, session = tick.arrival.place, tick.arrival.session
        served = self._served.get(place)
        if served == session:
            return
        if served is not None:
            self.steps[place].reset()
        self._served[place], self._repetition[place] = session, Repetition(self.sizes)

    def _answers(self, windows: Mapping[int, Window]) -> Iterator[tuple[int, Answer]]:
        """Yield (place, answer) of windows by place, each as soon as it is there."""
        if self.batch is not None:
            return self.batch.answer(windows)
        return ((place, self.steps[place](window)) for place, window in windows.items())

    def _wants_more(self) -> bool:
        return self.measured < self._total

    def _has_warmed_up(self) -> bool:
        """Say whether measuring may begin; at the cap it begins all the same and the trial counts as unsteady."""
        rule = self.case.warm_up
        spent = self.rows[-1].finished_ns - self.rows[0].started_ns
        if spent >= ns_from_s(rule.cap_s):
            self.is_steady = False
            return True
        if len(self.rows) + self._admitting.passed < self._least or spent < ns_from_s(rule.seconds):
            return False
        if self._is_inside_a_block():
            return False
        kind = self.rows[-1].tick.slot.kind
        return is_settled([row.finished_ns - row.started_ns for row in self.rows if row.tick.slot.kind == kind], rule)

    def _is_inside_a_block(self) -> bool:
        """Say whether the next window continues the last one's block: measuring begins with a whole one."""
        windows = self.case.blocks.windows
        return windows is not None and len(self.rows) % windows != 0

    def recording(self) -> Recording:
        """Return all that was recorded so far; a window still in work counts as unanswered."""
        unanswered = [
            Row(tick=tick, is_warm_up=not self.is_warm, is_evicted=self._is_gone(tick)) for tick in self.pending
        ]
        rows = [*self.rows, *self.dropped, *self.lost, *unanswered]
        return Recording(
            **series_of(rows, has_sessions=self.case.sessions.is_many, has_turns=self.case.turns is not None),
            window_ms=self.case.window_ms,
            deadline_ms=self.case.deadline_ms,
            is_open_loop=find_member("scenarios", self.case.scenario).ARRIVAL != "closed",
            sample_rate_hz=self.sizes.audio.sample_rate_hz,
            delay_samples=0 if self.case.backend in NO_ANSWERS else self.sizes.audio.delay_samples,
            ended_ns=now_ns() if self.ended_ns is None else self.ended_ns,
            memory=tuple(self.memory),
            phases=self._start(),
            collections=tuple(self.collections),
            audits=self.audits,
            faults=() if self.injection is None else self.injection.notes(),
        )

    def _start(self) -> tuple[Phase, ...]:
        """Return how the trial began, the first answer too if there was one."""
        if not self.rows:
            return self.phases
        first = self.rows[0]
        return (*self.phases, Phase(name=FIRST_ANSWER, start_ns=first.started_ns, end_ns=first.finished_ns))
