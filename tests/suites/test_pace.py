"""How long windows take to come, and until when they are waited for."""

from __future__ import annotations

import pytest

from josie_bench.suites.pace import LEAST_TIMEOUT_S, last_slot, paced_s, usual_timeout_s
from tests.suites.writing import cases_of

WARM = "    warm_up: {windows: 10, duration: 5 s}\n"


def case(folder, body):
    return cases_of(folder, body)[0]


def test_windows_come_at_their_pace_after_the_longer_of_both_warm_ups(tmp_path):
    """Ten windows of 300 ms are 3 s, shorter than the 5 s; of 1 s they are 10 s."""
    assert paced_s(case(tmp_path, f"    window: 300 ms\n    windows: 100\n{WARM}")) == pytest.approx(35.0)
    assert paced_s(case(tmp_path, f"    window: 1 s\n    windows: 100\n{WARM}")) == pytest.approx(110.0)
    capped = "    window: 1 s\n    windows: 100\n    warm_up: {windows: 10, duration: 5 s, cap: 7 s}\n"
    assert paced_s(case(tmp_path, capped)) == pytest.approx(107.0)


def test_idleness_before_the_warm_up_counts_whoever_sets_the_pace(tmp_path):
    idle = "    window: 300 ms\n    windows: 100\n    idle: 10 s\n"
    assert case(tmp_path, f"{idle}{WARM}").idle_s == 10.0
    assert paced_s(case(tmp_path, f"{idle}{WARM}")) == pytest.approx(45.0)
    closed = "    scenario: compute\n    idle: 10 min\n"
    assert usual_timeout_s(case(tmp_path, closed)) == 1200.0


def test_pauses_between_blocks_count(tmp_path):
    blocks = "    blocks: {windows: 5, pause: 2 s}\n"
    found = case(tmp_path, f"    window: 200 ms\n    windows: 20\n{blocks}{WARM}")
    assert last_slot(found, 20).close_ns == pytest.approx((20 * 0.2 + 3 * 2.0) * 1e9)


def test_recorded_sessions_come_when_they_did(tmp_path):
    """One window to warm up and seven more: three of them come at once, and five when somebody has come again."""
    (tmp_path / "a.csv").write_text("place,start_s,end_s\n0,0,0.9\n1,57,60\n")
    visits = "    sessions: 2\n    windows: 100\n    visits: {file: a.csv}\n    warm_up: {windows: 1, duration: 0 s}\n"
    found = case(tmp_path, visits)
    assert found.total_windows == 7  # 100 · 3.9 / 60
    assert paced_s(found) == pytest.approx(57.0 + 5 * 0.3)  # three of place 0, five of place 1


@pytest.mark.parametrize(
    ("warm_up", "seconds"),
    [
        ("windows: 2, duration: 0 s", 21.0),  # two of 0.6 each are two, at 1 and 2: then 3, 4 and 21
        ("windows: 2, duration: 2.5 s", 23.0),  # 4 is the first window so long behind that at 1
        ("windows: 2, duration: 5 s", 24.0),  # 21 is
        ("windows: 20, duration: 0 s", 31.0),  # twelve, until 28
        ("windows: 20, duration: 0 s, cap: 20 s", 24.0),  # 21 is 20 s behind the first
    ],
)
def test_recorded_sessions_are_measured_when_the_warm_up_is_over(tmp_path, warm_up, seconds):
    """Windows close at 1, 2, 3, 4 and 21 … 40: 0.6 sessions are there on average, and three windows are measured."""
    (tmp_path / "a.csv").write_text("place,start_s,end_s\n0,0,4\n1,20,40\n")
    visits = "    sessions: 2\n    windows: 5\n    window: 1 s\n    visits: {file: a.csv}\n"
    found = case(tmp_path, f"{visits}    idle: 7 s\n    warm_up: {{{warm_up}}}\n")
    assert found.total_windows == 3
    assert paced_s(found) == pytest.approx(7.0 + seconds)


def test_a_closed_loop_has_no_pace_and_virtual_time_takes_none(tmp_path):
    assert paced_s(case(tmp_path, f"    scenario: compute\n{WARM}")) is None
    assert paced_s(case(tmp_path, f"    backend: simulated\n{WARM}")) == 0.0


def test_a_short_trial_is_waited_for_as_long_as_ever(tmp_path):
    assert usual_timeout_s(case(tmp_path, f"    windows: 100\n{WARM}")) == LEAST_TIMEOUT_S
