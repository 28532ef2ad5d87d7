"""A trial under faults, with a step that answers what reaches it: no model runs."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from josie_bench.bench.injection import injection_of
from josie_bench.bench.trial import Trial
from josie_bench.model.presets import TINY
from josie_bench.runtime.answer import Answer
from josie_bench.terms.case import WarmUp
from josie_bench.terms.fault import Expected, Fault
from josie_bench.terms.media import Media

HOP_NS = 100_000_000
MEDIA = Media(
    audio=np.random.default_rng(0).uniform(-0.5, 0.5, 160_000).astype(np.float32),
    sample_rate_hz=16_000,
    speech=(),
    frames=None,
    frame_instants_ms=np.zeros(0),
    video_ms=0.0,
    words=("one", "two", "three"),
)
QUICK = WarmUp(windows=2, seconds=0.0, cap_s=5.0)


class Echo:
    """A component whose output hangs on all that it was given since it began anew."""

    signature = "signature"

    def __init__(self):
        self.reset()

    def reset(self):
        self.heard = hashlib.sha256()

    def step(self, inputs):
        self.heard.update(inputs["audio"].tobytes())
        return {"hidden": np.frombuffer(self.heard.digest(), dtype=np.uint8).astype(np.float32)}


class EchoStep:
    """A step of one component, which answers with it what it hears."""

    def __init__(self, executables):
        self._run = executables

    def reset(self):
        for component in self._run.values():
            component.reset()

    def over(self, executables):
        step = EchoStep(executables)
        step.reset()
        return step

    def __call__(self, window):
        audio = np.zeros(1, dtype=np.float32) if window.audio is None else window.audio
        hidden = self._run["echo"].step({"audio": audio})["hidden"]
        frames = window.frame_count
        return Answer(
            audio=np.resize(hidden, frames * 800) / 256.0,
            text_ids=np.zeros(frames, dtype=np.int64),
            codes=np.zeros((1, 4, frames), dtype=np.int64),
            is_silent=np.zeros(frames, dtype=np.bool_),
            vision_tokens=0,
            spans=(),
        )


def fault(kind, at, *, unchanged=False, **more):
    return Fault(kind=kind, at=at, expected=Expected(unchanged=unchanged), **more)


@pytest.fixture
def run(make_case):
    def begin(*faults, windows=12, **changes):
        case = make_case(windows=windows, warm_up=QUICK, modalities=("audio", "text"), faults=faults, **changes)
        injection = injection_of(case, TINY, MEDIA)
        step = EchoStep({"echo": injection.around("echo", Echo())})
        trial = Trial(case=case, sizes=TINY, steps=[step], media=MEDIA, memory=[], injection=injection)
        trial.run()
        trial.check_answers([step], 60_000_000_000)
        return trial.recording()

    return begin


def lost(recording):
    """Return the measured windows without an answer, counted from the first."""
    first = int(recording.window[recording.measured()].min())
    return (recording.window[recording.measured() & ~recording.is_answered] - first).tolist()


@pytest.fixture
def patient(make_case):
    """Return a case's changes under which no window is late on a busy machine."""
    return {"deadline_ms": 60_000.0, "engines": make_case("eager").engines}


def test_a_component_that_fails_costs_its_windows_and_the_conversation_begins_anew(run, patient):
    raises = fault("raises", 2, windows=2, component="echo", unchanged=True)
    nan = fault("nan", 7, component="echo", unchanged=True)
    recording = run(raises, nan, **patient)
    assert lost(recording) == [2, 3, 7]
    first, second = recording.faults
    assert (first.hits, first.restarts, first.unchanged) == (2, 2, True)
    assert (second.hits, second.restarts, second.unchanged) == (1, 1, True)
    begun = int(recording.window[recording.measured()].min())
    assert (first.first, second.first) == (begun + 2, begun + 7)
    scheduled = dict(zip(recording.window.tolist(), recording.scheduled_ns.tolist(), strict=True))
    assert first.ended_ns == scheduled[begun + 4]
    assert second.ended_ns == scheduled[begun + 8]


def test_what_was_broken_on_the_line_changes_answers_and_is_counted(run, patient):
    broken = fault("corrupted", 2, windows=2, of=("audio",), how="nan", unchanged=True)
    recording = run(broken, **patient)
    assert lost(recording) == []
    (note,) = recording.faults
    assert (note.hits, note.refused, note.concealed, note.restarts) == (4, {"not finite": 4}, 4, 0)
    assert note.unchanged is False
    assert recording.dropped.tolist().count("audio") == 2
    assert recording.audits[0].mismatched == (), "it is the fault that changed them, and no audit's matter"


def test_doubles_change_no_answer_and_what_follows_them_is_audited(run, patient):
    doubled = fault("duplicated", 2, windows=3, of=("audio", "text"), by_ms=100.0, unchanged=True)
    dropped = fault("lost", 8, of=("audio",))
    recording = run(doubled, dropped, **patient)
    first, second = recording.faults
    assert (first.unchanged, first.refused) == (True, {"duplicate": 9})
    assert (second.unchanged, second.hits, second.concealed) == (None, 2, 2)
    assert recording.audits[0].checked == 2 + 4, "those before the doubles, and those after what was lost"
    assert recording.audits[0].mismatched == ()


def test_a_client_that_goes_loses_windows_and_comes_back_to_a_fresh_conversation(run, patient):
    recording = run(fault("disconnect", 3, windows=3, unchanged=True), **patient)
    assert lost(recording) == [3, 4, 5]
    (note,) = recording.faults
    assert (note.hits, note.restarts, note.unchanged) == (1, 1, True)
    answers = recording.answers[recording.measured()].tolist()
    again = run(**patient).answers.tolist()
    assert answers[:3] == again[2:5], "until then it is the conversation without a fault"
    assert answers[6] not in again


def test_a_hang_and_a_stall_delay_answers_and_change_none(run, patient):
    recording = run(
        fault("hangs", 2, component="echo", lasts_ms=150.0, unchanged=True),
        fault("stall", 7, lasts_ms=200.0, unchanged=True),
        **patient,
    )
    assert lost(recording) == []
    hang, stall = recording.faults
    assert (hang.hits, hang.unchanged, stall.hits, stall.unchanged) == (1, True, 1, True)
    rows = {int(window): row for row, window in enumerate(recording.window)}
    hung, late = rows[hang.first], rows[stall.first]
    assert recording.started_ns[hung] < hang.ended_ns <= recording.finished_ns[hung]
    assert recording.finished_ns[hung] - recording.started_ns[hung] >= 150_000_000
    assert stall.ended_ns == recording.scheduled_ns[late] + 200_000_000
    assert recording.handed_ns[late] >= stall.ended_ns
    assert (recording.handed_ns[late + 1 : late + 3] >= stall.ended_ns).all(), "what closed meanwhile comes with it"


def test_a_modality_that_dies_stays_away_and_ends_with_its_first_window(run, patient):
    recording = run(fault("dies", 9, of=("audio",)), **patient)
    assert recording.dropped[recording.measured()].tolist() == [""] * 9 + ["audio"] * 3
    (note,) = recording.faults
    assert note.ended_ns == recording.scheduled_ns[recording.window == note.first]


def test_after_a_fault_that_changed_answers_nothing_can_be_said_of_the_next(run, patient):
    recording = run(
        fault("corrupted", 1, of=("audio",), how="nan", unchanged=True),
        fault("reordered", 4, of=("audio",), unchanged=True),
        fault("disconnect", 6, unchanged=True),
        **patient,
    )
    first, second, third = recording.faults
    assert (first.unchanged, second.unchanged, third.unchanged) == (False, None, True)
    assert second.why_unknown == "answers were others since fault 1"


def test_a_component_that_fails_in_the_warm_up_is_no_fault_of_the_case(make_case):
    case = make_case(warm_up=QUICK, modalities=("audio",), faults=(fault("lost", 1, of=("audio",)),))
    injection = injection_of(case, TINY, MEDIA)
    broken = Echo()
    broken.step = lambda _: {"hidden": np.array([np.nan], dtype=np.float32)}
    step = EchoStep({"echo": injection.around("echo", broken)})
    trial = Trial(case=case, sizes=TINY, steps=[step], media=MEDIA, memory=[], injection=injection)
    with pytest.raises(Exception, match="echo gave hidden that is not finite"):
        trial.run()


def test_want_of_memory_is_no_fault_that_is_survived(make_case):
    case = make_case(warm_up=QUICK, modalities=("audio",), faults=(fault("lost", 1, of=("audio",)),), windows=4)
    injection = injection_of(case, TINY, MEDIA)
    hungry = Echo()
    step = EchoStep({"echo": injection.around("echo", hungry)})
    trial = Trial(case=case, sizes=TINY, steps=[step], media=MEDIA, memory=[], injection=injection)

    def starve(running):
        if running.is_warm:
            hungry.step = lambda _: (_ for _ in ()).throw(MemoryError("no more"))

    trial.on_row = starve
    with pytest.raises(Exception, match="MemoryError: no more"):
        trial.run()


def test_faults_that_a_trial_does_not_reach_never_came(make_case):
    case = make_case(faults=(fault("lost", 3, of=("audio",)),))
    (note,) = injection_of(case, TINY, MEDIA).notes()
    assert (note.first, note.hits, note.ended_ns) == (None, 0, None)
