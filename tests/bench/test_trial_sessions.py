"""Trials of several sessions: who is served when, what is dropped, who starts over, and what is audited."""

from __future__ import annotations

import time
from itertools import islice

import numpy as np
import pytest

from josie_bench.bench.trial import Trial, TrialStopped
from josie_bench.model.presets import TINY
from josie_bench.runtime.answer import Answer
from josie_bench.runtime.pacer import Tick
from josie_bench.scenarios import compute
from josie_bench.terms.admission import Admission
from josie_bench.terms.case import WarmUp
from josie_bench.terms.eviction import Eviction
from josie_bench.terms.media import Media
from josie_bench.terms.sessions import Sessions
from josie_bench.terms.visits import Visits

SILENCE = TINY.text.silence_id
MEDIA = Media(
    audio=np.zeros(16_000, dtype=np.float32),
    sample_rate_hz=16_000,
    speech=((0, 8000),),
    frames=None,
    frame_instants_ms=np.zeros(0),
    video_ms=0.0,
    words=(),
)


class Parrot:
    """A step whose speech is the same code over and over, in frames of 50 ms."""

    def __call__(self, window):
        frames = window.frame_count
        return Answer(
            audio=np.zeros(frames * 800, dtype=np.float32),
            text_ids=np.full(frames, SILENCE),
            codes=np.zeros((1, 4, frames), dtype=np.int64),
            is_silent=np.zeros(frames, dtype=np.bool_),
            vision_tokens=0,
            spans=(),
        )

    def reset(self):
        """Begin anew, and say the same again."""


class Talker:
    """A step whose answers hold how many came before in its session; it takes some time over each."""

    def __init__(self, took_s=0.0, says=0):
        self.took_s, self.says, self.count, self.resets = took_s, says, 0, 0

    def __call__(self, window):
        time.sleep(self.took_s)
        self.count += 1
        frames = window.frame_count
        return Answer(
            audio=np.zeros(frames * 800, dtype=np.float32),
            text_ids=np.array([self.count + 100 * self.says] + [SILENCE] * (frames - 1)),
            codes=np.zeros((1, 4, frames), dtype=np.int64),
            is_silent=np.ones(frames, dtype=np.bool_),
            vision_tokens=0,
            spans=(),
        )

    def reset(self):
        self.count, self.resets = 0, self.resets + 1


class Together:
    """Answers windows of several places at once, in the time that its slowest step takes."""

    def __init__(self, steps):
        self.steps, self.places = steps, []

    def answer(self, windows):
        self.places.append(list(windows))
        time.sleep(max(self.steps[place].took_s for place in windows))
        return [(place, Talker.__call__(self.steps[place], window)) for place, window in windows.items()]


@pytest.fixture
def make_trial(make_case):
    def trial(steps, *, windows=5, hop_ms=100.0, batch=None, warm_up=1, **sessions):
        case = make_case(
            "eager", window_ms=hop_ms, hop_ms=hop_ms, deadline_ms=hop_ms, windows=windows, audit=1.0,
            warm_up=WarmUp(windows=warm_up, seconds=0.0, cap_s=5.0),
            sessions=Sessions(**{"count": len(steps)} | sessions),
        )  # fmt: skip
        return Trial(case=case, sizes=TINY, steps=steps, media=MEDIA, memory=[], batch=batch)

    return trial


@pytest.fixture
def run(make_trial):
    def run(*args, **settings):
        trial = make_trial(*args, **settings)
        trial.run()
        return trial

    return run


def test_each_session_has_its_windows_on_its_own_step(run):
    steps = [Talker() for _ in range(3)]
    recording = run(steps).recording()
    assert recording.measured().sum() == 15
    assert recording.is_warm_up.sum() >= 3
    assert np.bincount(recording.session).tolist() == [step.count for step in steps]
    assert (np.diff(recording.scheduled_ns) >= 0).all()
    assert (recording.window == np.arange(len(recording.window))).all()
    assert not recording.is_shed.any()
    assert [step.resets for step in steps] == [0, 0, 0]


def test_one_server_answers_one_window_at_a_time_the_first_that_closed_first(run):
    recording = run([Talker(took_s=0.015) for _ in range(4)], phase="lockstep").recording()
    assert (recording.started_ns[1:] >= recording.finished_ns[:-1]).all()
    of_hop = recording.session.reshape(-1, 4)
    assert (of_hop == [0, 1, 2, 3]).all()


def test_all_that_wait_are_stepped_together_one_window_of_each(run):
    """Four windows close at once every 100 ms and a step takes 20 ms, whoever takes it: all are answered in time."""
    steps = [Talker() for _ in range(4)]
    together = Together([Talker(took_s=0.02) for _ in steps])
    recording = run(steps, phase="lockstep", batching="continuous", batch=together).recording()
    assert all(sorted(places) == sorted(set(places)) for places in together.places)
    assert sum(map(len, together.places)) == len(recording.window)
    assert recording.measured().sum() >= 20
    assert (np.ptp(recording.started_ns.reshape(-1, 4), axis=1) == 0).all()  # all four, however they are handed over
    assert (recording.finished_ns - recording.scheduled_ns >= 20_000_000).all()  # from the close, whoever was first


def test_who_takes_a_place_in_a_batch_begins_anew(run):
    steps = [Talker(), Talker()]
    together = Together(steps)
    recording = run(steps, windows=30, hop_ms=50.0, stay_ms=150.0, batching="continuous", batch=together).recording()
    assert sum(step.resets for step in steps) == len(np.unique(recording.session)) - 2 >= 3


def test_who_comes_back_in_time_finds_its_state_and_who_takes_a_seat_begins_anew(run):
    steps = [Talker(), Talker()]
    coming = {"count": 4, "stay_ms": 150.0, "away_ms": 100.0, "grace_ms": 60.0, "admit": 2}
    recording = run(steps, windows=60, hop_ms=50.0, **coming).recording()
    assert (np.diff(np.sort(recording.scheduled_ns)) >= 0).all()
    assert sum(step.resets for step in steps) == len(np.unique(recording.session)) - 2 >= 5
    assert recording.session.max() > len(np.unique(recording.session))  # others were refused


def test_who_comes_is_refused_while_the_forecast_leaves_no_room(run):
    """Of 40 ms two fit into 100 and a third does not; nor does it help to come when nothing was measured yet."""
    spans = (((0.0, 600.0),), ((3.0, 600.0),), ((0.0, 4.0), (6.0, 600.0)))
    visits = Visits(file="/a", sha256="0", spans_ns=tuple(tuple(_hops(*span) for span in place) for place in spans))
    steps = [Talker(took_s=0.04) for _ in range(3)]
    trial = run(steps, windows=6, visits=visits, admission=Admission(busy=1.0, over_ms=300.0))
    recording = trial.recording()
    there = set(recording.session.tolist())
    assert 0 in there
    assert 1 not in there  # it came when nothing was measured yet
    assert not {2, 3} <= there  # both beside 0 are three; on a busy machine 2 may be too many already
    assert recording.window.tolist() == list(range(len(recording.window)))
    assert recording.measured().sum() < 18 <= trial.measured  # those of the third count, and are not there
    trial.check_answers(steps, 10**10)
    assert trial.audits[0].mismatched == ()


def test_a_trial_does_not_end_for_those_refused_while_others_wait(run):
    """The model is 50 ms a hop behind; of 20 windows that come half are of a session that is refused."""
    visits = Visits(file="/a", sha256="0", spans_ns=((_hops(0, 600),), (_hops(0.5, 600),)))
    trial = run([Talker(took_s=0.15), Talker()], windows=10, visits=visits, admission=Admission(busy=1.0))
    recording = trial.recording()
    assert recording.measured().sum() in (10, 11)
    assert (np.diff(recording.scheduled_ns) == 100_000_000).all()  # one after the other, and none is missing
    assert recording.is_answered.all()


def test_the_newest_is_sent_away_and_its_windows_are_told(run):
    """Two of 80 ms every 100 ms are ever later; one is in time. So 1 goes, and of all who came none is missing."""
    rule = Eviction(missed=0.5, over_ms=400.0)
    trial = run([Talker(took_s=0.08), Talker(took_s=0.08)], windows=12, phase="lockstep", eviction=rule)
    recording = trial.recording()
    gone = recording.is_evicted
    assert np.unique(recording.session[gone]).tolist() == [1]
    assert (recording.is_answered == ~gone).all()
    assert not recording.is_shed.any()
    assert recording.window.tolist() == list(range(len(recording.window)))
    first = np.flatnonzero(gone)[0]
    assert (gone[first:] == (recording.session[first:] == 1)).all()  # once and for all
    assert recording.measured().sum() >= 24  # those lost count towards the trial's length


def test_warm_up_asks_for_windows_of_those_who_are_there(run):
    """Of three places one is taken all the time, the others for one hop of 600: 1.003 there, 4 windows each are 5."""
    visits = Visits(file="/a", sha256="0", spans_ns=((_hops(0, 600),), (_hops(500, 501),), (_hops(500, 501),)))
    recording = run([Talker() for _ in range(3)], windows=2, warm_up=4, visits=visits).recording()
    assert recording.is_warm_up.sum() == 5


def test_windows_of_those_refused_count_in_the_warm_up(run):
    """Eight are asked for; when the fifth of session 0 is answered four of session 1 had their turn before it."""
    visits = Visits(file="/a", sha256="0", spans_ns=((_hops(0, 600),), (_hops(0.5, 600),)))
    trial = run([Talker(took_s=0.06), Talker()], windows=2, warm_up=4, visits=visits, admission=Admission(busy=0.5))
    assert set(trial.recording().session.tolist()) == {0}
    assert trial.recording().is_warm_up.sum() == 5


class Stopping(Talker):
    """A step that is stopped over its third answer."""

    def __call__(self, window):
        if self.count == 2:
            time.sleep(self.took_s)
            raise TrialStopped
        return super().__call__(window)


def test_windows_of_those_refused_are_not_unanswered_when_a_trial_is_stopped(make_trial):
    """Session 1 comes half a hop behind 0, when nothing is measured yet; the stop comes 12 hops after the first window.

    Of session 0 two are answered, one is in work, and at least 7 more are overdue; as many of session 1 wait beside.
    """
    visits = Visits(file="/a", sha256="0", spans_ns=((_hops(0, 600),), (_hops(0.5, 600),)))
    trial = make_trial([Stopping(took_s=0.4), Talker()], visits=visits, admission=Admission(busy=1.0))
    with pytest.raises(TrialStopped):
        trial.run()
    recording = trial.recording()
    assert set(recording.session.tolist()) == {0}
    assert recording.window.tolist() == list(range(len(recording.window)))
    assert recording.is_answered.sum() == 2
    assert (~recording.is_answered).sum() >= 8
    assert (np.diff(recording.scheduled_ns) == 100_000_000).all()
    assert recording.ended_ns - recording.scheduled_ns[-1] > 100_000_000


def _hops(start, end):
    return round(start * 100_000_000), round(end * 100_000_000)


def test_a_window_that_is_late_before_its_turn_is_dropped_and_counted(run):
    """Four windows at once that take 40 ms each, due after 100 ms: the fourth of each hop at least has no chance."""
    recording = run([Talker(took_s=0.04) for _ in range(4)], windows=6, phase="lockstep", shedding="late").recording()
    assert recording.measured().sum() >= 24
    assert recording.is_shed.sum() >= 5
    assert (recording.is_answered == ~recording.is_shed).all()
    waited = (recording.started_ns - recording.scheduled_ns)[recording.is_answered]
    assert waited.max() < 150_000_000  # taken up before 100 ms were over, give or take a busy machine
    assert (recording.finished_ns[recording.is_shed] == 0).all()


def test_a_session_that_takes_another_s_place_starts_over(run):
    steps = [Talker(), Talker()]
    recording = run(steps, windows=30, hop_ms=50.0, stay_ms=150.0).recording()
    assert recording.session.max() >= 4
    assert sum(step.resets for step in steps) == len(np.unique(recording.session)) - 2
    for step in steps:
        assert step.count < 30  # counted anew with each session


def test_a_session_whose_first_window_was_dropped_starts_over_too(make_case):
    case = make_case("eager", sessions=Sessions(stay_ms=300.0))
    step = Talker()
    trial = Trial(case=case, sizes=TINY, steps=[step], media=MEDIA, memory=[])
    for arrival in islice(case.timetable().arrivals(), 40):
        if arrival.session == 0 or arrival.slot.index > 0:
            tick = Tick(arrival=arrival, scheduled_ns=1, handed_ns=2)
            trial._answer([tick], [compute.window(case, MEDIA, arrival.slot, TINY.frame_ms)])
    served = {row.tick.arrival.session for row in trial.rows}
    assert len(served) > 3
    assert step.resets == len(served) - 1


def test_one_session_is_drawn_and_answered_again_alone(run):
    trial = run([Talker(says=place) for place in range(3)], windows=10)
    trial.check_answers([Talker(says=place) for place in range(3)], 10**12)
    (found,) = trial.recording().audits
    assert found.checked >= 8
    assert found.mismatched == ()


def test_answers_that_leak_from_one_session_into_another_are_found(run):
    shared = Talker()
    trial = run([shared, shared], windows=10)
    trial.check_answers([Talker(), Talker()], 10**12)
    (found,) = trial.recording().audits
    assert found.mismatched


def test_what_is_repeated_is_so_within_a_session_alone(run):
    """Two frames a window: the fifth frame of each session, in its third window, is the first that is a repetition."""
    found = run([Parrot(), Parrot()], windows=12, stay_ms=400.0, variation=0.0, phase="lockstep").recording()
    assert len(np.unique(found.session)) > 2
    for session in np.unique(found.session):
        repeated = found.repeated_samples[found.session == session] // 800
        assert repeated.tolist() == ([0, 0] + [2] * len(repeated))[: len(repeated)]
