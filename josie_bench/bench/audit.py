"""The audit of timed answers: the session again from its start, untimed, and each answer held against the timed one.

What was timed must be what is computed. A shortcut under load, a race or a result that is reused shows as another
answer. Answers are compared by their digests, so nothing of them needs to be kept.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from josie_bench.probes.latency import now_ns
from josie_bench.runtime.answer import Answer
from josie_bench.terms.recording import Audit
from josie_bench.terms.timebase import ns_from_s, s_from_ns
from josie_bench.terms.window import Window

LEAST_WINDOWS = 8
LONGEST_NS = ns_from_s(20.0)
ANYWAY_NS = ns_from_s(2.0)  # a short trial is mostly its start
SHARE_OF_TRIAL = 0.2
SHARE_OF_TIME_LEFT = 0.5  # until the trial's timeout: an audit must not cost it
SPARE = 2  # how much longer than timed the windows may take before the audit ends where it is
SEED = 3  # beside the case's own, so that the draw is another than those of schedule and model
NO_ANSWERS = ("null", "simulated")  # backends that compute nothing
DIGEST_HEX = 16
OFF = "switched off: audit is 0 in the suite"


def digest(answer: Answer) -> str:
    """Return a digest of all that a window's answer holds: text, codes, silence and sound."""
    found = hashlib.sha256()
    for part in (answer.text_ids, answer.codes, answer.is_silent, answer.audio):
        found.update(np.ascontiguousarray(part).data)
    return found.hexdigest()[:DIGEST_HEX]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """A timed answer: its window's index, whether it was measured, how long it took, and its digest."""

    index: int
    is_measured: bool
    compute_ns: int
    answer: str


def limit_ns(trial_ns: int, left_ns: int) -> int:
    """Return how long an audit may take.

    Args:
        trial_ns: how long the trial took.
        left_ns: until its timeout.
    """
    wanted_ns = min(LONGEST_NS, max(ANYWAY_NS, int(trial_ns * SHARE_OF_TRIAL)))
    return max(0, min(wanted_ns, int(left_ns * SHARE_OF_TIME_LEFT)))


def last_row(rows: Sequence[Timed], share: float, most_ns: int, seed: int) -> tuple[int | None, str | None]:
    """Return the row after which the audit may end, drawn at random, and why it is none or holds too few windows.

    A session's answers hang on all that came before, so an audit begins at its start; the end is drawn from those
    rows that leave enough measured windows before them and can be reached in time.
    """
    measured = [place for place, row in enumerate(rows) if row.is_measured]
    if not measured:
        return None, "no window was measured"
    wanted = min(len(measured), max(LEAST_WINDOWS, math.ceil(share * len(measured))))
    reached = np.flatnonzero(np.cumsum([row.compute_ns for row in rows]) <= most_ns)
    last = int(reached[-1]) if len(reached) else -1
    if last < measured[0]:
        need_s, may_s = s_from_ns(sum(row.compute_ns for row in rows[: measured[0] + 1])), s_from_ns(most_ns)
        return None, f"the first measured window is {need_s:.3g} s of work into the session, an audit has {may_s:.3g} s"
    first = measured[wanted - 1]
    if last < first:
        return last, f"in {s_from_ns(most_ns):.3g} s no more than a part of the {wanted} windows asked for was reached"
    ends = [place for place in measured if first <= place <= last]
    return int(np.random.default_rng([seed, SEED]).choice(ends)), None


def audit(
    rows: Sequence[Timed], answer: Callable[[Window], Answer], cut: Callable[[int], Window], *,
    share: float, most_ns: int, seed: int,
) -> Audit:  # fmt: skip
    """Return what answering the session's beginning again gave.

    Args:
        rows: of the timed session from its first window on, without a gap.
        answer: the step, at the start of a session.
        cut: gives the window of an index.
        share: of the measured windows that is to be checked.
        most_ns: how long it may take, going by what the windows took.
        seed: of the draw of its end.
    """
    end, reason = last_row(rows, share, most_ns, seed)
    if end is None:
        return Audit(checked=0, reason=reason)
    last_ns = now_ns() + SPARE * most_ns
    checked, mismatched = 0, []
    for row in rows[: end + 1]:
        if now_ns() > last_ns:
            reason = f"stopped after {checked} windows: they took longer than twice what was timed"
            break
        found = digest(answer(cut(row.index)))
        checked += row.is_measured
        if row.is_measured and found != row.answer:
            mismatched.append(row.index)
    return Audit(checked=checked, mismatched=tuple(mismatched), reason=reason)
