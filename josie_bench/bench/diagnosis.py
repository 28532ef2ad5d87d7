"""What the shape of a case's times says, in words, with the numbers it rests on and what to do next."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from josie_bench.statistics.causes import causes
from josie_bench.statistics.shape import RAMP_LEVEL, Comb, Ramp, TwoLevels, comb, ramp, two_levels
from josie_bench.terms.recording import Bools, Recording
from josie_bench.terms.timebase import ms_from_ns, ns_from_ms, s_from_ms
from josie_bench.terms.validity import Diagnosis

TWO_LEVELS, RAMP, COMB = "JB-SHAPE-001", "JB-SHAPE-002", "JB-SHAPE-003"
LEAST_NS = ns_from_ms(0.1)  # what is smaller is the harness's own, and nobody waits for it
AGREEMENT = 0.9  # of the windows: then what divides them explains the two levels
SPEECH = "speaking and silent windows"


def diagnose(recording: Recording) -> list[Diagnosis]:
    """Return what the shape of compute time says, and of the response where compute time does not say the same.

    Windows of one length and content are looked at, of one round: the commonest and the longest. Blocks and rounds
    have levels of their own that nobody needs to be told of.
    """
    rows = _alike(recording)
    compute = (recording.finished_ns - recording.started_ns)[rows]
    found = list(_shapes("compute time", compute, rows, recording))
    if recording.is_open_loop and recording.session is None:  # among several, a response is mostly others' work
        known = {one.code for one in found}
        response = (recording.finished_ns - recording.scheduled_ns)[rows]
        found += [one for one in _shapes("response", response, rows, recording) if one.code not in known]
    return found


def _alike(recording: Recording) -> NDArray[np.intp]:
    """Return the rows that were measured and answered, of the commonest hop, content and round."""
    rows = np.flatnonzero(recording.answered())
    for of in (recording.hop_ns, recording.content, recording.round_of_each()):
        values, counts = np.unique(of[rows], return_counts=True)
        if len(values) > 1:
            rows = rows[of[rows] == values[np.argmax(counts)]]
    return rows


def _shapes(name: str, took_ns: NDArray[np.int64], rows: NDArray[np.intp], recording: Recording) -> Iterator[Diagnosis]:
    values = np.maximum(took_ns, 1).astype(np.float64)
    middle = float(np.median(values)) if len(values) else 0.0
    if (levels := two_levels(values)) is not None and levels.high - levels.low > LEAST_NS:
        yield _of_levels(name, levels, values > levels.split, rows, recording)
    if (slope := ramp(values)) is not None and abs(slope.change) > LEAST_NS:
        yield _of_ramp(name, slope, middle)
    if (spikes := comb(values)) is not None and (spikes.height - 1.0) * middle > LEAST_NS:
        yield _of_comb(name, spikes, ms_from_ns(float(np.median(recording.hop_ns[rows]))), recording)


def _of_levels(name: str, levels: TwoLevels, is_high: Bools, rows: NDArray[np.intp], recording: Recording) -> Diagnosis:
    low, high = ms_from_ns(levels.low), ms_from_ns(levels.high)
    text = f"{name} has two levels, {low:.3g} ms and {high:.3g} ms; {levels.high_share:.0%} of the windows are high"
    divides = _what_divides(is_high, rows, recording)
    if divides == SPEECH:
        step = "this is the model's own work: judge speaking and silent windows apart"
    elif divides is not None:
        step = f"the high windows are those with this cause: {divides}; remove it and measure again"
    else:
        step = "look for something that shares the machine by turns: another process, core migration, a GPU's clocks"
    return Diagnosis(
        code=TWO_LEVELS,
        text=text if divides is None else f"{text}; what divides them: {divides}",
        evidence={"low_ms": low, "high_ms": high, "high_share": levels.high_share, "chance": levels.chance},
        next=step,
    )


def _what_divides(is_high: Bools, rows: NDArray[np.intp], recording: Recording) -> str | None:
    """Return what tells the high windows from the low ones in nine of ten of both, or None."""
    flags = {SPEECH: recording.audio_samples > 0} | causes(recording)
    for what, of in flags.items():
        is_flagged = of[rows]
        if is_flagged[is_high].mean() >= AGREEMENT and (~is_flagged[~is_high]).mean() >= AGREEMENT:
            return what
    return None


def _of_ramp(name: str, slope: Ramp, median_ns: float) -> Diagnosis:
    change, low, high = (ms_from_ns(side) for side in (slope.change, slope.low, slope.high))
    words = "rises" if change > 0 else "falls"
    step = "look for state that grows with the session: a cache, a list, memory; then for clocks that sink with heat"
    if change < 0:
        step = "warm up for longer: windows, duration and cap of warm_up"
    return Diagnosis(
        code=RAMP,
        text=f"{name} {words} throughout, by {abs(change):.3g} ms from begin to end ({slope.change / median_ns:+.0%})",
        evidence={"change_ms": change, "low_ms": low, "high_ms": high, "level": RAMP_LEVEL},
        next=step,
    )


def _of_comb(name: str, spikes: Comb, hop_ms: float, recording: Recording) -> Diagnosis:
    where = f"every {spikes.period:.3g} windows"
    if recording.is_open_loop:
        where += f", about every {s_from_ms(spikes.period * hop_ms):.3g} s"
    return Diagnosis(
        code=COMB,
        text=f"slow windows come at even distances in {name}: {where}, {spikes.height:.3g} times the median",
        evidence={
            "period_windows": spikes.period,
            "spikes": float(spikes.spikes),
            "even": float(spikes.even),
            "height": spikes.height,
            "chance": spikes.chance,
        },
        next="look for what runs at that period: a timer, a collector of garbage, a log that is flushed, a cron job",
    )
