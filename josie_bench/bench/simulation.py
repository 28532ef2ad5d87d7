"""A trial of backend `simulated`: a recording from schedule and law in virtual time, a step that waits in real time.

In virtual time nothing runs and nothing is measured. What comes out has the form of a measured recording and goes the
same way: scores, verdicts, reports. So that way can be held against a law whose truth is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np

from josie_bench.plugins import find_member
from josie_bench.probes.latency import now_ns, sleep_until
from josie_bench.runtime.answer import Answer
from josie_bench.runtime.step import Step
from josie_bench.terms.case import Case
from josie_bench.terms.recording import Ints, Recording, Spans
from josie_bench.terms.schedule import Slot
from josie_bench.terms.simulated import ServiceLaw
from josie_bench.terms.timebase import ns_from_ms, ns_from_s
from josie_bench.terms.window import Window

STRETCH = 65_536  # windows whose service times are drawn at once in real time, the first before the first window


def simulate(case: Case, sample_rate_hz: int, trial: int) -> Recording:
    """Return the recording of one trial in virtual time, which begins at 0.

    Args:
        case: with its law.
        sample_rate_hz: of the model's audio, of which there is none.
        trial: which of the case's trials, 0-based.
    """
    assert case.simulated is not None
    is_open_loop = find_member("scenarios", case.scenario).ARRIVAL != "closed"
    warm_up = warm_up_windows(case)
    places = list(islice(case.slots(), warm_up + case.windows))
    service = case.simulated.service_ns(len(places), case_seed=case.seed, trial=trial)
    if is_open_loop:
        scheduled = np.array([place.close_ns for place in places], dtype=np.int64) + case.phase_ns
        started, finished = first_in_first_out(scheduled, service)
    else:
        started, finished = one_after_the_other(service, _pauses_ns(places, ns_from_ms(case.blocks.pause_ms)))
        scheduled = started
    index = np.arange(len(places))
    nothing = np.zeros(len(places), dtype=np.int64)
    return Recording(
        window_ms=case.window_ms,
        deadline_ms=case.deadline_ms,
        is_open_loop=is_open_loop,
        sample_rate_hz=sample_rate_hz,
        window=index,
        hop_ns=np.array([place.hop_ns for place in places], dtype=np.int64),
        block=np.array([place.block for place in places], dtype=np.int64),
        content=np.array([place.content for place in places], dtype=np.str_),
        is_warm_up=index < warm_up,
        scheduled_ns=scheduled,
        handed_ns=scheduled,
        started_ns=started,
        finished_ns=finished,
        is_answered=np.ones(len(places), dtype=np.bool_),
        audio_samples=nothing,
        text_tokens=nothing,
        vision_tokens=nothing,
        modalities=np.full(len(places), "+".join(case.modalities)),
        ended_ns=int(finished[-1]),
        spans=Spans(window=nothing[:0], component=np.zeros(0, dtype=np.str_), start_ns=nothing[:0], end_ns=nothing[:0]),
        is_virtual=True,
    )


def warm_up_windows(case: Case) -> int:
    """Return the windows before measuring begins: those that the rule asks for at the schedule's pace, whole blocks.

    The rule's other half, that compute times have settled, has no meaning for a law.
    """
    rule, block = case.warm_up, case.blocks.windows or 1
    least = max(rule.windows, case.blocks.cycle)
    for place in case.slots():
        count = place.index + 1
        if count >= least and place.close_ns >= ns_from_s(rule.seconds) and count % block == 0:
            return count
    raise AssertionError("a schedule has no end")


def first_in_first_out(arrived: Ints, service: Ints) -> tuple[Ints, Ints]:
    """Return when one server starts and finishes each window, `[windows]` in ns, by the recursion of Lindley (1952).

    It is q_k = max(a_k, e_{k−1}), e_k = q_k + s_k.

    Unrolled, e_k = max over j ≤ k of a_j + s_j + … + s_k: the last window that found the server idle is the one that
    all since have waited for.

    Args:
        arrived: `[windows]` a_k in order, ns.
        service: `[windows]` s_k, ns.
    """
    done = np.cumsum(service)
    finished: Ints = done + np.maximum.accumulate(arrived - (done - service))
    return finished - service, finished


def one_after_the_other(service: Ints, pauses: Ints) -> tuple[Ints, Ints]:
    """Return when each window starts and finishes if the next comes when the last is answered and its pause is over.

    Args:
        service: `[windows]` how long each takes, ns.
        pauses: `[windows]` how long nothing comes before each, ns.
    """
    finished: Ints = np.cumsum(service + pauses)
    return finished - service, finished


def _pauses_ns(places: list[Slot], pause_ns: int) -> Ints:
    """Return `[windows]` how long nothing comes before each."""
    block = np.array([place.block for place in places], dtype=np.int64)
    return np.where(np.diff(block, prepend=0) > 0, pause_ns, 0).astype(np.int64)


class WaitingStep:
    """A step that answers when the law's time is over, or at once where it took longer itself.

    Args:
        inner: what it answers with.
        law: of the time it takes.
        case_seed: the case's own.
        trial: which of the case's trials, 0-based.
    """

    def __init__(self, inner: Step, law: ServiceLaw, *, case_seed: int, trial: int) -> None:
        self._inner = inner
        self._times = _service_times(law, case_seed, trial)
        self._ahead = next(self._times)

    def __call__(self, window: Window) -> Answer:
        """Return the answer to one window when its time is over."""
        started = now_ns()
        answer = self._inner(window)
        sleep_until(started + self._ahead)
        self._ahead = next(self._times)
        return answer


def _service_times(law: ServiceLaw, case_seed: int, trial: int) -> Iterator[int]:
    """Yield service times without end; a longer series begins with the shorter one."""
    begun = 0
    while True:
        yield from law.service_ns(begun + STRETCH, case_seed=case_seed, trial=trial)[begun:].tolist()
        begun += STRETCH
