"""A case: one scenario with its settings and budgets, after the suite's matrix was expanded."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from josie_bench.terms.admission import Forecaster
from josie_bench.terms.allocation import STATIC
from josie_bench.terms.beside import Beside
from josie_bench.terms.budget import Budget
from josie_bench.terms.capacity import Search
from josie_bench.terms.conversation import Conversation
from josie_bench.terms.dropout import Dropout
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.eviction import Evictor
from josie_bench.terms.fault import Fault
from josie_bench.terms.gpu_reserve import GpuReserve
from josie_bench.terms.judged import JudgedChoice
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.schedule import Blocks, Slot, slots
from josie_bench.terms.sessions import TURN, Sessions, Timetable
from josie_bench.terms.simulated import VIRTUAL, ServiceLaw
from josie_bench.terms.timebase import ns_from_ms
from josie_bench.terms.turns import Turns


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamChoice:
    """Where the input of each modality comes from.

    Attributes:
        speech: a sound file, a folder of them, or `bundled`; None means no audio.
        video: a video file, a folder of them, or `bundled`; None means no vision.
        text: words that are typed during the conversation, one word a window in turn; None means no text.
        guests: (modality, its choice) of those that joined from other packages.
    """

    speech: str | None = "bundled"
    video: str | None = "bundled"
    text: str | None = None
    guests: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmUp:
    """When warm-up may end: not before `windows` windows of each session and `seconds`, and never after `cap_s`.

    From 20 windows on, the compute times must also have stopped trending.
    """

    windows: int = 20
    seconds: float = 5.0
    cap_s: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One scenario with its settings and budgets.

    Attributes:
        id: stable name, unique in the suite, e.g. `realtime/onnxruntime-fp32/w300`.
        sha: sha256 of all settings that decide what is measured, hex.
        is_gated: whether a budget of severity `gate`, or the outcome of a fault, hangs on this case.
        windows: measured windows of each session, warm-up not counted.
        sessions: how many there are at a time, and how they come.
        capacity: what is looked for where the most sessions are; None where their number is given.
        blocks: how the windows change in length or content, and when they pause.
        beside: what works beside the trial on purpose.
        idle_s: for how long nothing comes before the warm-up, so that what is drawn in idleness can be seen.
        temporal_patches: spatiotemporal patches of video per window; each takes two frames.
        token_budget: the most vision tokens one temporal patch may cost; None takes the preset's.
        rounds: how many times its trial is run, each in a fresh process.
        simulated: the law of backend `simulated`; None for every other.
        early_stop: whether rounds end when the gates are settled; `rounds` is then the most.
        dropout: what does not arrive, or late; None where everything does.
        judged: by what, where nothing is timed and judges look at items of a corpus; else None.
        faults: what goes wrong in it, in order, and what is expected to become of that.
        turns: in mode `turn`, how often a turn is typed; None is every so many windows.
        allocation: how its engines take memory, one of `terms.allocation`.
        gpu_memory: how much of a GPU's may be held, and what of it counts as taken before anything is measured.
        audit: share of the measured windows whose answers are checked when the trial is over; 0 checks none.
    """

    id: str
    sha: str
    scenario: str
    model: ModelChoice
    engines: EngineChoice
    window_ms: float
    hop_ms: float
    deadline_ms: float
    windows: int
    warm_up: WarmUp
    stream: StreamChoice
    modalities: tuple[str, ...]
    temporal_patches: int
    token_budget: int | None
    conversation: Conversation
    temperature: float
    threads: int
    timeout_s: float
    budgets: tuple[Budget, ...]
    blocks: Blocks = field(default_factory=Blocks)
    beside: Beside = field(default_factory=Beside)
    idle_s: float = 0.0
    rounds: int = 1
    simulated: ServiceLaw | None = None
    early_stop: bool = False
    audit: float = 0.01
    dropout: Dropout | None = None
    allocation: str = STATIC
    judged: JudgedChoice | None = None
    sessions: Sessions = field(default_factory=Sessions)
    capacity: Search | None = None
    faults: tuple[Fault, ...] = ()
    turns: Turns | None = None
    gpu_memory: GpuReserve = field(default_factory=GpuReserve)

    @property
    def preset(self) -> str:
        """Name of the model's sizes."""
        return self.model.preset

    @property
    def backend(self) -> str:
        """What runs the components that are not chosen apart."""
        return self.engines.backend

    @property
    def precision(self) -> str:
        """Of their engines."""
        return self.engines.precision

    @property
    def seed(self) -> int:
        """Of weights, schedule and draws."""
        return self.model.seed

    def slots(self) -> Iterator[Slot]:
        """Yield the places of its windows in the schedule, without end; of several sessions those of a first one."""
        places = slots(self.blocks, window_ms=self.window_ms, hop_ms=self.hop_ms)
        if self.turns is None:
            return places
        return self.turns.over(places, np.random.default_rng([self.seed, TURN, 0]))

    @property
    def shortest_hop_ns(self) -> int:
        """The least time between two closes."""
        return min(slot.hop_ns for slot in islice(self.slots(), self.blocks.cycle))

    def timetable(self, trial: int = 0) -> Timetable:
        """Return when which window of which session closes in one of its trials, 0-based."""
        return Timetable(
            sessions=self.sessions,
            blocks=self.blocks,
            window_ms=self.window_ms,
            hop_ms=self.hop_ms,
            seed=self.seed,
            shortest_hop_ns=self.shortest_hop_ns,
            trial=trial,
            turns=self.turns,
        )

    def forecaster(self) -> Forecaster | None:
        """Return what lets sessions in by a forecast, before the first has come; None where nothing is forecast."""
        said = self.sessions.admission
        if said is None:
            return None
        return Forecaster(busy=said.busy, over_ns=ns_from_ms(said.over_ms), hop_ns=self.shortest_hop_ns)

    def evictor(self) -> Evictor | None:
        """Return what sends sessions away, before the first has come; None where nobody is."""
        said = self.sessions.eviction
        if said is None:
            return None
        return Evictor(
            missed=said.missed,
            over_ns=ns_from_ms(said.over_ms),
            hop_ns=self.shortest_hop_ns,
            deadline_ns=ns_from_ms(self.deadline_ms),
        )

    @property
    def total_windows(self) -> int:
        """Measured windows of all sessions together; where places are empty for a while, as many as usually come.

        Those of sessions that a forecast refuses count as if they had been measured, so that a trial lasts as long.
        """
        return self.windows_of_all(self.windows)

    def windows_of_all(self, each: int) -> int:
        """Return how many windows of all sessions together usually come while one that stays has so many."""
        return math.ceil(each * self.sessions.usual(self.shortest_hop_ns))

    @property
    def is_virtual(self) -> bool:
        """Whether no time goes by and nothing is measured."""
        return self.simulated is not None and self.simulated.clock == VIRTUAL

    @property
    def is_gated(self) -> bool:
        """Whether a broken budget of this case, or another outcome of a fault than expected, fails the run."""
        return bool(self.faults) or any(budget.is_gate for budget in self.budgets)
