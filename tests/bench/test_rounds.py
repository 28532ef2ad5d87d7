"""Rounds: their order, their windows as one recording, and what a case of several trials is said to be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from josie_bench.bench.rounds import NOT_RUN, SM_CLOCK, Round, ends_case, interleaved, joined, pooled, round_result
from josie_bench.bench.supervise import TrialOutcome
from josie_bench.metrics import scores
from josie_bench.statistics.series import backlog, measured_spurts, period_jitter_ns
from josie_bench.terms.recording import Audit, Collection
from josie_bench.terms.telemetry import Telemetry


@pytest.fixture
def trial(make_recording):
    """Return the maker of a closed-loop trial of three windows, the first of them warm-up.

    The encoder takes 2 ms twice a window and the decoder 1 ms.
    """

    def make(*response_ms, memory=(), unanswered=0):
        spans = [(w, name, 1 + k, 1 + k + long) for w in range(len(response_ms)) for name, k, long in CALLS]
        made = make_recording(list(response_ms), spans=spans, unanswered=unanswered, is_open_loop=False)
        is_warm_up = np.arange(len(made.window)) < 1
        return replace(made, is_warm_up=is_warm_up, memory=tuple(memory) or made.memory)

    return make


CALLS = (("audio_encoder", 0, 2), ("audio_encoder", 2, 2), ("audio_decoder", 4, 1))


def ended(index, status="OK", recording=None, reason=None, files=()):
    outcome = TrialOutcome(status=status, reason=reason, recording=recording, files=tuple(files))
    return Round(index=index, started=f"2026-01-01T00:0{index}:00+00:00", outcome=outcome)


def test_every_round_has_every_case_once_in_an_order_of_its_own():
    turns = list(interleaved([6] * 5, seed=3))
    assert [index for index, _ in turns] == [index for index in range(6) for _ in range(5)]
    orders = [tuple(place for at, place in turns if at == index) for index in range(6)]
    assert all(sorted(order) == [0, 1, 2, 3, 4] for order in orders)
    assert len(set(orders)) > 3
    assert turns == list(interleaved([6] * 5, seed=3))
    assert turns != list(interleaved([6] * 5, seed=4))


def test_over_many_seeds_no_case_has_a_place_of_its_own():
    firsts = [next(iter(interleaved([2, 2, 2], seed)))[1] for seed in range(300)]
    assert all(70 < firsts.count(place) < 130 for place in range(3))  # 100 ± 3.7 standard deviations


def test_a_case_of_fewer_rounds_leaves_when_it_has_them():
    turns = list(interleaved([1, 3], seed=0))
    assert sorted(turns) == [(0, 0), (0, 1), (1, 1), (2, 1)]
    assert list(interleaved([], seed=0)) == []


def test_windows_of_later_rounds_are_numbered_on_and_know_their_round(trial):
    whole = pooled({0: trial(9.0, 10.0, 11.0), 2: trial(12.0, 13.0, 14.0)})
    assert whole.window.tolist() == [0, 1, 2, 3, 4, 5]
    assert whole.round.tolist() == [0, 0, 0, 2, 2, 2]
    assert whole.first_rows().tolist() == [0, 3]
    assert whole.is_warm_up.tolist() == [True, False, False] * 2
    assert sorted(set(whole.spans.window.tolist())) == [0, 1, 2, 3, 4, 5]
    assert [(reading.round, reading.name) for reading in whole.memory] == [(0, "rss"), (2, "rss")]
    found = scores(whole)
    # Work begins 1 ms after the close, so the measured windows took 9, 10, 12 and 13 ms, the cold ones 8 and 11.
    assert found["compute_time.max"].value == 13.0
    assert found["compute_time.mean"].value == 11.0
    assert found["compute_rtf.mean"].value == pytest.approx(11.0 / 300.0)
    assert (found["compute_time.cold_first"].value, found["compute_time.cold_first"].n) == (8.0, 2)


@pytest.fixture
def conversations(make_recording):
    """Return two open-loop rounds of one, an hour apart, nobody warming up: one answer of the first never came."""

    def later(recording, by_ns):
        moved = ("scheduled_ns", "handed_ns", "started_ns", "finished_ns")
        times = {name: np.where(recording.is_answered, getattr(recording, name) + by_ns, 0) for name in moved}
        return replace(recording, **times, ended_ns=recording.ended_ns + by_ns)

    first = make_recording([310.0, 10.0, 20.0], unanswered=1)
    return first, later(make_recording([50.0, 350.0, 60.0]), 3600 * 10**9)


def test_what_goes_on_from_window_to_window_ends_with_the_round(conversations):
    whole = pooled(dict(enumerate(conversations)))
    alone = [(period_jitter_ns(part), backlog(part), measured_spurts(part)) for part in conversations]
    assert period_jitter_ns(whole).tolist() == [*alone[0][0], *alone[1][0]]
    assert len(period_jitter_ns(whole)) == 2 + 2  # no pair of the first round's last window and the second's first
    assert backlog(whole).level.tolist() == [*alone[0][1].level, *alone[1][1].level]
    # The lost window waits until its own round ends, ten seconds on, not through the hour between the rounds.
    assert backlog(whole).duration_ns.sum() == alone[0][1].duration_ns.sum() + alone[1][1].duration_ns.sum()
    assert [len(spurt.rows) for spurt in measured_spurts(whole)] == [3, 3]


def test_scores_that_are_of_a_round_are_the_median_over_rounds(conversations):
    whole = pooled(dict(enumerate(conversations)))
    found, parts = scores(whole), [scores(part) for part in conversations]
    for key in ("jitter.rfc3550", "first_audio_latency.cold"):
        assert found[key].value == min(part[key].value for part in parts)  # nearest rank of two
        assert parts[0][key].value != parts[1][key].value
    assert found["deadline_miss_ratio.budget"].count == 3
    assert found["deadline_miss_ratio.budget"].n == 7


def test_rounds_come_apart_as_they_were_joined(conversations):
    whole = pooled(dict(enumerate(conversations)))
    for part, before in zip(whole.by_round(), conversations, strict=True):
        assert part.ended_ns == before.ended_ns
        assert part.finished_ns.tolist() == before.finished_ns.tolist()
        assert [(r.name, r.byte_count) for r in part.memory] == [(r.name, r.byte_count) for r in before.memory]
        assert part.round is None
    assert len(whole.by_round()) == 2


def test_what_was_noted_of_each_round_is_kept_with_its_number(trial):
    def noted(first, recording):
        told = Telemetry(
            instant_ns=np.array([first]),
            source=np.array(["cpu"]),
            name=np.array(["busy_total"]),
            value=np.array([1.0]),
            unit=np.array(["s"]),
            round=np.array([0]),
            interval_ms={"cpu": 100.0},
        )
        audits = (Audit(checked=2, mismatched=(1,)),)
        collections = (Collection(start_ns=first, end_ns=first + 1),)
        return replace(recording, audits=audits, collections=collections, telemetry=told)

    both = pooled({0: noted(5, trial(10.0, 11.0, 12.0)), 2: noted(7, trial(20.0, 21.0))})
    assert both is not None
    # the second round's windows are numbered on from 3, so that its window 1 is 4 now
    assert [(audit.round, audit.mismatched) for audit in both.audits] == [(0, (1,)), (2, (4,))]
    assert [(one.round, one.start_ns) for one in both.collections] == [(0, 5), (2, 7)]
    assert both.telemetry is not None
    assert (both.telemetry.round.tolist(), both.telemetry.instant_ns.tolist()) == ([0, 2], [5, 7])
    first, second = both.by_round()
    assert (first.telemetry.instant_ns.tolist(), second.telemetry.instant_ns.tolist()) == ([5], [7])
    assert [audit.mismatched for audit in second.audits] == [(4,)]


def test_one_trial_alone_stays_as_it_was(trial):
    single = trial(9.0, 10.0, 11.0)
    again = pooled({0: single})
    assert again.round is None
    assert again.window.tolist() == single.window.tolist()
    assert again.memory == single.memory
    assert pooled({}) is None


def test_a_round_has_the_medians_of_its_measured_windows(trial):
    figures = round_result(ended(1, recording=trial(101.0, 11.0, 21.0)), ["vision_encoder", "audio_encoder"])
    assert (figures.index, figures.status, figures.started) == (1, "OK", "2026-01-01T00:01:00+00:00")
    assert (figures.windows_measured, figures.compute_p50_ms) == (2, 10.0)  # nearest rank of 10 and 20
    assert (figures.windows_answered, figures.compute_p50_n_eff, figures.compute_p50_ci) == (2, 2.0, None)
    assert (figures.component_p50_n_eff, figures.component_p50_ci) == ({"audio_encoder": 2.0}, {})
    assert figures.component_p50_ms == {"audio_encoder": 4.0}  # 2 + 2; what was never called has no figure
    assert figures.values["compute_time.max"] == 20.0
    assert figures.values["compute_time.mean"] == 15.0
    assert "compute_time.p99" not in figures.values  # two windows cannot bound it
    assert "response_latency.mean" not in figures.values  # closed loop


def test_medians_of_a_round_have_intervals_from_six_windows_on(trial):
    figures = round_result(ended(0, recording=trial(0.0, 6.0, 2.0, 4.0, 1.0, 5.0, 3.0)), ["audio_encoder"])
    assert figures.compute_p50_ci is not None
    assert (figures.compute_p50_ci.low, figures.compute_p50_ci.high) == (0.0, 5.0)  # both ends: 1 - 2 · 2^-6 > 95 %
    assert (figures.component_p50_ci["audio_encoder"].low, figures.windows_answered) == (4.0, 6)


@pytest.mark.parametrize("recorded", [False, True])
def test_a_round_without_an_answer_has_no_medians(trial, recorded):
    recording = trial(unanswered=1) if recorded else None
    figures = round_result(ended(0, "OOM", recording, "killed"), ["audio_encoder"])
    assert (figures.status, figures.reason, figures.compute_p50_ms) == ("OOM", "killed", None)
    assert figures.component_p50_ms == {}


def test_whole_rounds_are_one_ok_case_whose_files_are_named_once(trial):
    file = {"modality": "audio", "name": "a.wav", "sha256": "1", "license": "none"}
    case = joined([ended(k, recording=trial(1.0, 2.0, 3.0), files=[file]) for k in range(2)], 2, is_stopped=False)
    assert (case.status, case.reason, case.files) == ("OK", None, (file,))
    assert len(case.recording.window) == 6


def test_a_worker_that_dies_leaves_the_rounds_before_it(trial):
    rounds = [ended(0, recording=trial(1.0, 2.0, 3.0)), ended(1, recording=trial(4.0, 5.0, 6.0))]
    case = joined([*rounds, ended(2, "OOM", None, "its process was killed")], 6, is_stopped=False)
    assert case.status == "OOM"
    assert case.reason == "round 3 of 6: its process was killed; 2 of 6 rounds are whole"
    assert case.recording.round.tolist() == [0, 0, 0, 1, 1, 1]


def test_a_round_that_never_settled_ends_nothing_and_is_told(trial):
    rounds = [
        ended(0, "UNSTEADY", trial(1.0, 2.0, 3.0), "still trended"),
        ended(1, recording=trial(1.0, 2.0, 3.0)),
    ]
    assert not any(ends_case(round_.outcome) for round_ in rounds)
    case = joined(rounds, 2, is_stopped=False)
    assert (case.status, case.reason) == ("UNSTEADY", "round 1 of 2: still trended; 1 of 2 rounds are whole")
    worse = joined([*rounds, ended(2, "ERROR", None, "it broke")], 3, is_stopped=False)
    assert worse.status == "ERROR"


def test_a_stop_says_how_many_rounds_there_are(trial):
    whole = ended(0, recording=trial(1.0, 2.0, 3.0))
    case = joined([whole], 6, is_stopped=True)
    assert (case.status, case.reason) == ("INTERRUPTED", "1 of 6 rounds are whole: the run was stopped")
    cut = joined([whole, ended(1, "INTERRUPTED", trial(1.0, 2.0, 3.0), "stopped")], 6, is_stopped=True)
    assert (cut.status, cut.reason) == ("INTERRUPTED", "round 2 of 6: stopped; 1 of 6 rounds are whole")
    assert len(cut.recording.window) == 6
    assert joined([], 6, is_stopped=True).reason == NOT_RUN


def test_a_case_that_had_all_its_rounds_before_the_stop_is_ok(trial):
    assert joined([ended(0, recording=trial(1.0, 2.0, 3.0))], 1, is_stopped=True).status == "OK"


def test_a_round_whose_windows_hang_together_still_counts_by_its_percentile(trial):
    """Were it left out, the rounds that had a slow stretch would be missing from a comparison."""
    stretch = [10.0] * 350 + [40.0] * 50
    recording = trial(*stretch)
    score = scores(recording)["compute_time.p99"]
    assert (score.value, score.point) == (None, 39.0)
    assert round_result(ended(0, recording=recording), ()).values["compute_time.p99"] == 39.0
    few = trial(*stretch[-368:])  # one of them is warm-up
    assert "compute_time.p99" not in round_result(ended(0, recording=few), ()).values


def test_a_round_has_the_gpu_s_clock_while_windows_were_measured(trial):
    recording = trial(10.0, 11.0, 12.0)
    assert SM_CLOCK not in round_result(ended(0, recording=recording), []).values
    begin = int(recording.scheduled_ns[1])  # the first window is warm-up
    instants = np.array([begin - 1, begin, begin + 1, begin + 2, recording.ended_ns + 1])
    told = Telemetry(
        instant_ns=instants,
        source=np.array(["gpu0"] * 5),
        name=np.array(["sm_clock"] * 5),
        value=np.array([210.0, 1400.0, 1410.0, 1420.0, 300.0]),
        unit=np.array(["MHz"] * 5),
        round=np.zeros(5, dtype=np.int64),
        interval_ms={"gpu0": 50.0},
    )
    assert round_result(ended(0, recording=replace(recording, telemetry=told)), []).values[SM_CLOCK] == 1410.0
