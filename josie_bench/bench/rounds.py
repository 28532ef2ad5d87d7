"""The rounds of cases: their order, their recordings as one, and how a case of several trials ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from josie_bench.bench.supervise import TrialOutcome
from josie_bench.metrics import scores
from josie_bench.statistics.order_statistics import quantile
from josie_bench.statistics.percentiles import percentile_scores
from josie_bench.statistics.series import as_ms, component_ns, compute_ns
from josie_bench.terms.recording import Ints, Recording, Spans
from josie_bench.terms.result import RoundResult
from josie_bench.terms.score import Score
from josie_bench.terms.telemetry import joined as joined_telemetry
from josie_bench.terms.telemetry import of_round

SM_CLOCK = "sm_clock.p50"  # MHz
NOT_RUN = "not run: the run was stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A trial of a case that has several.

    Attributes:
        index: 0-based.
        started: ISO 8601 in UTC.
    """

    index: int
    started: str
    outcome: TrialOutcome

    @property
    def recording(self) -> Recording | None:
        """What was recorded, or None where that is not a single window."""
        recording = self.outcome.recording
        return None if recording is None or not len(recording.window) else recording


def interleaved(counts: Sequence[int], seed: int) -> Iterator[tuple[int, int]]:
    """Yield (round, case): each round has every case once, in an order of its own.

    Args:
        counts: how many rounds each case has.
        seed: of the orders.
    """
    for index in range(max(counts, default=0)):
        for place in np.random.default_rng([seed, index]).permutation(len(counts)).tolist():
            if index < counts[place]:
                yield index, place


def ends_case(outcome: TrialOutcome) -> bool:
    """Return whether no further round follows: one that did not settle has been driven to its end, others were not."""
    return outcome.status not in ("OK", "UNSTEADY")


def joined(rounds: Sequence[Round], count: int, *, is_stopped: bool) -> TrialOutcome:
    """Return how a case of `count` rounds ended, with all that was recorded.

    Args:
        rounds: those that were begun, in order.
        count: how many there were to be.
        is_stopped: whether the run was stopped before its end.
    """
    whole = sum(round_.outcome.status == "OK" for round_ in rounds)
    bad = [round_ for round_ in rounds if round_.outcome.status != "OK"]
    worst = next((round_ for round_ in bad if ends_case(round_.outcome)), bad[0] if bad else None)
    status, reason = "OK", None
    if worst is not None:
        status = worst.outcome.status
        reason = f"round {worst.index + 1} of {count}: {worst.outcome.reason}; {whole} of {count} rounds are whole"
    elif len(rounds) < count and is_stopped:
        status = "INTERRUPTED"
        reason = f"{whole} of {count} rounds are whole: the run was stopped" if rounds else NOT_RUN
    return TrialOutcome(
        status=status,
        reason=reason,
        recording=pooled({round_.index: round_.recording for round_ in rounds if round_.recording is not None}),
        files=tuple({file["sha256"]: file for round_ in rounds for file in round_.outcome.files}.values()),
    )


def pooled(rounds: Mapping[int, Recording]) -> Recording | None:
    """Return the recordings of a case's rounds as one, by their index and in its order; None where there is none.

    The windows of later rounds are numbered on, so that an index stands for one window.
    """
    if not rounds:
        return None
    parts = [_numbered_on(rounds[index], index, *firsts) for index, *firsts in _firsts(rounds)]
    last = parts[-1]
    rows: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in last.per_window()}
    calls = {name.name: np.concatenate([getattr(part.spans, name.name) for part in parts]) for name in fields(Spans)}
    numbers: Ints = np.repeat(sorted(rounds), [len(part.window) for part in parts])
    return replace(
        last,
        **rows,
        spans=Spans(**calls),
        memory=tuple(reading for part in parts for reading in part.memory),
        phases=tuple(phase for part in parts for phase in part.phases),
        collections=tuple(collection for part in parts for collection in part.collections),
        audits=tuple(audit for part in parts for audit in part.audits),
        faults=tuple(note for part in parts for note in part.faults),
        telemetry=joined_telemetry([part.telemetry for part in parts if part.telemetry is not None]),
        round=numbers if numbers.any() else None,
        round_ended_ns=tuple(part.ended_ns for part in parts) if numbers.any() else (),
    )


def _firsts(rounds: Mapping[int, Recording]) -> Iterator[tuple[int, int, int, int]]:
    """Yield the index of each round, and of its first window, block and session among those of all."""
    first = block = session = 0
    for index in sorted(rounds):
        yield index, first, block, session
        first += int(rounds[index].window.max()) + 1
        block += int(rounds[index].block.max()) + 1
        session += int(rounds[index].conversation_of_each().max()) + 1


def _numbered_on(recording: Recording, index: int, first: int, block: int, session: int) -> Recording:
    return replace(
        recording,
        window=recording.window + first,
        block=recording.block + block,
        session=None if recording.session is None else recording.session + session,
        spans=replace(recording.spans, window=recording.spans.window + first),
        memory=tuple(replace(reading, round=index) for reading in recording.memory),
        phases=tuple(replace(phase, round=index) for phase in recording.phases),
        collections=tuple(replace(collection, round=index) for collection in recording.collections),
        audits=tuple(
            replace(audit, round=index, mismatched=tuple(window + first for window in audit.mismatched))
            for audit in recording.audits
        ),
        faults=tuple(
            replace(note, round=index, first=None if note.first is None else note.first + first)
            for note in recording.faults
        ),
        telemetry=None if recording.telemetry is None else of_round(recording.telemetry, index),
    )


def round_result(round_: Round, components: Sequence[str]) -> RoundResult:
    """Return the figures of one round; a component that was never called has none."""
    recording = round_.recording
    compute = np.zeros(0) if recording is None else compute_ns(recording)
    busy = {} if recording is None or not len(compute) else component_ns(recording, components)
    sessions = None if recording is None else recording.sessions_of(recording.answered())
    whole = _median_score(compute, sessions)
    parts = {name: _median_score(took, sessions) for name, took in busy.items() if took.any()}
    return RoundResult(
        index=round_.index,
        status=round_.outcome.status,
        reason=round_.outcome.reason,
        started=round_.started,
        windows_measured=0 if recording is None else int(recording.measured().sum()),
        compute_p50_ms=quantile(as_ms(compute), 0.5) if len(compute) else None,
        component_p50_ms={name: quantile(as_ms(busy[name]), 0.5) for name in parts},
        values={} if recording is None else _values(recording),
        windows_answered=len(compute),
        compute_p50_n_eff=whole.n_eff,
        compute_p50_ci=whole.interval,
        component_p50_n_eff={name: part.n_eff for name, part in parts.items() if part.n_eff is not None},
        component_p50_ci={name: part.interval for name, part in parts.items() if part.interval is not None},
    )


def _median_score(took_ns: NDArray[Any], sessions: Ints | None) -> Score:
    return percentile_scores(as_ms(took_ns), (50.0,), sessions=sessions)["p50"]


def _values(recording: Recording) -> dict[str, float]:
    found = {key: score.block for key, score in scores(recording).items() if score.block is not None}
    clock = _sm_clock_mhz(recording)
    return found if clock is None else found | {SM_CLOCK: clock}


def _sm_clock_mhz(recording: Recording) -> float | None:
    """Return the median clock of the trial's GPUs while windows were measured; None where nobody read one."""
    told = recording.telemetry
    if told is None or not recording.measured().any():
        return None
    begin_ns = int(recording.scheduled_ns[recording.measured()].min())
    series = [told.series(gpu, "sm_clock") for gpu in told.gpus()]
    inside = [values[(at >= begin_ns) & (at <= recording.ended_ns)] for at, values in series]
    clocks = np.concatenate([*inside, np.zeros(0)])
    return quantile(clocks, 0.5) if len(clocks) else None
