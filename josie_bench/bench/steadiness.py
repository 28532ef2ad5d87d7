"""Whether a case holds one level: each kind of window by itself, in each round by itself.

Windows of another length, other content or other modalities take another time, and so do those in which the model
speaks; where these alternate, that is the conversation and not the machine. Response latency is judged, as that is
what a listener hears, less the pacer's own lateness, which is the bench's and has a status of its own. Where windows
come faster than they are worked off it can hold no level, so compute time is judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from josie_bench.statistics.series import as_ms
from josie_bench.statistics.steady import FEWEST_WINDOWS, Floats, Steadiness, steadiness
from josie_bench.terms.recording import Ints, Recording
from josie_bench.terms.result import CaseResult, RegimeRow
from josie_bench.terms.timebase import ms_from_ns

NOTHING = "nothing arrives"  # in windows without any modality
FLOOR_OF_HOP = 0.005  # no change below counts: of 300 ms, 1.5 ms


@dataclass(frozen=True, slots=True, kw_only=True)
class _Series:
    """The windows of one kind in one round, in order."""

    round: int
    kind: str
    window: Ints
    values_ms: Floats
    hop_ms: float


def with_steadiness(result: CaseResult, recording: Recording) -> CaseResult:
    """Return the result with the levels found; `UNSTEADY`, and which windows, where an `OK` one has no single level."""
    if not recording.measured().any():
        return result
    why_compute, every = _why_compute(recording), list(_series(recording))
    long = [series for series in every if len(series.window) >= FEWEST_WINDOWS]
    notes = [f"{why_compute}: compute time is held against one level"] if why_compute else []
    if not long:
        most = max((len(series.window) for series in every), default=0)
        notes.append(f"too short to tell whether it holds one level: {most} windows of a kind, {FEWEST_WINDOWS} can")
    rows, reasons = [], []
    for series in long:
        found = steadiness(series.values_ms, floor=FLOOR_OF_HOP * series.hop_ms, tests=len(long))
        assert found is not None, "the series is long enough"
        rows += _rows(series, found)
        if not found.is_steady:
            reasons.append(_where(series, recording, every) + _words(series, found))
    is_unsteady = result.status == "OK" and bool(reasons)
    return replace(
        result,
        status="UNSTEADY" if is_unsteady else result.status,
        reason="; ".join(reasons) if is_unsteady else result.reason,
        notes=[*result.notes, *notes],
        regimes=rows,
    )


def _why_compute(recording: Recording) -> str:
    """Return why responses of an open loop have no level of their own; nothing where they have, or there are none."""
    if not recording.is_open_loop:
        return ""
    if recording.session is not None:
        return "how long a response takes goes by how many sessions wait"
    rows = recording.answered()
    busy_ns = (recording.finished_ns - recording.started_ns)[rows].sum()
    return "" if busy_ns < recording.hop_ns[rows].sum() else "windows come faster than they are worked off"


def _series(recording: Recording) -> Iterator[_Series]:
    is_response = recording.is_open_loop and not _why_compute(recording)
    rows = np.flatnonzero(recording.measured() if is_response else recording.answered())
    begins = recording.handed_ns if is_response else recording.started_ns
    took = np.where(recording.is_answered, as_ms(recording.finished_ns - begins), np.inf)
    rounds = recording.round_of_each()
    kinds = [(int(rounds[row]), int(recording.hop_ns[row]), _kind(recording, int(row))) for row in rows]
    for key in dict.fromkeys(kinds):
        own = rows[[kind == key for kind in kinds]]
        index, hop_ns, kind = key
        yield _Series(
            round=index, kind=kind, window=recording.window[own], values_ms=took[own], hop_ms=ms_from_ns(hop_ns)
        )


def _kind(recording: Recording, row: int) -> str:
    spoken = "speaking" if recording.audio_samples[row] > 0 else "silent"
    hop_ms = ms_from_ns(int(recording.hop_ns[row]))
    return f"{hop_ms:g} ms, {recording.content[row]}, {recording.modalities[row] or NOTHING}, {spoken}"


def _rows(series: _Series, found: Steadiness) -> list[RegimeRow]:
    return [
        RegimeRow(
            round=series.round,
            kind=series.kind,
            first=int(series.window[regime.first]),
            last=int(series.window[regime.last]),
            level_ms=regime.level if np.isfinite(regime.level) else None,
        )
        for regime in found.regimes
    ]


def _where(series: _Series, recording: Recording, every: list[_Series]) -> str:
    where = [] if recording.round is None else [f"round {series.round + 1}"]
    where += [f"windows of {series.kind}"] if len({other.kind for other in every}) > 1 else []
    return f"{', '.join(where)}: " if where else ""


def _words(series: _Series, found: Steadiness) -> str:
    if len(found.regimes) > 1:
        levels = [f"{_level(row.level_ms)} in windows {row.first} to {row.last}" for row in _rows(series, found)]
        words = f"the level changes: {', '.join(levels)}"
    else:
        words = f"a trend of {found.drift:+.3g} ms from window {series.window[0]} to {series.window[-1]}"
    if found.settles:
        return words
    return f"{words}; it never settled: MSER-5 cuts {found.cut} of {found.n} windows"


def _level(level_ms: float | None) -> str:
    return "no answer" if level_ms is None else f"{level_ms:.3g} ms"
