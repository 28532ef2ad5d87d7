"""Tests of the metrics that count: missed deadlines, backlog, underruns, prebuffer, memory."""

from collections.abc import Callable

import pytest

from josie_bench.metrics import Metric, all_metrics
from josie_bench.statistics.proportion import clopper_pearson
from josie_bench.terms.recording import MemoryReading, Recording
from josie_bench.terms.score import Score
from tests.statistics.orders import scattered

Build = Callable[..., Recording]
METRICS: dict[str, Metric] = all_metrics()


def score(trial: Recording, key: str) -> Score:
    """Return the score named `metric.statistic`."""
    name, _, statistic = key.partition(".")
    return METRICS[name].compute(trial)[statistic]


def reason(trial: Recording, key: str) -> str | None:
    """Return why the score is missing."""
    missing = score(trial, key).na
    return None if missing is None else missing.reason


def test_late_window_counts_as_missed_and_a_punctual_one_does_not(recording: Build) -> None:
    trial = recording([100.0, 100.000001, 150.0, 150.000001])
    assert score(trial, "deadline_miss_ratio.budget").count == 1
    assert score(trial, "deadline_miss_ratio.hop").count == 3
    assert score(trial, "deadline_miss_ratio.hop").value == 0.75


def test_unanswered_window_counts_as_missed(recording: Build) -> None:
    found = score(recording([10.0, None, 10.0, 10.0]), "deadline_miss_ratio.budget")
    assert (found.value, found.count, found.n) == (0.25, 1, 4)


def test_late_warm_up_window_is_not_missed(recording: Build) -> None:
    found = score(recording([900.0, 10.0], warm_up=1), "deadline_miss_ratio.budget")
    assert (found.count, found.n) == (0, 1)


def test_miss_ratio_has_its_exact_interval(recording: Build) -> None:
    interval = score(recording([10.0] * 300), "deadline_miss_ratio.budget").interval
    assert interval is not None
    assert (interval.low, interval.high) == clopper_pearson(0, 300)
    assert interval.high == pytest.approx(0.012221, abs=1e-6)  # 1 − 0.025^(1/300)


def test_backlog_of_a_system_that_keeps_up_is_one(recording: Build) -> None:
    trial = recording([100.0] * 5)
    assert score(trial, "backlog.max") == Score(value=1.0, n=5)
    assert score(trial, "backlog_share.two_or_more").value == 0.0


def test_backlog_behind_a_slow_window_is_counted_in_windows_and_time(recording: Build) -> None:
    # Closes 0, 100, 200; answers 250, 260, 270: one 0–100 and 260–270, two 100–200 and 250–260, three 200–250.
    trial = recording([250.0, 160.0, 70.0])
    assert score(trial, "backlog.max").value == 3.0
    assert score(trial, "backlog_share.two_or_more").value == pytest.approx(160.0 / 270.0)
    assert score(trial, "backlog_share.two_or_more").interval is None


def test_backlog_of_a_system_that_stopped_is_everything_since(recording: Build) -> None:
    trial = recording([50.0, None, None, None], ended_ms=400.0)
    assert score(trial, "backlog.max").value == 3.0
    assert score(trial, "backlog_share.two_or_more").value == pytest.approx(200.0 / 400.0)


def test_speech_as_fast_as_it_plays_has_no_underrun(recording: Build) -> None:
    trial = recording([40.0] * 10, speech=[100] * 10)
    assert [score(trial, f"underruns.p{wait}").value for wait in (0, 40, 80, 160)] == [0.0] * 4
    assert score(trial, "prebuffer.max").value == 0.0


def test_late_chunk_is_an_underrun_until_the_prebuffer_covers_it(recording: Build) -> None:
    # 600 chunks of 100 ms are one minute; the one that is 70 ms late stalls once without and with 40 ms of prebuffer.
    trial = recording([40.0] * 300 + [110.0] + [40.0] * 299, speech=[100] * 600)
    assert [score(trial, f"underruns.p{wait}").value for wait in (0, 40, 80, 160)] == [1.0, 1.0, 0.0, 0.0]
    assert (score(trial, "underruns.p0").n, score(trial, "underruns.p0").count) == (600, 1)
    assert score(trial, "prebuffer.max").value == pytest.approx(70.0)


def test_stalls_are_told_by_their_sum_and_by_the_longest(recording: Build) -> None:
    # Chunks of 100 ms come 70 ms late, then 160, then 160: the player, behind by 70, waits 90 more, and then no more.
    trial = recording([40.0, 110.0, 200.0, 200.0, 40.0], speech=[100] * 5)
    assert [score(trial, f"stalls.total.p{wait}").value for wait in (0, 40, 80, 160)] == [160.0, 120.0, 80.0, 0.0]
    assert [score(trial, f"stalls.worst.p{wait}").value for wait in (0, 40, 80, 160)] == [90.0, 90.0, 80.0, 0.0]
    assert score(trial, "stalls.total.p0").n == 5
    assert reason(recording([40.0] * 3), "stalls.worst.p0") == "silent"


def test_what_the_codec_is_late_is_played_like_the_rest_and_changes_no_stall(recording: Build) -> None:
    # Of the first chunk's 100 ms 30 are no speech: the player is busy with them all the same, and due times stay.
    plain, late = (recording([40.0, 110.0, 200.0], speech=[100] * 3, delay_ms=delay) for delay in (0, 30))
    for name in ("underruns", "stalls", "prebuffer"):
        assert METRICS[name].compute(late) == METRICS[name].compute(plain)
    assert score(late, "stalls.total.p0").value == 160.0
    assert score(late, "prebuffer.max").value == 160.0


def test_stall_of_five_milliseconds_is_not_heard(recording: Build) -> None:
    assert score(recording([40.0, 45.0], speech=[100, 100]), "underruns.p0").count == 0
    assert score(recording([40.0, 45.001], speech=[100, 100]), "underruns.p0").count == 1


def test_underruns_are_per_minute_of_speech_not_of_trial(recording: Build) -> None:
    # Two spurts of two 50 ms chunks, each with its second chunk 50 ms late: 2 events in 200 ms of speech.
    trial = recording([40.0] * 5, speech=[50, 50, 0, 50, 50])
    assert score(trial, "underruns.p0").value == pytest.approx(2 * 60_000.0 / 200.0)
    assert score(trial, "underruns.p80").value == 0.0


def test_unanswered_window_inside_speech_is_heard_as_a_stall(recording: Build) -> None:
    trial = recording([40.0, None, 40.0], speech=[100, 0, 100])
    assert score(trial, "underruns.p80").count == 1
    assert score(trial, "prebuffer.max").value == 100.0


def test_silence_of_the_model_is_no_underrun(recording: Build) -> None:
    assert score(recording([40.0, 40.0, 40.0], speech=[100, 0, 100]), "underruns.p0").value == 0.0
    for key in ("underruns.p0", "prebuffer.max", "prebuffer.p95", "first_audio_latency.cold"):
        assert reason(recording([40.0] * 3), key) == "silent"


def test_speech_of_the_warm_up_is_not_scored(recording: Build) -> None:
    assert reason(recording([40.0, 40.0], speech=[100, 0], warm_up=1), "underruns.p0") == "silent"


def test_prebuffer_percentile_is_taken_over_spurts(recording: Build) -> None:
    # 100 spurts of two chunks; the second chunks are 1 … 100 ms late.
    responses = [at for late in scattered(range(1, 101)) for at in (10.0, 10.0 + late, 10.0)]
    trial = recording(responses, speech=[100, 100, 0] * 100)
    found = score(trial, "prebuffer.p95")
    assert found.value == pytest.approx(95.0)
    assert found.n == 100
    assert score(trial, "prebuffer.max").value == pytest.approx(100.0)
    assert reason(recording(responses[:9], speech=[100, 100, 0] * 3), "prebuffer.p95") == "insufficient_samples"


def test_memory_increments_start_from_the_imported_libraries(recording: Build) -> None:
    readings = {("imported", "rss"): 100, ("loaded", "rss"): 160, ("end", "rss"): 180, ("end", "rss_peak"): 210}
    memory = tuple(MemoryReading(phase=p, name=name, byte_count=mib * 2**20) for (p, name), mib in readings.items())
    found = METRICS["host_memory"].compute(recording([10.0], memory=memory))
    assert {key: entry.value for key, entry in found.items()} == {
        "peak": 210.0,
        "loaded_increment": 60.0,
        "steady_increment": 80.0,
    }


def test_memory_that_shrank_is_negative_and_not_clamped(recording: Build) -> None:
    memory = tuple(
        MemoryReading(phase=phase, name="rss", byte_count=size * 2**20) for phase, size in (("imported", 9), ("end", 6))
    )
    trial = recording([10.0], memory=memory)
    assert score(trial, "host_memory.steady_increment").value == -3.0
    assert reason(trial, "host_memory.loaded_increment") == "not_measured"
    assert reason(trial, "host_memory.peak") == "not_measured"


def test_memory_of_rounds_is_the_largest_peak_and_the_median_growth(recording: Build) -> None:
    """Three processes; the second has no reading at its end, as one that was killed."""
    rows = {0: (100, 160, 180, 210), 1: (110, 150, None, None), 2: (90, 170, 150, 250)}
    names = (("imported", "rss"), ("loaded", "rss"), ("end", "rss"), ("end", "rss_peak"))
    memory = tuple(
        MemoryReading(phase=phase, name=name, byte_count=mib * 2**20, round=index)
        for index, sizes in rows.items()
        for (phase, name), mib in zip(names, sizes, strict=True)
        if mib is not None
    )
    found = METRICS["host_memory"].compute(recording([10.0], memory=memory))
    assert {key: (entry.value, entry.n) for key, entry in found.items()} == {
        "peak": (250.0, 2),
        "loaded_increment": (60.0, 3),  # of 60, 40 and 80
        "steady_increment": (60.0, 2),  # the lower of 80 and 60
    }
