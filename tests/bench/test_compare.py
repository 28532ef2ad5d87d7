"""Two results held against each other: matching, refusals, gates, the family, the whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from josie_bench.bench.comparability import conditions_digest
from josie_bench.bench.compare import GATES, Question, compare_results
from josie_bench.errors import UsageError
from tests.bench.comparing import EIGHT, MEMORY, P50, P99, case_of, floor_of, metric_floor, result_of, score

NOW = datetime(2026, 1, 15, tzinfo=UTC)
NOISE = (1.0, 1.002, 0.998, 1.001, 0.999, 1.0, 1.003, 0.997)


def times(factor):
    return [value * factor * noise for value, noise in zip(EIGHT, NOISE, strict=True)]


def compared(case_a, case_b, **question):
    return compare_results(result_of(case_a), result_of(case_b, run="b"), Question(now=NOW, **question))


def test_there_are_no_more_gates_than_eight_blocks_can_tell_apart():
    assert len(GATES) == 6


def test_a_run_against_itself_is_the_same():
    case = case_of({P50: EIGHT, P99: EIGHT, MEMORY: EIGHT, "jitter.spread": EIGHT})
    found = compared(case, case)
    assert (found.verdict, found.cases[0].verdict) == ("SAME", "SAME")
    assert [(metric.metric, metric.is_gated) for metric in found.cases[0].metrics] == [
        (MEMORY, True),
        (P50, True),
        (P99, True),
    ]  # fmt: skip  what has no direction can be neither better nor worse


def test_one_gated_metric_that_gets_worse_decides():
    a = case_of({P50: EIGHT, P99: EIGHT})
    found = compared(a, case_of({P50: times(1.0), P99: times(1.2)}))
    assert (found.verdict, found.cases[0].reason) == ("SLOWER", P99)
    assert found.cases[0].metrics[1].q == pytest.approx(2 * 2 / 256)


def test_a_metric_that_is_not_gated_gets_worse_without_consequence():
    slower = case_of({P50: EIGHT, "cold_start.total": times(1.5)})
    found = compared(case_of({P50: EIGHT, "cold_start.total": EIGHT}), slower)
    by_key = {metric.metric: metric for metric in found.cases[0].metrics}
    assert (found.verdict, by_key["cold_start.total"].verdict) == ("SAME", "SLOWER")
    assert by_key["cold_start.total"].q is None
    found_a = case_of({"cold_start.total": EIGHT})
    assert compared(found_a, slower, gates=("cold_start.total",)).verdict == "SLOWER"
    ungated = compared(found_a, case_of({"cold_start.total": times(1.5)}))
    assert ungated.verdict == "INVALID"  # none of the gates by default is there


def test_a_lone_change_among_too_many_gates_is_no_discovery():
    keys = [f"response_latency.x{index}" for index in range(7)]
    a = case_of(dict.fromkeys(keys, EIGHT))
    b = case_of(dict.fromkeys(keys, EIGHT) | {keys[0]: times(1.2)})
    assert compared(a, b, gates=tuple(keys[:6])).verdict == "SLOWER"
    found = compared(a, b, gates=tuple(keys))
    lone = found.cases[0].metrics[0]
    assert (found.verdict, lone.verdict, lone.more_blocks) == ("AMBIGUOUS", "AMBIGUOUS", 1)
    assert lone.q == pytest.approx(7 * 2 / 256)
    assert "among 7 gated metrics that is no discovery" in lone.reason
    assert any("7 metrics are gated: with 8 blocks" in note for note in found.notes)


def test_conditions_that_differ_make_it_incomparable_unless_that_is_said():
    b = case_of({P50: times(1.2)}, settings={"backend": "onnxruntime", "window": "200 ms"})
    found = compared(case_of({P50: EIGHT}), b)
    assert found.verdict == "INCOMPARABLE"
    assert found.cases[0].reason.startswith("INCOMPARABLE(backend, window)")
    assert found.cases[0].metrics == []
    assert compared(case_of({P50: EIGHT}), b, varied=("backend",)).verdict == "INCOMPARABLE"
    said = compared(case_of({P50: EIGHT}), b, varied=("backend", "window"))
    assert said.verdict == "SLOWER"
    assert [some.field for some in said.cases[0].varied] == ["backend", "window"]


def test_a_case_that_is_not_ok_is_invalid_and_says_why():
    bad = case_of({P50: EIGHT}, status="INVALID_HARNESS", reason="the harness was late")
    found = compared(case_of({P50: EIGHT}), bad)
    assert (found.verdict, found.cases[0].reason) == ("INVALID", "B is INVALID_HARNESS: the harness was late")


def test_a_gate_that_was_asked_for_and_not_measured_is_invalid():
    lacking = case_of({P50: EIGHT}, metrics={P99: score(P99, None)})
    found = compared(lacking, lacking, gates=(P50, P99))
    assert found.verdict == "INVALID"
    assert found.cases[0].reason.endswith("response_latency.p99: too few windows")
    assert compared(lacking, lacking).verdict == "SAME"  # of the default gates those that are there


@pytest.mark.parametrize("is_a", [True, False])
def test_a_default_gate_that_only_one_side_has_is_not_settled(is_a):
    whole = case_of({P50: EIGHT, P99: EIGHT})
    lost = case_of({P50: EIGHT}, metrics={P99: score(P99, None)})
    found = compared(whole, lost) if is_a else compared(lost, whole)
    assert (found.verdict, found.cases[0].reason) == ("AMBIGUOUS", P99)
    by_key = {metric.metric: metric for metric in found.cases[0].metrics}
    assert by_key[P99].reason == "only one side has it: too few windows"
    assert by_key[P50].q == by_key[P50].p  # it is no test, and so none of the family


def test_default_gates_that_no_side_has_are_told():
    found = compared(case_of({P50: EIGHT, P99: EIGHT}), case_of({P50: EIGHT, P99: EIGHT}))
    (note,) = [note for note in found.notes if "not gated" in note]
    assert note == (
        "realtime/eager-fp32/w300: neither side has compute_time.p50, compute_time.p99, deadline_miss_ratio.budget, "
        "host_memory.peak: not gated"
    )


def test_an_unknown_gate_names_the_near_one():
    case = case_of({P50: EIGHT})
    with pytest.raises(UsageError, match=r"--gate response_latency\.p55: unknown metric .* did you mean"):
        compared(case, case, gates=("response_latency.p55",))


def test_cases_match_by_id_or_as_the_only_ones():
    one, two = case_of({P50: EIGHT}, name="one"), case_of({P50: EIGHT}, name="two")
    assert [(case.a, case.b) for case in compared(one, two).cases] == [("one", "two")]
    both = compare_results(result_of(one, two), result_of(two, case_of({P50: EIGHT}, name="three")), Question(now=NOW))
    assert [(case.a, case.b) for case in both.cases] == [("two", "two")]
    assert {"only in A, not compared: one", "only in B, not compared: three"} < set(both.notes)
    with pytest.raises(UsageError, match="no case of a is in b: one, two; three"):
        compare_results(result_of(one, two), result_of(case_of({}, name="three"), run="b"), Question(now=NOW))


def test_the_worst_case_is_the_verdict_of_the_whole():
    a = result_of(case_of({P50: EIGHT}, name="x"), case_of({P50: EIGHT}, name="y"))
    b = result_of(case_of({P50: times(0.8)}, name="x"), case_of({P50: times(1.2)}, name="y"))
    found = compare_results(a, b, Question(now=NOW))
    assert ([case.verdict for case in found.cases], found.verdict) == (["FASTER", "SLOWER"], "SLOWER")


def test_a_noise_floor_of_this_host_is_used_and_named():
    case = case_of({P50: EIGHT})
    digest = conditions_digest(case)
    floor = floor_of(digest, metric_floor(margin=0.06))
    found = compared(case, case_of({P50: times(1.05)}), floors=(floor,))
    assert found.verdict == "SAME"
    assert any(note.startswith("margins from the noise floor of 2026-01-01") for note in found.notes)
    expired = replace(floor, created="2025-12-01T00:00:00+00:00")
    old = compared(case, case_of({P50: times(1.05)}), floors=(expired,))
    assert old.verdict == "SLOWER"
    assert any("expired on 2025-12-31: run josie-bench calibrate again" in note for note in old.notes)


def test_stored_runs_are_told_from_interleaved_ones():
    case = case_of({P50: EIGHT})
    stored, mixed = compared(case, case), compared(case, case, is_interleaved=True)
    assert (stored.design, mixed.design) == ("stored", "interleaved")
    assert any("not interleaved" in note for note in stored.notes)
    assert not any("not interleaved" in note for note in mixed.notes)


def test_both_runs_are_named_with_their_commit():
    case = case_of({P50: EIGHT})
    changed = result_of(case, host={"git": {"commit": "abc", "dirty": True}})
    found = compare_results(changed, result_of(case, run="b"), Question(now=NOW))
    assert (found.a.commit, found.b.commit, found.b.run) == ("abc+", None, "b")


def test_how_days_differ_counts_between_stored_runs_and_not_between_interleaved_ones():
    a, b = case_of({P50: EIGHT}), case_of({P50: times(1.05)})
    days = tuple(
        floor_of(
            conditions_digest(a),
            metric_floor(margin=0.01, level=4.6 + 0.03 * day),
            created=f"2026-01-0{day}T00:00:00+00:00",
        )
        for day in (1, 2, 3)
    )
    stored = compared(a, b, floors=days)
    assert stored.verdict == "AMBIGUOUS"
    assert "widened by the spread between days" in stored.cases[0].metrics[0].interval.method
    assert compared(a, b, floors=days[:2]).verdict == "SLOWER"
    assert compared(a, b, floors=days, is_interleaved=True).verdict == "SLOWER"


@pytest.mark.slow
def test_equal_builds_are_seldom_told_apart_and_a_slowdown_of_five_percent_is_found():
    """Eight runs a side of 600 windows each, 180 ms · exp(0.05·x + 0.01·g): x of each window, g of each run."""
    draw = np.random.default_rng(12)

    def runs(factor):
        logs = 0.05 * draw.standard_normal((8, 600)) + 0.01 * draw.standard_normal((8, 1))
        windows = np.sort(factor * 180.0 * np.exp(logs), axis=1)
        return case_of({P50: windows[:, 299].tolist(), P99: windows[:, 593].tolist()})

    same = [compared(runs(1.0), runs(1.0)).verdict for _ in range(200)]
    slower = [compared(runs(1.0), runs(1.05)).verdict for _ in range(100)]
    assert sum(verdict in ("SLOWER", "FASTER") for verdict in same) <= 0.05 * len(same)
    assert slower.count("SLOWER") >= 0.95 * len(slower)
