"""A case that holds no single level is told so, and which windows held which."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from josie_bench.bench.case_result import blank, scored
from josie_bench.bench.supervise import TrialOutcome


def noisy(levels, seed=1):
    return (np.array(levels) * np.exp(0.02 * np.random.default_rng(seed).standard_normal(len(levels)))).tolist()


@pytest.fixture
def judged(make_case):
    """Return what a case becomes that ended `OK` with a recording."""

    def of(recording, status="OK", **changes):
        case = make_case(**changes)
        outcome = TrialOutcome(status=status, reason=None if status == "OK" else "because", recording=recording)
        return scored(blank(case, outcome, None, settings={}, reproduce=""), case, recording)

    return of


def test_a_steady_case_stays_ok_and_its_level_is_told(judged, make_recording):
    result = judged(make_recording(noisy([200.0] * 300)))
    assert (result.status, result.reason) == ("OK", None)
    [level] = result.regimes
    assert (level.first, level.last, level.level_ms) == (0, 299, pytest.approx(200.0, rel=0.01))
    assert level.kind == "300 ms, recorded, audio, speaking"


def test_a_case_of_two_levels_is_unsteady_and_keeps_its_numbers(judged, make_recording):
    result = judged(make_recording(noisy([100.0] * 200 + [150.0] * 200)))
    assert result.status == "UNSTEADY"
    assert result.reason.startswith("the level changes: 100 ms in windows 0 to 199, 150 ms in windows 200 to 399")
    assert [(row.first, row.last) for row in result.regimes] == [(0, 199), (200, 399)]
    assert result.metrics["response_latency.p50"].n == 400


def test_a_trend_names_what_it_adds_and_where(judged, make_recording):
    result = judged(make_recording(noisy(np.linspace(100.0, 108.0, 400))))
    assert result.status == "UNSTEADY"
    assert result.reason.startswith(("a trend of +", "the level changes: "))
    assert "399" in result.reason


def test_a_small_change_spoils_nothing(judged, make_recording):
    assert judged(make_recording(noisy([200.0] * 300 + [204.0] * 300))).status == "OK"
    assert judged(make_recording(noisy([0.4] * 300 + [0.6] * 300))).status == "OK"  # 0.2 ms of a hop of 300


def test_another_failure_is_not_hidden_by_it(judged, make_recording):
    result = judged(make_recording(noisy([100.0] * 200 + [150.0] * 200)), status="TIMEOUT")
    assert (result.status, result.reason) == ("TIMEOUT", "because")
    assert len(result.regimes) == 2


def test_few_windows_are_not_judged_and_a_note_says_so(judged, make_recording):
    result = judged(make_recording([100.0] * 30 + [200.0] * 30))
    assert (result.status, result.regimes) == ("OK", [])
    assert "too short to tell whether it holds one level: 60 windows of a kind, 100 can" in result.notes


def test_windows_of_several_kinds_are_no_change_of_level(judged, make_recording):
    kind = np.arange(600) // 300
    recording = make_recording(noisy(np.where(kind, 150.0, 100.0)))
    hops = np.where(kind, 400_000_000, 200_000_000).astype(np.int64)
    lengths = replace(recording, hop_ns=hops, block=kind)
    spoken = replace(recording, audio_samples=(kind * 100).astype(np.int64))
    assert judged(recording).status == "UNSTEADY"
    for several in (lengths, spoken):
        result = judged(several)
        assert (result.status, len(result.regimes)) == ("OK", 2)


def test_one_kind_that_changes_is_named(judged, make_recording):
    kind = np.arange(800) % 2
    values = np.where(kind, np.where(np.arange(800) < 400, 100.0, 140.0), 200.0)
    result = judged(replace(make_recording(noisy(values)), audio_samples=(kind * 100).astype(np.int64)))
    assert result.status == "UNSTEADY"
    assert result.reason.startswith(
        "windows of 300 ms, recorded, audio, speaking: the level changes: 100 ms in windows 1 to"
    )


def test_windows_in_which_nothing_arrives_are_named_so(judged, make_recording):
    recording = make_recording(noisy([100.0] * 200 + [150.0] * 200))
    result = judged(replace(recording, modalities=np.where(np.arange(400) % 2, "", "audio")))
    assert [row.kind for row in result.regimes[::2]] == [
        "300 ms, recorded, audio, speaking",
        "300 ms, recorded, nothing arrives, speaking",
    ]
    assert "windows of 300 ms, recorded, nothing arrives, speaking: the level changes" in result.reason


def test_rounds_are_judged_by_themselves(judged, make_recording):
    rounds = np.repeat([0, 1], 200)
    apart = replace(make_recording(noisy([100.0] * 200 + [150.0] * 200)), round=rounds)
    assert judged(apart, rounds=2).status == "OK"
    within = replace(make_recording(noisy([100.0] * 300 + [150.0] * 100)), round=rounds)
    assert judged(within, rounds=2).reason.startswith("round 2: the level changes: 99.5 ms in windows 200 to 299")


def test_a_system_that_does_not_keep_up_is_late_and_not_unsteady(judged, make_recording):
    late = 400.0 + 100.0 * np.arange(300)  # each window takes 400 ms, one comes every 300
    recording = make_recording(late.tolist())
    slow = replace(recording, started_ns=recording.finished_ns - 400_000_000)
    result = judged(slow)
    assert result.status == "OK"
    assert result.metrics["deadline_miss_ratio.hop"].value == 1.0
    assert "windows come faster than they are worked off: compute time is held against one level" in result.notes


def test_sessions_that_wait_for_each_other_are_not_said_to_come_too_fast(judged, make_recording):
    """Two by turns, each window 100 ms of 300: a response goes by who is there, what a window takes does not."""
    recording = make_recording(noisy([100.0] * 400))
    notes = judged(replace(recording, session=np.arange(400) % 2), sessions=2).notes
    assert any(note.endswith("how many sessions wait: compute time is held against one level") for note in notes)
    assert not any("faster" in note for note in notes)


def test_a_closed_loop_is_judged_by_compute_time(judged, make_recording):
    recording = make_recording(noisy([100.0] * 200 + [150.0] * 200), is_open_loop=False)
    assert judged(recording).status == "UNSTEADY"


def test_the_pacers_lateness_is_no_change_of_the_system(judged, make_recording):
    late = [0.0] * 200 + [40.0] * 200
    result = judged(make_recording(noisy([100.0] * 400) + np.array(late), late_ms=late))
    assert result.status == "OK"
    assert len(result.regimes) == 1


def test_a_trial_that_never_answered_has_no_level_and_says_so(judged, make_recording):
    found = judged(make_recording([], unanswered=40, is_open_loop=False))
    assert found.regimes == []
    assert found.notes == ["too short to tell whether it holds one level: 0 windows of a kind, 100 can"]
