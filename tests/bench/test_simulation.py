"""Trials in virtual time against a server that is simulated window by window, and the worked examples of the docs."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.bench.simulation import (
    WaitingBatch,
    WaitingStep,
    first_in_first_out,
    one_after_the_other,
    service_times,
    shedding_late,
    simulate,
    warm_up_windows,
)
from josie_bench.probes.latency import now_ns
from josie_bench.statistics.evictions import evictions_of, session_time
from josie_bench.terms.admission import Admission
from josie_bench.terms.case import WarmUp
from josie_bench.terms.eviction import Eviction
from josie_bench.terms.schedule import Blocks
from josie_bench.terms.sessions import Sessions
from josie_bench.terms.simulated import REAL, ServiceLaw
from josie_bench.terms.timebase import ns_from_ms
from josie_bench.terms.visits import Visits
from josie_bench.terms.waiting_line import WaitingLine
from tests.bench.cases import scored_case

STALLS = ServiceLaw(median_ms=180.0, sigma=0.08, stall_ms=2000.0, stall_every=200)
SAMPLE_RATE_HZ = 16_000
HOP_NS = ns_from_ms(300.0)


@pytest.fixture
def virtual(make_case):
    """Return the maker of cases in virtual time: hop 300 ms, one window of warm-up."""
    settings = {"window_ms": 300.0, "hop_ms": 300.0, "warm_up": WarmUp(windows=1, seconds=0.0), "simulated": STALLS}
    return lambda **changes: make_case(backend="simulated", **(settings | changes))


def rank(values, share):
    return np.sort(values)[math.ceil(share * len(values)) - 1]


def responses_ms(recording):
    rows = recording.measured()
    return (recording.finished_ns - recording.scheduled_ns)[rows] / 1e6


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(1, 800)), min_size=1, max_size=60))
def test_one_server_is_what_it_is_window_by_window(windows):
    """Lindley's recursion as a loop: a window starts when it has come and the server is free."""
    arrived = np.cumsum([gap for gap, _ in windows])
    service = np.array([took for _, took in windows])
    started, finished = first_in_first_out(arrived, service)
    free = 0
    for k in range(len(windows)):
        begin = max(int(arrived[k]), free) if k else int(arrived[0])
        free = begin + int(service[k])
        assert (int(started[k]), int(finished[k])) == (begin, free)


def test_a_closed_loop_has_no_line_and_waits_out_pauses():
    started, finished = one_after_the_other(np.array([10, 20, 30]), np.array([0, 0, 5]))
    assert started.tolist() == [0, 10, 35]
    assert finished.tolist() == [10, 30, 65]


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(1, 800)), min_size=1, max_size=60), st.integers(0, 900))
def test_a_server_that_sheds_does_what_the_waiting_line_does(windows, deadline):
    """The line of terms/waiting_line.py, driven event by event, against the loop over windows."""
    arrived = np.cumsum([gap for gap, _ in windows])
    service = np.array([took for _, took in windows])
    started, finished, is_shed = shedding_late(arrived, service, deadline)
    line, free, coming, answered = WaitingLine(sheds=True), 0, list(enumerate(arrived.tolist())), {}
    while coming or len(line):
        if not len(line):
            free = max(free, coming[0][1])
        while coming and coming[0][1] <= free:
            index, came = coming.pop(0)
            line.join(came + deadline, index)
        if (index := line.take(free)) is not None:
            answered[index] = (free, free + int(service[index]))
            free = answered[index][1]
    assert {k: (int(started[k]), int(finished[k])) for k in np.flatnonzero(~is_shed).tolist()} == answered
    assert sorted(line.dropped) == np.flatnonzero(is_shed).tolist()


def test_sessions_in_lock_step_stand_in_line(virtual):
    """Three windows close at once and each takes 70 ms: answers come after 70, 140 and 210 ms, whatever the session."""
    law = ServiceLaw(median_ms=70.0, sigma=0.0)
    case = virtual(simulated=law, sessions=Sessions(count=3, phase="lockstep"), windows=4)
    recording = simulate(case, SAMPLE_RATE_HZ, 0)
    assert responses_ms(recording).tolist() == [70.0, 140.0, 210.0] * 4
    assert recording.session[:6].tolist() == [0, 1, 2, 0, 1, 2]
    assert recording.is_warm_up.sum() == 3  # a window of each
    assert recording.measured().sum() == 12


def test_too_many_sessions_wait_ever_longer_or_are_shed(virtual):
    """Five windows of 70 ms in 300 ms: the line grows by 50 ms a hop. What is shed leaves the rest in time.

    Shed when 300 ms are over: served are all but what does not fit, 30 / 7 of 5 windows a hop in the long run.
    """
    law = ServiceLaw(median_ms=70.0, sigma=0.0)
    kept = simulate(virtual(simulated=law, sessions=Sessions(count=5, phase="lockstep"), windows=50), SAMPLE_RATE_HZ, 0)
    assert responses_ms(kept)[-1] == pytest.approx(350.0 + 50 * 50.0)
    assert kept.is_answered.all()
    shedding = Sessions(count=5, phase="lockstep", shedding="late")
    shed = simulate(virtual(simulated=law, sessions=shedding, windows=500), SAMPLE_RATE_HZ, 0)
    assert shed.is_answered.mean() == pytest.approx(30 / 35, abs=0.002)
    assert (shed.is_shed == ~shed.is_answered).all()
    assert responses_ms(shed).max() <= 370.0  # begun at 300 ms at the latest


def test_who_comes_is_let_in_while_the_forecast_leaves_room(virtual):
    """Windows of 100 ms in hops of 300: with a third the model is busy all the time, with two for 2 / 3 of it.

    In hops; sessions are numbered as they come. 0 and 1 find room, 2 comes at 3 to find both there. 3 comes at 12
    and finds 1 alone, 4 comes at 14 to find both. After 20 all come again: 5 and 6 find room, 7 is as 2 was.
    """
    spans = (((0.0, 10.0), (14.0, 20.0)), ((0.5, 20.0),), ((3.0, 9.0), (12.0, 20.0)))
    exact = tuple(tuple((round(a * HOP_NS), round(b * HOP_NS)) for a, b in place) for place in spans)
    sessions = Sessions(
        count=3, visits=Visits(file="/a", sha256="0", spans_ns=exact), admission=Admission(busy=0.67, over_ms=900.0)
    )
    law = ServiceLaw(median_ms=100.0, sigma=0.0)
    recording = simulate(virtual(simulated=law, sessions=sessions, windows=24), SAMPLE_RATE_HZ, 0)
    each = [recording.scheduled_ns[recording.session == number] / HOP_NS for number in (0, 1, 3, 5, 6)]
    assert [closes[0] for closes in each] == [1.0, 1.5, 13.0, 21.0, 21.5]
    assert [closes[-1] for closes in each[:3]] == [10.0, 19.5, 20.0]
    assert sum(map(len, each)) == len(recording.window)  # and nobody else
    assert recording.window.tolist() == list(range(len(recording.window)))
    assert recording.is_warm_up.sum() == 3
    assert responses_ms(recording).max() <= 200.0
    everybody = simulate(
        virtual(simulated=law, sessions=replace(sessions, admission=None), windows=24), SAMPLE_RATE_HZ, 0
    )
    assert recording.scheduled_ns[-1] == everybody.scheduled_ns[-1]  # it lasts no longer


def test_warm_up_lasts_for_windows_of_those_who_are_there(virtual):
    """Of 64 places one is taken for 600 hops and each other for one: 1.105 there, four windows each are 5."""
    spans = (((0, 600 * HOP_NS),), *((((500 + k) * HOP_NS, (501 + k) * HOP_NS),) for k in range(63)))
    sessions = Sessions(count=64, visits=Visits(file="/a", sha256="0", spans_ns=spans))
    recording = simulate(virtual(sessions=sessions, warm_up=WarmUp(windows=4, seconds=0.0)), SAMPLE_RATE_HZ, 0)
    assert recording.is_warm_up.sum() == 5


def test_the_share_that_a_forecast_refuses_is_erlang_s(virtual):
    """Many places, each seldom taken: sessions come as a Poisson process, 3 of them at a time if all found room.

    Room is for two, and who is refused is gone: B = (3² / 2) / (1 + 3 + 3² / 2) = 0.53 (Erlang, 1917).
    """
    sessions = Sessions(count=120, stay_ms=30_000.0, away_ms=1_170_000.0, admission=Admission(busy=0.67))
    law = ServiceLaw(median_ms=100.0, sigma=0.0)
    recording = simulate(virtual(simulated=law, sessions=sessions, windows=20_000), SAMPLE_RATE_HZ, 0)
    later = recording.scheduled_ns > ns_from_ms(600_000.0)  # all places begin with somebody
    let_in = np.unique(recording.session[later])
    assert 1.0 - len(let_in) / (let_in.max() - let_in.min() + 1) == pytest.approx(4.5 / 8.5, abs=0.08)
    utilised = (recording.finished_ns - recording.started_ns)[later].sum() / np.ptp(recording.scheduled_ns[later])
    assert utilised == pytest.approx(3.0 * (1.0 - 4.5 / 8.5) / 3.0, abs=0.08)


def test_the_newest_is_sent_away_until_the_others_are_in_time(virtual):
    """Windows of 100 ms of four sessions in lock-step, in hops of 300: the model is 100 ms a hop behind.

    The j-th window of hop k, from 0, is answered 100 k + 100 (j + 1) ms after its close, and late above 300. 1500 ms
    after the first close 15 are answered, 1 + 2 + 3 + 3 of them late, which is more than half: 3 goes, with its windows
    of hop 3 and later. Three need the whole hop and stay 400 to 600 ms behind: 1500 ms later all were late, and 2 goes,
    with its windows of hop 9 and later. Three of hops 9 and 10 are late, then two are always in time.
    """
    law = ServiceLaw(median_ms=100.0, sigma=0.0)
    four = Sessions(count=4, phase="lockstep", eviction=Eviction(missed=0.5, over_ms=1500.0))
    case = virtual(simulated=law, sessions=four, windows=20)
    recording = simulate(case, SAMPLE_RATE_HZ, 0)
    hop = (recording.scheduled_ns - recording.scheduled_ns[0]) // HOP_NS
    lost = {(3, k) for k in range(3, 21)} | {(2, k) for k in range(9, 21)}
    gone = recording.is_evicted
    assert set(zip(recording.session[gone].tolist(), hop[gone].tolist(), strict=True)) == lost
    is_late = recording.is_answered & (recording.finished_ns - recording.scheduled_ns > HOP_NS)
    assert np.bincount(hop[is_late]).tolist() == [1, 2, 3, 3, 3, 3, 3, 3, 3, 2, 1]
    assert (recording.is_answered == ~gone).all()
    assert (recording.finished_ns[gone] == 0).all()
    assert len(recording.window) == 4 * 21  # those lost are told
    minutes = session_time(recording)
    assert [ns // HOP_NS for ns in (minutes.held_ns, minutes.missed_ns, minutes.lost_ns)] == [24, 26, 30]
    told = [(one.session, one.at_ns / HOP_NS, one.after_ns / HOP_NS) for one in evictions_of(recording)]
    assert told == [(3, 3.0, 3.0), (2, 9.0, 9.0)]
    everybody = session_time(simulate(replace(case, sessions=replace(four, eviction=None)), SAMPLE_RATE_HZ, 0))
    assert [everybody.held_ns // HOP_NS, everybody.missed_ns // HOP_NS, everybody.lost_ns] == [3, 77, 0]


def test_nobody_is_sent_away_where_all_are_held_nor_the_last_one(virtual):
    law = ServiceLaw(median_ms=100.0, sigma=0.0)
    three = Sessions(count=3, phase="lockstep", eviction=Eviction(missed=0.0, over_ms=300.0))
    assert not simulate(virtual(simulated=law, sessions=three, windows=60), SAMPLE_RATE_HZ, 0).is_evicted.any()
    slow = ServiceLaw(median_ms=400.0, sigma=0.0)
    alone = simulate(virtual(simulated=slow, sessions=three, windows=60), SAMPLE_RATE_HZ, 0)
    assert np.unique(alone.session[alone.is_evicted]).tolist() == [1, 2]


def test_sessions_that_are_stepped_together_are_sent_away_by_the_same_rule(virtual):
    """A step takes 50 ms and 90 for each further: of four 320 in hops of 300, all late; of three 230.

    The tenth is over after 3200 ms: 3 goes, with its windows of hop 10 and later. Hops 10 and 11 are answered after 430
    and 360 ms, all later ones in time.
    """
    law = ServiceLaw(median_ms=50.0, sigma=0.0, further_ms=90.0)
    rule = Eviction(missed=0.5, over_ms=3000.0)
    four = Sessions(count=4, phase="lockstep", batching="continuous", eviction=rule)
    recording = simulate(virtual(simulated=law, sessions=four, windows=30), SAMPLE_RATE_HZ, 0)
    hop = (recording.scheduled_ns - recording.scheduled_ns[0]) // HOP_NS
    assert np.unique(recording.session[recording.is_evicted]).tolist() == [3]
    assert hop[recording.is_evicted].tolist() == list(range(10, 31))
    later = recording.is_answered & (hop >= 10)
    response_ms = (recording.finished_ns - recording.scheduled_ns)[later] / 1e6
    assert response_ms.reshape(-1, 3)[:, 0].tolist() == [430.0, 360.0, 290.0, *[230.0] * 18]


@pytest.mark.parametrize(
    "others",
    [
        {"shedding": "late"},
        {"shedding": "late", "batching": "continuous"},
        {"stay_ms": 9_000.0, "away_ms": 3_000.0, "grace_ms": 1_000.0},
        {"stay_ms": 9_000.0, "away_ms": 3_000.0, "admit": 3},
        {"stay_ms": 9_000.0, "away_ms": 3_000.0, "admission": Admission(busy=0.9)},
    ],
)
def test_whatever_else_becomes_of_sessions_who_is_sent_away_has_no_answer_behind_it_and_no_window_is_forgotten(
    virtual, others
):
    law = ServiceLaw(median_ms=130.0, sigma=0.3, further_ms=120.0)
    sessions = Sessions(count=4, eviction=Eviction(missed=0.2, over_ms=3_000.0), **others)
    recording = simulate(virtual(simulated=law, sessions=sessions, windows=200), SAMPLE_RATE_HZ, 0)
    gone = recording.is_evicted
    assert gone.any()
    assert (gone.astype(int) + recording.is_shed + recording.is_answered == 1).all()
    for session in np.unique(recording.session[gone]):
        assert (np.diff(gone[recording.session == session].astype(int)) >= 0).all()  # never back
    minutes = session_time(recording)
    assert minutes.lost_ns > 0
    assert minutes.held_ns + minutes.missed_ns + minutes.lost_ns == recording.measured().sum() * HOP_NS


def test_sessions_in_lock_step_are_one_batch(virtual):
    """Three windows close at once; a step takes 50 ms for the first and 10 ms for each other, 70 ms for all of them."""
    law = ServiceLaw(median_ms=50.0, sigma=0.0, further_ms=10.0)
    sessions = Sessions(count=3, phase="lockstep", batching="continuous")
    recording = simulate(virtual(simulated=law, sessions=sessions, windows=4), SAMPLE_RATE_HZ, 0)
    assert responses_ms(recording).tolist() == [70.0] * 12
    assert (np.diff(recording.started_ns.reshape(-1, 3)) == 0).all()


def test_in_real_time_a_batch_takes_what_the_law_says():
    class Echo:
        def answer(self, windows):
            return iter(windows.items())

    batch = WaitingBatch(Echo(), iter([2_000_000, 1_000_000]), 3_000_000)
    for windows, least_ns in (({0: "a", 2: "b", 1: "c"}, 8_000_000), ({1: "d"}, 1_000_000)):
        begun = now_ns()
        assert dict(batch.answer(windows)) == windows
        assert now_ns() - begun >= least_ns


def test_a_closed_loop_hides_the_stalls(virtual):
    """0.5 % of the windows stall, so p99 is the 0.99/0.995 quantile of the rest: 180 · exp(0.08 · 2.574) = 221.2 ms."""
    recording = simulate(virtual(scenario="compute", windows=12_000), SAMPLE_RATE_HZ, 0)
    compute = (recording.finished_ns - recording.started_ns)[recording.measured()] / 1e6
    assert not recording.is_open_loop
    assert rank(compute, 0.99) == pytest.approx(221.2, abs=4.0)
    assert np.mean(compute > 300.0) == pytest.approx(0.005, abs=0.0001)


def test_an_open_loop_shows_them(virtual):
    """After a stall the line shortens by 120 ms a window, so that some 16 windows are late for each that stalled."""
    recording = simulate(virtual(windows=12_000), SAMPLE_RATE_HZ, 0)
    response = responses_ms(recording)
    assert recording.is_open_loop
    assert rank(response, 0.99) == pytest.approx(2006.0, abs=45.0)
    assert np.mean(response > 300.0) == pytest.approx(0.082, abs=0.002)


def test_a_recording_in_virtual_time_keeps_the_schedule_and_says_what_it_is(virtual):
    case = virtual(windows=10, blocks=Blocks(windows=2, lengths_ms=(200.0, 400.0), pause_ms=1000.0))
    recording = simulate(case, SAMPLE_RATE_HZ, 0)
    assert recording.is_virtual
    assert recording.memory == recording.phases == ()
    assert recording.measured().sum() == 10
    assert recording.is_warm_up[:4].all()  # both lengths once
    closes = [200, 400, 1800, 2200, 3400]
    assert (recording.scheduled_ns[:5] - case.sessions.phases_ns(case.shortest_hop_ns, [case.seed, 1])[0]).tolist() == [
        ns_from_ms(ms) for ms in closes
    ]
    assert recording.block[:5].tolist() == [0, 0, 1, 1, 2]
    assert (recording.handed_ns == recording.scheduled_ns).all()
    assert recording.is_answered.all()
    assert recording.ended_ns == recording.finished_ns[-1]


def test_a_closed_loop_in_virtual_time_pauses_between_blocks(virtual):
    law = ServiceLaw(median_ms=100.0, sigma=0.0)
    blocks = Blocks(windows=2, pause_ms=500.0)
    case = virtual(scenario="compute", windows=4, simulated=law, blocks=blocks, warm_up=WarmUp(windows=2, seconds=0.0))
    started = simulate(case, SAMPLE_RATE_HZ, 0).started_ns / 1e6
    assert started.tolist() == [0, 100, 700, 800, 1400, 1500]


@pytest.mark.parametrize(
    ("windows", "seconds", "blocks", "expected"),
    [
        (5, 0.0, Blocks(), 5),
        (1, 1.5, Blocks(), 5),  # five hops of 300 ms
        (1, 1.51, Blocks(), 6),
        (5, 0.0, Blocks(windows=4), 8),
        (1, 0.0, Blocks(windows=2, lengths_ms=(200.0, 400.0)), 4),
    ],
)
def test_warm_up_lasts_as_the_rule_asks_and_ends_with_a_block(virtual, windows, seconds, blocks, expected):
    assert warm_up_windows(virtual(warm_up=WarmUp(windows=windows, seconds=seconds), blocks=blocks)) == expected


def test_trials_draw_anew(virtual):
    first, second = (simulate(virtual(windows=20), SAMPLE_RATE_HZ, trial).finished_ns for trial in (0, 1))
    assert (first != second).all()


def test_scores_say_loudly_that_nothing_was_measured(virtual):
    case = virtual(windows=3000)
    result = scored_case(case, simulate(case, SAMPLE_RATE_HZ, 0))
    assert result.status == "OK"
    assert result.notes[0].startswith("VIRTUAL TIME: nothing ran and nothing was measured")
    for key in ("pacer_lateness.p99.9", "host_memory.peak", "cold_start.total", "first_audio_latency.cold"):
        assert result.metrics[key].value is None, key
    assert result.metrics["pacer_lateness.p50"].na.reason == "virtual_time"
    real = replace(case, simulated=replace(STALLS, clock=REAL))
    assert scored_case(real, simulate(case, SAMPLE_RATE_HZ, 0)).notes[0].startswith("SIMULATED: the harness ran")


def test_in_real_time_a_step_takes_what_the_law_says():
    law = ServiceLaw(median_ms=4.0, sigma=0.5)
    step = WaitingStep(lambda window: window * 2, service_times(law, case_seed=3, trial=1))
    for asked in law.service_ns(5, case_seed=3, trial=1).tolist():
        begun = now_ns()
        assert step(21) == 42
        assert now_ns() - begun >= asked
