"""A recording: the raw series of a case. Everything reported is computed from it; nothing in it is a summary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from josie_bench.terms.fault import FaultNote
from josie_bench.terms.judged import Judged
from josie_bench.terms.parity import Parity
from josie_bench.terms.telemetry import Telemetry
from josie_bench.terms.timebase import ms_of_samples

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
NO_INTS: Ints = np.zeros(0, dtype=np.int64)
NO_WORDS: NDArray[np.str_] = np.zeros(0, dtype=np.str_)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """When each component ran: one row per call, host monotonic nanoseconds, and one for each time a GPU was at work.

    Attributes:
        window: `[calls]` index of the window it ran for.
        component: `[calls]` the component's name; `prepare` for the step's own work, `copies` for what was moved to a
            GPU or back.
        start_ns, end_ns: `[calls]`.
        is_on_gpu: `[calls]` whether it is told of the GPU, and not of the host that asked for it.
        error_ns: `[calls]` how much earlier or later both instants may have been; 0 of the host's own.
    """

    window: Ints
    component: NDArray[np.str_]
    start_ns: Ints
    end_ns: Ints
    is_on_gpu: Bools
    error_ns: Ints

    def at_work(self) -> Bools:
        """Return `[calls]` which rows say when a component was at work: the GPU's own, of all that it told of.

        The host may go on while a GPU works, and what it waits for then is not what it asked for last.
        """
        told = np.unique(self.component[self.is_on_gpu])
        return self.is_on_gpu | ~np.isin(self.component, told)


def host_spans(
    window: Ints = NO_INTS, component: NDArray[np.str_] = NO_WORDS, start_ns: Ints = NO_INTS, end_ns: Ints = NO_INTS
) -> Spans:
    """Return spans, or none, of which no GPU told any: all that recordings before schema 1.6 have."""
    return Spans(
        window=window,
        component=component,
        start_ns=start_ns,
        end_ns=end_ns,
        is_on_gpu=np.zeros(len(window), dtype=np.bool_),
        error_ns=np.zeros(len(window), dtype=np.int64),
    )


LOADED, WARM = "loaded", "warm"
EDGES = ("start", "imported", LOADED, WARM, "end")
# What the memory model says will be held, beside what was: by the process, or of a GPU's memory.
PREDICTED, PREDICTED_VRAM = "predicted", "predicted_vram"
# Sizes on GPUs; behind the first three stands which, `vram_used.gpu0`.
VRAM_PROCESS, VRAM_USED, VRAM_FREE = "vram_process", "vram_used", "vram_free"
CUDA_RESERVED, CUDA_ALLOCATED = "cuda_reserved", "cuda_allocated"  # by PyTorch, on all of them
# What an engine's contexts compute in, as TensorRT says it, and what the GPU had less free when they had been made.
TENSORRT_SCRATCH, TENSORRT_CONTEXTS = "tensorrt_scratch", "tensorrt_contexts"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryReading:
    """One named size at one phase edge of one round.

    Attributes:
        phase: one of `EDGES`; `loaded.NAME` when the component of that name was loaded; `warm.NAME` for what its calls
            added until the trial was warm; `predicted` for a term of the memory model, by its key, and
            `predicted_vram` for one on a GPU.
        name: of the size; `predicted.TERM` for what is predicted to appear at a phase.
    """

    phase: str
    name: str
    byte_count: int
    round: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A stretch of the trial's start, host monotonic nanoseconds: `IDLE`, or one of `COLD_PHASES`."""

    name: str
    start_ns: int
    end_ns: int
    round: int = 0


IDLE = "idle"  # the phase in which everything is loaded and nothing comes, where a case asks for one
# From the process's start to the first answer, in order. Loading media is the harness's own, the others the system's.
PROCESS, MEDIA, LIBRARIES, ENGINES, FIRST_ANSWER = "process", "media", "libraries", "engines", "first answer"
COLD_PHASES = (PROCESS, MEDIA, LIBRARIES, ENGINES, FIRST_ANSWER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A run of Python's garbage collector in the trial's process, host monotonic nanoseconds."""

    start_ns: int
    end_ns: int
    round: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """Timed answers held against the same windows answered again, untimed, from the session's start.

    Attributes:
        checked: how many measured windows were answered again.
        mismatched: indices of those whose answer was another.
        reason: why nothing was checked, or why fewer windows than were asked for; else None.
    """

    checked: int
    mismatched: tuple[int, ...] = ()
    reason: str | None = None
    round: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """The raw series of one trial, one row per window in order of arrival.

    All instants are nanoseconds of one monotonic host clock. Event names follow docs/metrics.md.

    Attributes:
        is_open_loop: False for the closed-loop `compute` scenario, where `scheduled_ns` equals `started_ns`.
        window: `[windows]` 0-based index.
        hop_ns: `[windows]` how long its hop was.
        block: `[windows]` index of the block it belongs to.
        content: `[windows]` what it held, one of `terms.schedule.CONTENTS`.
        is_warm_up: `[windows]` rows before measuring began; kept, never scored except as cold figures.
        scheduled_ns: `[windows]` a_k, when the window's last sample exists, from the schedule alone.
        handed_ns: `[windows]` d_k, when the pacer handed it over.
        started_ns: `[windows]` q_k, when work on it began; 0 where `is_answered` is False.
        finished_ns: `[windows]` e_k, when its last output byte was readable; 0 where `is_answered` is False.
        is_answered: `[windows]` False for windows that got no answer before the trial ended (censored).
        audio_samples: `[windows]` samples of speech that came out; 0 while the model is silent.
        text_tokens: `[windows]` text tokens that came out, silence and padding not counted.
        vision_tokens: `[windows]` vision tokens that went in.
        modalities: `[windows]` names of what was present, joined by `+`.
        ended_ns: when the trial ended.
        sample_rate_hz: of the audio that came out.
        phases: of the trial's start; empty where nobody watched it.
        round: `[windows]` 0-based index of the round whose trial each belongs to; None where there is one trial. The
            windows of later rounds are numbered on from those before, so an index stands for one window.
        round_ended_ns: when the trial of each round ended, in order; empty where there is one trial.
        major_faults: `[windows]` pages that this process had to read from a disk, from the end of the window before to
            the end of this one; None where that was not counted.
        preemptions: `[windows]` how often a thread of it was made to leave its core, likewise.
        dropped: `[windows]` names of what was lost on the way or is not there yet, joined by `+`; None where nobody
            noted it.
        is_valid: `[windows]` whether the answer can be heard and read; True where there was none, None where nobody
            looked.
        turn_tokens: `[windows]` of the text tokens, those that begin or end a turn; None where that was not counted.
        repeated_tokens, repeated_samples: `[windows]` of text tokens and speech, those that end four tokens or codes
            which the conversation brought out within 10 s before too; None where nobody looked.
        answers: `[windows]` digest of each answer; empty text where there was none.
        collections: of garbage, while the trial ran.
        audits: one of each round.
        faults: what came about of each that the case injects, round by round.
        telemetry: what was read of the machine meanwhile; None where nobody watched.
        session: `[windows]` 0-based number of the session each is of, in the order in which they came; None where there
            is one. What takes its place when it leaves is another; those of later rounds are numbered on.
        is_shed: `[windows]` whether it was dropped because it was late before its turn; None where that cannot be.
        is_evicted: `[windows]` whether its session had been sent away before its turn; None likewise.
        turn_ns: `[windows]` when the user's turn began that came with it, from the schedule; 0 where none did, None
            where turns have no instants of their own.
        parity: of a comparison with the reference, which has no windows; None where windows were timed.
        judged: items of a corpus and what judges made of them, where nothing was timed; else None.
        delay_samples: how far behind the begin of its sound speech lies: what the decoder is late.
        is_virtual: whether nothing ran: the instants come from a schedule and a law of service times.
    """

    window_ms: float
    deadline_ms: float
    is_open_loop: bool
    sample_rate_hz: int
    window: Ints
    hop_ns: Ints
    block: Ints
    content: NDArray[np.str_]
    is_warm_up: Bools
    scheduled_ns: Ints
    handed_ns: Ints
    started_ns: Ints
    finished_ns: Ints
    is_answered: Bools
    audio_samples: Ints
    text_tokens: Ints
    vision_tokens: Ints
    modalities: NDArray[np.str_]
    ended_ns: int
    spans: Spans
    memory: tuple[MemoryReading, ...] = field(default=())
    phases: tuple[Phase, ...] = ()
    parity: Parity | None = None
    judged: Judged | None = None
    round: Ints | None = None
    is_virtual: bool = False
    delay_samples: int = 0
    round_ended_ns: tuple[int, ...] = ()
    major_faults: Ints | None = None
    preemptions: Ints | None = None
    dropped: NDArray[np.str_] | None = None
    is_valid: Bools | None = None
    turn_tokens: Ints | None = None
    repeated_tokens: Ints | None = None
    repeated_samples: Ints | None = None
    answers: NDArray[np.str_] | None = None
    collections: tuple[Collection, ...] = ()
    audits: tuple[Audit, ...] = ()
    faults: tuple[FaultNote, ...] = ()
    telemetry: Telemetry | None = None
    session: Ints | None = None
    is_shed: Bools | None = None
    is_evicted: Bools | None = None
    turn_ns: Ints | None = None

    @property
    def is_untimed(self) -> bool:
        """Whether it holds a comparison or what was judged, and no window."""
        return self.parity is not None or self.judged is not None

    @property
    def delay_ms(self) -> float:
        """How far behind the begin of its sound speech lies."""
        return ms_of_samples(self.delay_samples, self.sample_rate_hz)

    def is_cut(self) -> bool:
        """Return whether a trial of it had several blocks; each round numbers at least one of its own."""
        rounds = 1 if self.round is None else len(np.unique(self.round))
        return len(np.unique(self.block)) > rounds

    def is_patchy(self) -> bool:
        """Return whether something was lost on the way in a measured window."""
        return self.dropped is not None and bool((self.dropped[self.measured()] != "").any())

    def measured(self) -> Bools:
        """Return `[windows]` which rows count: those after warm-up."""
        return ~self.is_warm_up

    def answered(self) -> Bools:
        """Return `[windows]` which rows count and got an answer."""
        return ~self.is_warm_up & self.is_answered

    def runs(self, rows: Bools | NDArray[np.intp]) -> Ints | None:
        """Return which round each of `rows` belongs to; None where there is one trial."""
        return None if self.round is None else self.round[rows]

    def measured_stretch(self) -> tuple[int, int] | None:
        """Return when the first measured window closed and the last one left; None where there is none. Of one round.

        A window leaves with its answer; one without is taken to leave as it came.
        """
        rows = self.measured()
        if not rows.any():
            return None
        left = np.where(self.is_answered, self.finished_ns, self.scheduled_ns)[rows]
        return int(self.scheduled_ns[rows].min()), int(left.max())

    def ended_of_each(self) -> Ints:
        """Return `[windows]` when the trial ended that each belongs to."""
        numbers, place = np.unique(self.round_of_each(), return_inverse=True)
        ended: Ints = np.array(self.round_ended_ns or (self.ended_ns,) * len(numbers), dtype=np.int64)[place]
        return ended

    def round_of_each(self) -> Ints:
        """Return `[windows]` which round each belongs to; 0 where there is one trial."""
        return np.zeros(len(self.window), dtype=np.int64) if self.round is None else self.round

    def conversation_of_each(self) -> Ints:
        """Return `[windows]` which conversation each is of: its session, or where there is one at a time its round."""
        return self.round_of_each() if self.session is None else self.session

    def sessions_of(self, rows: Bools | NDArray[np.intp]) -> Ints | None:
        """Return which session each of `rows` is of; None where there is one at a time."""
        return None if self.session is None else self.session[rows]

    def conversations(self, rows: Bools | NDArray[np.intp]) -> Ints | None:
        """Return which conversation each of `rows` is of; None where there is one."""
        return self.runs(rows) if self.session is None else self.session[rows]

    def by_conversation_order(self) -> NDArray[np.intp]:
        """Return all rows, those of one conversation behind each other in order of arrival."""
        return np.argsort(self.conversation_of_each(), kind="stable")

    def first_rows(self) -> NDArray[np.intp]:
        """Return the row at which each round's trial begins, `[rounds]`."""
        return np.unique(self.round_of_each(), return_index=True)[1]

    def per_window(self) -> list[str]:
        """Return the names of its series of one value a window."""
        return [field.name for field in fields(self) if isinstance(getattr(self, field.name), np.ndarray)]

    def by_round(self) -> list[Recording]:
        """Return the windows of each round as a recording of their own, in order; one trial is returned as it is.

        What follows from one window to the next, such as a queue or a talk-spurt, ends with the round's process.
        """
        if self.round is None:
            return [self]
        numbers = np.unique(self.round).tolist()
        ends = self.round_ended_ns or (self.ended_ns,) * len(numbers)
        return [self._of_round(number, ended_ns) for number, ended_ns in zip(numbers, ends, strict=True)]

    def _of_round(self, number: int, ended_ns: int) -> Recording:
        assert self.round is not None
        rows = self.round == number
        calls = np.isin(self.spans.window, self.window[rows])
        spans = {name.name: getattr(self.spans, name.name)[calls] for name in fields(Spans)}
        own: dict[str, Any] = {name: getattr(self, name)[rows] for name in self.per_window()}
        own |= {name: tuple(note for note in getattr(self, name) if note.round == number) for name in NOTES}
        own |= {"spans": Spans(**spans), "ended_ns": ended_ns, "round": None, "round_ended_ns": ()}
        own["telemetry"] = None if self.telemetry is None else self.telemetry.beside(number)
        return replace(self, **own)


NOTES: dict[str, Any] = {
    "memory": MemoryReading,
    "phases": Phase,
    "collections": Collection,
    "audits": Audit,
    "faults": FaultNote,
}


def notes_to_json(recording: Recording) -> dict[str, list[dict[str, Any]]]:
    """Return what a recording holds beside its series, as JSON can hold it."""
    return {name: [asdict(note) for note in getattr(recording, name)] for name in NOTES}


def notes_from_json(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `notes_to_json` wrote, of `data` that may hold more; what older versions did not write is empty."""
    return {name: tuple(kind(**_listless(note)) for note in data.get(name, ())) for name, kind in NOTES.items()}


def _listless(note: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in note.items()}


def untimed(
    *,
    sample_rate_hz: int,
    window_ms: float,
    memory: Iterable[MemoryReading] = (),
    parity: Parity | None = None,
    judged: Judged | None = None,
) -> Recording:
    """Return a comparison, or what was judged, as a recording without windows."""
    nothing, names = NO_INTS, NO_WORDS
    return Recording(
        window_ms=window_ms,
        deadline_ms=window_ms,
        is_open_loop=False,
        sample_rate_hz=sample_rate_hz,
        window=nothing,
        hop_ns=nothing,
        block=nothing,
        content=names,
        is_warm_up=nothing.astype(np.bool_),
        scheduled_ns=nothing,
        handed_ns=nothing,
        started_ns=nothing,
        finished_ns=nothing,
        is_answered=nothing.astype(np.bool_),
        audio_samples=nothing,
        text_tokens=nothing,
        vision_tokens=nothing,
        modalities=names,
        ended_ns=0,
        spans=host_spans(),
        memory=tuple(memory),
        parity=parity,
        judged=judged,
    )
