"""What the shape of times says in words, and what it keeps to itself."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from josie_bench.bench.diagnosis import COMB, RAMP, TWO_LEVELS, diagnose


@pytest.fixture
def usual():
    """Return 200 lognormal responses around 50 ms."""
    return 50.0 * np.exp(0.05 * np.random.default_rng(1).standard_normal(200))


def codes(recording):
    return [one.code for one in diagnose(recording)]


def test_a_steady_case_has_no_diagnosis(make_recording, usual):
    assert diagnose(make_recording(usual.tolist())) == []


def test_two_levels_ask_for_what_shares_the_machine(make_recording, usual):
    usual[np.random.default_rng(2).random(200) < 0.3] *= 2.0
    (found,) = diagnose(dataclasses.replace(make_recording(usual.tolist()), audio_samples=np.zeros(200, dtype=int)))
    assert found.code == TWO_LEVELS
    assert found.text.startswith("compute time has two levels, ")
    assert found.evidence["high_ms"] == pytest.approx(2 * 50.0 - 1.0, rel=0.03)
    assert "another process" in found.next


def test_two_levels_of_speech_and_silence_are_the_models_own(make_recording, usual):
    speaks = np.random.default_rng(2).random(200) < 0.3
    recording = make_recording(np.where(speaks, 2.0 * usual, usual).tolist())
    (found,) = diagnose(dataclasses.replace(recording, audio_samples=np.where(speaks, 4800, 0)))
    assert found.text.endswith("what divides them: speaking and silent windows")


def test_two_levels_with_a_known_cause_name_it(make_recording, usual):
    faults = np.random.default_rng(2).random(200) < 0.3
    recording = make_recording(np.where(faults, 2.0 * usual, usual).tolist())
    (found,) = diagnose(dataclasses.replace(recording, major_faults=faults.astype(int)))
    assert "major page faults" in found.next


def test_lengths_of_blocks_are_no_two_levels(make_recording, usual):
    is_long = np.arange(200) % 20 < 10
    recording = make_recording(np.where(is_long, 2.0 * usual, usual).tolist())
    hops = np.where(is_long, 600_000_000, 300_000_000)
    assert TWO_LEVELS in codes(recording)
    assert codes(dataclasses.replace(recording, hop_ns=hops)) == []


@pytest.mark.parametrize(("rise", "words", "step"), [(0.4, "rises", "state that grows"), (-0.4, "falls", "warm up")])
def test_a_ramp_says_which_way_and_what_to_look_for(make_recording, usual, rise, words, step):
    (found,) = diagnose(make_recording((usual * (1.0 + rise * np.arange(200) / 199)).tolist()))
    assert found.code == RAMP
    assert words in found.text
    assert step in found.next


def test_a_comb_tells_its_period_in_seconds(make_recording, usual):
    usual[5::10] += 60.0
    found = [one for one in diagnose(make_recording(usual.tolist())) if one.code == COMB]
    assert "every 10 windows, about every 3 s" in found[0].text


def test_what_only_the_response_shows_is_told_of_the_response(make_recording, usual):
    recording = make_recording((usual + 20.0).tolist())
    waits = (np.arange(200) * 500_000).astype(np.int64)
    waiting = dataclasses.replace(
        recording, started_ns=recording.started_ns + waits, finished_ns=recording.finished_ns + waits
    )
    (found,) = diagnose(waiting)
    assert (found.code, found.text.split()[0]) == (RAMP, "response")


def test_microseconds_have_no_shape_that_matters(make_recording, usual):
    usual[np.random.default_rng(2).random(200) < 0.3] *= 2.0
    usual[5::10] *= 4.0
    assert diagnose(make_recording((usual / 5000.0).tolist(), is_open_loop=False)) == []
