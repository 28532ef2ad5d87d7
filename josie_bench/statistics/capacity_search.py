"""The search for the most sessions that hold: doubling, then bisection, then both edges again.

A verdict on one level is a test that errs, and a neighbour on the machine can spoil a trial. So a level that the answer
rests on is looked at again, in a fresh process with phases drawn anew, until two of at most three verdicts agree: one
wrong verdict, on whatever level, moves the answer neither way (hysteresis). A trial that memory or time did not suffice
for is the exception: it settles its level. If a level misses its target in truth, a single trial still passes it in 5 %
of the cases, and two of three in 0.7 %.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from josie_bench.statistics.deadlines import excess_ns
from josie_bench.statistics.proportion import ratio_score
from josie_bench.terms.capacity import HELD, MISSED, MOST_AT_A_LEVEL, OPEN, SETTLED, WEIGHTS, Probe, Search
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score

ONE_SIDED_LEVEL = 0.95
ONE_SIDED = 2 * ONE_SIDED_LEVEL - 1.0  # of the two-sided interval whose upper side is that bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Where a search stands.

    Attributes:
        sessions: how many to try next; None where it is over.
        held: the most that held; 0 where none did, or nothing is known yet.
        reason: why it is over; None where it is not.
        is_settled: whether it is over because the answer is known.
        is_open: whether one more was neither shown to hold nor to be too many: the answer is the least there may be.
    """

    sessions: int | None
    held: int
    reason: str | None = None
    is_settled: bool = False
    is_open: bool = False


def next_turn(search: Search, probes: Sequence[Probe]) -> Turn:
    """Return what to try after these trials; their order does not matter."""
    scores = _scores(probes)
    missed = min((level for level, score in scores.items() if score < 0), default=None)
    below = search.most + 1 if missed is None else missed
    held = max((level for level, score in scores.items() if score > 0 and level < below), default=0)
    wanted = _wanted(search, probes, scores, held, missed)
    if wanted is None:
        is_open = held < search.most and {probe.verdict for probe in probes if probe.sessions == held + 1} == {OPEN}
        reason = _ending(search, _held_words(held, probes), held, is_open=is_open)
        return Turn(sessions=None, held=held, reason=reason, is_settled=held > 0 or not is_open, is_open=is_open)
    if len(probes) >= search.probes:
        so_far = f"{held} held so far" if held else "no number held so far"
        reason = (
            f"all {search.probes} trials that it may take are used up; {so_far}, and more would be needed to be sure"
        )
        return Turn(sessions=None, held=held, reason=reason)
    return Turn(sessions=wanted, held=held)


def _scores(probes: Sequence[Probe]) -> dict[int, int]:
    """Return how the verdicts on each level add up."""
    return {
        level: sum(WEIGHTS[probe.verdict] for probe in probes if probe.sessions == level)
        for level in sorted({probe.sessions for probe in probes})
    }


def _wanted(
    search: Search, probes: Sequence[Probe], scores: dict[int, int], held: int, missed: int | None
) -> int | None:
    """Return the level to try next; None where the answer is settled."""
    tied = [level for level, score in scores.items() if score == 0]
    if tied:
        return tied[0]
    if not scores:
        return min(search.first, search.most)
    if missed is None and held < search.most:
        return min(2 * held, search.most)
    if missed is not None and missed - held > 1:
        return (held + missed) // 2
    edges = [level for level in (held, missed) if level]
    return next((level for level in edges if not _is_settled(level, probes, scores)), None)


def _is_settled(level: int, probes: Sequence[Probe], scores: dict[int, int]) -> bool:
    count = sum(probe.sessions == level for probe in probes)
    return abs(scores[level]) >= SETTLED or count >= MOST_AT_A_LEVEL


def _held_words(held: int, probes: Sequence[Probe]) -> str:
    """Return how many sessions hold, and that one of three trials said otherwise where it did."""
    is_doubted = {probe.verdict for probe in probes if probe.sessions == held} - {HELD}
    hold = "1 session holds" if held == 1 else f"{held} sessions hold"
    return f"{hold} in two of three trials" if is_doubted else hold


def _ending(search: Search, hold: str, held: int, *, is_open: bool) -> str:
    if held == search.most:
        return f"{hold}, and no more were to be tried"
    if is_open:
        both = f"{hold}, and {held + 1} were" if held else "one session was"
        return f"{both} neither shown to hold nor to be too many: raise windows to know"
    return f"{hold} and {held + 1} do not" if held else "not even one session holds"


def miss_ratio(recording: Recording) -> Score:
    """Return the deadline miss ratio of all sessions with the interval whose upper side is its 95 % bound."""
    excess, rows = excess_ns(recording)["budget"], recording.measured()
    runs, sessions = recording.runs(rows), recording.sessions_of(rows)
    return ratio_score(excess > 0.0, excess, ONE_SIDED, runs=runs, sessions=sessions)


def least_windows(target: float) -> int:
    """Return with how many windows one session can show a miss ratio below the target: twice the independent ones.

    Without a miss, n independent windows bound the ratio by 1 − 0.05^(1/n); windows that are alike are worth fewer.

    >>> least_windows(0.05)
    118
    """
    return 2 * math.ceil(math.log(1.0 - ONE_SIDED_LEVEL) / math.log1p(-target))


def verdict_of(score: Score, target: float) -> str:
    """Return whether a miss ratio is surely below its target, surely above, or neither."""
    if score.interval is None or score.interval.high is None or score.interval.low is None:
        return OPEN
    if score.interval.high < target:
        return HELD
    return MISSED if score.interval.low > target else OPEN
