"""Tests of the per-window series, on one recording worked by hand; the metrics' own tests go through them too."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.statistics.series import (
    as_ms,
    backlog,
    component_ns,
    compute_ns,
    in_system,
    lateness_ns,
    left_ns,
    measured_spurts,
    period_jitter_ns,
    played_ns,
    response_ns,
    spurts,
)
from josie_bench.terms.recording import Ints, Recording, Spans, host_spans

HOP_NS = 100
INTS = np.array([], dtype=np.int64)


def recording_of(
    finished: list[int], *, scheduled: list[int] | None = None, warm_up: int = 0, speech: list[int] | None = None
) -> Recording:
    """Return a recording in which window k closes at 100·k ns; a `finished` of 0 is an unanswered window."""
    count = len(finished)
    closes: Ints = np.array(scheduled or [1000 + HOP_NS * k for k in range(count)], dtype=np.int64)
    ends: Ints = np.array(finished, dtype=np.int64)
    return Recording(
        window_ms=1e-4,
        deadline_ms=1e-4,
        is_open_loop=True,
        sample_rate_hz=1_000_000_000,
        window=np.arange(count, dtype=np.int64),
        hop_ns=np.full(count, HOP_NS, dtype=np.int64),
        block=np.zeros(count, dtype=np.int64),
        content=np.array(["recorded"] * count, dtype=np.str_),
        is_warm_up=np.arange(count) < warm_up,
        scheduled_ns=closes,
        handed_ns=closes + 3,
        started_ns=np.where(ends > 0, ends - 20, 0),
        finished_ns=ends,
        is_answered=ends > 0,
        audio_samples=np.array(speech or [0] * count, dtype=np.int64),
        text_tokens=np.zeros(count, dtype=np.int64),
        vision_tokens=np.zeros(count, dtype=np.int64),
        modalities=np.array(["audio"] * count, dtype=np.str_),
        ended_ns=2000,
        spans=host_spans(),
    )


# Closes at 1000, 1100, 1200, 1300, 1400; the third is never answered, the first is warm-up.
RECORDING = recording_of([1050, 1160, 0, 1390, 1440], warm_up=1, speech=[4, 5, 6, 7, 0])


def test_response_of_an_unanswered_window_is_infinite() -> None:
    assert response_ns(RECORDING).tolist() == [60.0, np.inf, 90.0, 40.0]


def test_compute_leaves_out_what_was_not_answered() -> None:
    assert compute_ns(RECORDING).tolist() == [20.0, 20.0, 20.0]


def test_lateness_is_known_of_every_measured_window() -> None:
    assert lateness_ns(RECORDING).tolist() == [3.0] * 4


def test_period_jitter_takes_neighbours_only() -> None:
    # 3 → 4 is the one pair: 1 → 3 skips the unanswered window, 0 → 1 begins in the warm-up.
    assert period_jitter_ns(RECORDING).tolist() == [1440 - 1390 - 100]


def test_milliseconds_of_a_series() -> None:
    assert as_ms(np.array([1_500_000, -2_000_000])).tolist() == [1.5, -2.0]
    assert as_ms(np.array([np.inf])).tolist() == [np.inf]


def test_a_window_is_in_the_system_from_its_arrival_until_it_leaves() -> None:
    """0 is there from 5 to 9, 1 from 2 on for ever."""
    instants = np.array([1, 2, 5, 8, 9])
    assert in_system(instants, np.array([5, 2]), np.array([9.0, np.inf])).tolist() == [0, 1, 2, 2, 1]


def test_backlog_of_a_slow_window_grows_and_drains() -> None:
    # 0 is open 1000–1250, 1 is open 1100–1260, 2 is open 1200–1270.
    pieces = backlog(recording_of([1250, 1260, 1270]))
    assert pieces.level.tolist() == [1, 2, 3, 2, 1]
    assert pieces.duration_ns.tolist() == [100, 100, 50, 10, 10]


def test_window_answered_as_the_next_one_closes_does_not_queue() -> None:
    assert backlog(recording_of([1100, 1150])).level.tolist() == [1, 1]


def test_warm_up_window_that_overhangs_counts_from_the_first_measured_close() -> None:
    pieces = backlog(recording_of([1130, 1150], warm_up=1))
    assert (pieces.level.tolist(), pieces.duration_ns.tolist()) == ([2, 1], [30, 20])


def test_unanswered_window_stays_in_the_backlog_until_the_trial_ends() -> None:
    pieces = backlog(recording_of([1050, 0]))
    assert (pieces.level.tolist(), pieces.duration_ns.tolist()) == ([1, 0, 1], [50, 50, 900])


def test_a_lost_window_leaves_when_work_begins_on_a_later_one_of_its_conversation() -> None:
    # 1 closes at 1100 and is lost; work on 2 begins at 1270.
    trial = recording_of([1050, 0, 1290])
    assert left_ns(trial).tolist() == [1050, 1270, 1290]
    pieces = backlog(trial)
    assert (pieces.level.tolist(), pieces.duration_ns.tolist()) == ([1, 0, 1, 2, 1], [50, 50, 100, 70, 20])
    shared = replace(recording_of([1050, 0, 1250, 1390, 0]), session=np.array([0, 1, 0, 1, 1]))
    assert left_ns(shared).tolist() == [1050, 1370, 1250, 1390, 2000]  # what is done for another says nothing of it
    rounds = replace(recording_of([1050, 0, 1290, 0]), round=np.array([0, 0, 1, 1]), round_ended_ns=(1190, 1700))
    assert left_ns(rounds).tolist() == [1050, 1190, 1290, 1700]
    gone = replace(trial, is_evicted=np.array([False, True, False]))
    assert left_ns(gone).tolist() == [1050, 1100, 1290]
    assert len(left_ns(recording_of([]))) == 0


def test_a_window_that_was_shed_leaves_with_its_deadline_however_long_its_session_waits_for_another() -> None:
    # Deadline 100: 1 closes at 1100 and 2 at 1200, both of a session that gets no turn before 1690 to the end.
    trial = replace(recording_of([1050, 0, 0, 1710]), session=np.array([0, 1, 1, 1]), deadline_ms=1e-4)
    shed = replace(trial, is_shed=np.array([False, True, True, False]))
    assert left_ns(shed).tolist() == [1050, 1200, 1300, 1710]
    assert int(backlog(shed).level.max()) == 1
    soon = replace(shed, started_ns=np.array([1030, 0, 0, 1150]))
    assert left_ns(soon).tolist() == [1050, 1150, 1200, 1710]  # its own turn came before


def test_backlog_without_measured_windows_is_empty() -> None:
    assert len(backlog(recording_of([1050], warm_up=1)).level) == 0


@given(st.lists(st.integers(1, 400), min_size=1, max_size=12))
def test_backlog_agrees_with_counting_at_every_nanosecond(responses: list[int]) -> None:
    finished = [1000 + HOP_NS * k + response for k, response in enumerate(responses)]
    pieces = backlog(recording_of(finished))
    counted = [
        sum(1000 + HOP_NS * k <= at < end for k, end in enumerate(finished)) for at in range(1000, max(finished))
    ]
    assert np.repeat(pieces.level, pieces.duration_ns).tolist() == counted
    # Little's law: the area under b(t) is the summed response.
    assert int((pieces.level * pieces.duration_ns).sum()) == sum(responses)


def test_spurt_passes_over_an_unanswered_window_and_ends_in_silence() -> None:
    (spurt,) = spurts(RECORDING)
    assert spurt.rows.tolist() == [0, 1, 3]
    assert spurt.ready_ns.tolist() == [1050, 1160, 1390]
    assert spurt.duration_ns.tolist() == [4, 5, 7]


def test_measured_spurt_is_cut_where_measuring_begins() -> None:
    assert [spurt.rows.tolist() for spurt in measured_spurts(RECORDING)] == [[1, 3]]


@pytest.mark.parametrize("warm_up", [0, 3])
def test_silent_recording_has_no_spurt(warm_up: int) -> None:
    assert measured_spurts(recording_of([1050, 1150, 1250], warm_up=warm_up)) == []


def test_a_chunk_plays_when_it_is_due_or_when_it_is_there():
    recording = recording_of([1010, 1105, 1350, 1400], speech=[100, 100, 100, 0])
    played, is_known = played_ns(recording)
    assert is_known.tolist() == [True, True, True, False]
    # the second is there at 1105 and due at 1110; the third is due at 1210 and there at 1350
    assert played[:3].tolist() == [1010, 1110, 1350]


def test_a_component_s_calls_of_a_window_are_summed_and_other_windows_left_out() -> None:
    """Window 0 is warm-up and window 2 has no answer; in window 3 nothing was called."""
    recording = recording_of([1050, 1150, 0, 1350], warm_up=1)
    calls = [(0, "a", 0, 9), (1, "a", 10, 13), (1, "b", 13, 17), (1, "a", 20, 25), (2, "a", 30, 39), (1, "c", 1, 9)]
    window, component, start, end = (np.array(column) for column in zip(*calls, strict=True))
    spans = host_spans(window=window, component=component, start_ns=start, end_ns=end)
    found = component_ns(replace(recording, spans=spans), ("b", "a"))
    assert {name: series.tolist() for name, series in found.items()} == {"b": [4, 0], "a": [8, 0]}
    assert list(found) == ["b", "a"]


def test_where_a_gpu_told_when_it_was_at_work_that_counts_and_not_what_the_host_waited_for() -> None:
    """The host asked for a in 1 and then waited for it inside b; c computes on the host alone."""
    recording = recording_of([1050])
    spans = Spans(
        window=np.zeros(6, dtype=np.int64),
        component=np.array(["a", "b", "c", "a", "b", "copies"]),
        start_ns=np.array([0, 1, 20, 2, 10, 1]),
        end_ns=np.array([1, 15, 29, 10, 14, 2]),
        is_on_gpu=np.array([False, False, False, True, True, True]),
        error_ns=np.array([0, 0, 0, 3, 3, 3]),
    )
    found = component_ns(replace(recording, spans=spans), ("a", "b", "c", "copies"))
    assert {name: series.tolist() for name, series in found.items()} == {"a": [8], "b": [4], "c": [9], "copies": [1]}


def test_a_pause_of_the_schedule_ends_what_is_said() -> None:
    """Closes at 1000, 1100 and, after a pause of 500, 1700 and 1800; all are spoken in and answered at once."""
    trial = recording_of([1010, 1110, 1710, 1810], scheduled=[1000, 1100, 1700, 1800], speech=[100, 100, 100, 100])
    assert [spurt.rows.tolist() for spurt in spurts(trial)] == [[0, 1], [2, 3]]
    through = recording_of([1010, 0, 1210], scheduled=[1000, 1100, 1200], speech=[100, 0, 100])
    assert [spurt.rows.tolist() for spurt in spurts(through)] == [[0, 2]]
    across = recording_of([1010, 0, 1710], scheduled=[1000, 1100, 1700], speech=[100, 0, 100])
    assert [spurt.rows.tolist() for spurt in spurts(across)] == [[0], [2]]
