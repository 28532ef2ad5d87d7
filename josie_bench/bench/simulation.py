"""A trial of backend `simulated`: a recording from schedule and law in virtual time, a step that waits in real time.

In virtual time nothing runs and nothing is measured. What comes out has the form of a measured recording and goes the
same way: scores, verdicts, reports. So that way can be held against a law whose truth is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain, compress, count, islice

import numpy as np

from josie_bench.bench.virtual_server import serve
from josie_bench.plugins import find_member
from josie_bench.probes.latency import now_ns, sleep_until
from josie_bench.runtime.answer import Answer
from josie_bench.runtime.batch import Batch
from josie_bench.runtime.step import Step
from josie_bench.terms.case import Case
from josie_bench.terms.recording import Bools, Ints, Recording, host_spans
from josie_bench.terms.schedule import Slot
from josie_bench.terms.sessions import LATE
from josie_bench.terms.simulated import ServiceLaw
from josie_bench.terms.timebase import ns_from_ms, ns_from_s
from josie_bench.terms.turns import turn_instants_ns
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
    warm_up = case.windows_of_all(warm_up_windows(case))
    arrivals = list(islice(case.timetable(trial).arrivals(), warm_up + case.total_windows))
    service = case.simulated.service_ns(len(arrivals), case_seed=case.seed, trial=trial)
    scheduled = np.array([arrival.close_ns for arrival in arrivals], dtype=np.int64)
    is_shed = is_evicted = np.zeros(len(arrivals), dtype=np.bool_)
    if not is_open_loop:
        pauses = _pauses_ns([arrival.slot for arrival in arrivals], ns_from_ms(case.blocks.pause_ms))
        started, finished = one_after_the_other(service, pauses)
        scheduled = started
    elif case.sessions.is_batched or case.sessions.admission is not None or case.sessions.eviction is not None:
        served = serve(case, arrivals, service)
        arrivals, scheduled = list(compress(arrivals, served.is_in)), scheduled[served.is_in]
        started, finished, is_shed, is_evicted = served.of_those_in()
    elif case.sessions.shedding == LATE:
        started, finished, is_shed = shedding_late(scheduled, service, ns_from_ms(case.deadline_ms))
    else:
        started, finished = first_in_first_out(scheduled, service)
    places = [arrival.slot for arrival in arrivals]
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
        is_warm_up=np.array([arrival.index < warm_up for arrival in arrivals], dtype=np.bool_),
        scheduled_ns=scheduled,
        handed_ns=scheduled,
        started_ns=started,
        finished_ns=finished,
        is_answered=~(is_shed | is_evicted),
        audio_samples=nothing,
        text_tokens=nothing,
        vision_tokens=nothing,
        modalities=np.full(len(places), "+".join(case.modalities)),
        ended_ns=int(finished.max()),
        spans=host_spans(),
        is_virtual=True,
        session=np.array([arrival.session for arrival in arrivals]) if case.sessions.is_many else None,
        is_shed=is_shed if case.sessions.is_many else None,
        is_evicted=is_evicted if case.sessions.is_many else None,
        turn_ns=None if case.turns is None else turn_instants_ns(places, scheduled),
    )


def warm_up_windows(case: Case) -> int:
    """Return the windows of each session before measuring begins, in whole blocks, at the schedule's pace.

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


def shedding_late(arrived: Ints, service: Ints, deadline_ns: int) -> tuple[Ints, Ints, Bools]:
    """Return when one server starts and finishes each window, 0 where it drops it, and which it drops, `[windows]`.

    It drops a window whose deadline is over when its turn comes; with one deadline for all, turns come in order.

    Args:
        arrived: `[windows]` a_k in order, ns.
        service: `[windows]` s_k, ns.
        deadline_ns: from a window's close until its answer is due.
    """
    started, finished, free = np.zeros_like(arrived), np.zeros_like(arrived), 0
    for index, (came, takes) in enumerate(zip(arrived.tolist(), service.tolist(), strict=True)):
        begin = max(came, free) if index else came
        if begin <= came + deadline_ns:
            started[index], finished[index] = begin, begin + takes
            free = begin + takes
    return started, finished, finished == 0


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
        times: what its windows take, in ns; steps of one server share it.
    """

    def __init__(self, inner: Step, times: Iterator[int]) -> None:
        self._inner = inner
        self._times = times

    def __call__(self, window: Window) -> Answer:
        """Return the answer to one window when its time is over."""
        started = now_ns()
        answer = self._inner(window)
        sleep_until(started + next(self._times))
        return answer

    def reset(self) -> None:
        """Return to the start of a session."""
        self._inner.reset()


class WaitingBatch:
    """A batch whose answers are there when the law's time is over, or at once where it took longer itself.

    Args:
        inner: what it answers with.
        times: what the first window of each batch takes, in ns.
        further_ns: what every other takes.
    """

    def __init__(self, inner: Batch, times: Iterator[int], further_ns: int) -> None:
        self._inner = inner
        self._times = times
        self._further_ns = further_ns

    def answer(self, windows: Mapping[int, Window]) -> Iterator[tuple[int, Answer]]:
        """Yield (place, answer) of windows by place when their time is over."""
        started = now_ns()
        answers = list(self._inner.answer(windows))
        sleep_until(started + next(self._times) + (len(windows) - 1) * self._further_ns)
        yield from answers


def service_times(law: ServiceLaw, *, case_seed: int, trial: int) -> Iterator[int]:
    """Return service times without end, in ns, the first stretch drawn at once; a longer series begins with a shorter.

    Args:
        law: of the time that windows take.
        case_seed: the case's own.
        trial: which of the case's trials, 0-based.
    """

    def drawn(begun: int) -> list[int]:
        times: list[int] = law.service_ns(begun + STRETCH, case_seed=case_seed, trial=trial)[begun:].tolist()
        return times

    later = chain.from_iterable(drawn(begun) for begun in count(STRETCH, STRETCH))
    return chain(drawn(0), later)
