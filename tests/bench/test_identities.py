"""What is true of any whole recording, and that what is broken is seen."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from josie_bench.bench.identities import LITTLE, PARTS, RATE, disorder_ns, identities
from josie_bench.bench.rounds import pooled
from josie_bench.conformance.recordings import recording as recorded
from josie_bench.terms.recording import Recording

MS = 1_000_000


def found(recording: Recording, name: str):
    return next(identity for identity in identities(recording) if identity.name == name)


def without(recording, rows):
    """Return the recording as if some windows had never been written down."""
    keep = np.setdiff1d(np.arange(len(recording.window)), rows)
    series = {
        field.name: getattr(recording, field.name)[keep]
        for field in dataclasses.fields(recording)
        if isinstance(getattr(recording, field.name), np.ndarray)
    }
    return dataclasses.replace(recording, **series)


@given(st.lists(st.floats(0.01, 5000.0), min_size=1, max_size=60), st.floats(10.0, 500.0))
@settings(max_examples=60, deadline=None)
def test_every_whole_recording_keeps_all_of_them_however_slow(response_ms, hop_ms):
    recording = recorded(response_ms, hop_ms=hop_ms)
    assert not any(identity.is_broken for identity in identities(recording))
    assert disorder_ns(recording) == 0
    assert found(recording, LITTLE).error == pytest.approx(0.0, abs=1e-9)


def test_a_window_that_is_missing_breaks_littles_law():
    whole = recorded([50.0] * 40)
    assert not found(whole, LITTLE).is_broken
    assert found(without(whole, [20]), LITTLE).is_broken


def test_littles_law_by_hand():
    # Two windows of 100 ms each, 200 ms apart, in a system for 300 ms: L = 200/300, as λW = 2/300 · 100. A third that
    # came between and is not in the recording stays from 100 to 300: L = 400/300, λW = 3/300 · 100 = 1; off by 1/4.
    identity = found(without(recorded([100.0, 100.0, 100.0]), [1]), LITTLE)
    assert identity.error == pytest.approx(0.25)


def test_an_unanswered_window_and_a_closed_loop_say_nothing_of_littles_law():
    assert found(recorded([50.0, None, 50.0]), LITTLE).na.reason == "unanswered"
    assert found(recorded([50.0] * 9, is_open_loop=False), LITTLE).na.reason == "closed_loop"
    assert found(recorded([50.0] * 9, is_open_loop=False), RATE).na.reason == "closed_loop"


def test_a_pacer_that_runs_slow_breaks_the_offered_rate():
    drifting = [0.005 * 100.0 * k for k in range(100)]  # half a per cent slow
    identity = found(recorded([900.0] * 100, lateness_ms=drifting), RATE)
    assert identity.is_broken
    assert identity.error == pytest.approx(0.005)


def test_single_late_windows_are_the_pacers_lateness_and_no_other_rate():
    late = [0.0] * 100
    late[3] = late[50] = late[99] = 80.0
    assert not found(recorded([90.0] * 100, lateness_ms=late), RATE).is_broken


def test_a_rate_needs_twenty_windows():
    assert found(recorded([50.0] * 19), RATE).na.needed == 20
    assert found(recorded([50.0] * 20), RATE).error == 0.0


def test_a_pacer_on_a_busy_machine_is_late_and_has_no_other_rate():
    draw = np.random.default_rng(0)
    broken = 0
    for _ in range(200):
        late = draw.exponential(4.0, 30) * (draw.random(30) < 0.7)
        broken += found(recorded([90.0] * 30, lateness_ms=late.tolist()), RATE).is_broken
    assert broken == 0


@pytest.mark.parametrize(
    ("start_ms", "end_ms", "error_us"),
    [(1.0, 9.0, 0.0), (-2.0, 3.0, 2000.0), (5.0, 10.5, 500.0)],
)
def test_a_component_outside_of_its_windows_work_is_seen(make_recording, start_ms, end_ms, error_us):
    recording = make_recording([11.0] * 3, spans=[(1, "audio_encoder", 1.0 + start_ms, 1.0 + end_ms)])
    identity = found(recording, PARTS)
    assert identity.error == pytest.approx(error_us)
    assert identity.is_broken == (error_us > 100)


def test_components_that_add_up_to_more_than_the_work_are_seen(make_recording):
    recording = make_recording([11.0], spans=[(0, "a", 1.0, 8.0), (0, "b", 1.0, 11.0)])
    assert found(recording, PARTS).error == pytest.approx(7000.0)


def test_an_answer_before_its_question_is_disorder():
    recording = recorded([50.0] * 3)
    started = recording.started_ns.copy()
    started[1] = recording.handed_ns[1] - 3000
    assert disorder_ns(dataclasses.replace(recording, started_ns=started)) == 3000


@pytest.mark.parametrize("rounds", [1, 2, 3])
def test_rounds_with_a_warm_up_keep_all_of_them(rounds):
    whole = pooled({index: recorded([50.0] * 40, warm_up=10) for index in range(rounds)})
    assert not any(identity.is_broken for identity in identities(whole))
    assert found(whole, LITTLE).error == pytest.approx(0.0, abs=1e-9)


def test_what_one_round_breaks_is_broken_whatever_the_others_keep():
    slow = recorded([900.0] * 100, lateness_ms=[0.5 * k for k in range(100)])
    two = pooled({0: recorded([900.0] * 100), 1: slow})
    assert found(two, RATE).error == pytest.approx(0.005)
    assert found(pooled({0: slow, 1: slow}), RATE).is_broken
    missing = without(recorded([50.0] * 40), [20])
    assert found(pooled({0: recorded([50.0] * 40), 1: missing}), LITTLE).is_broken
