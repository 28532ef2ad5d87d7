"""LoadGen's figures beside ours: worked by hand, and against the real library where it is installed."""

from __future__ import annotations

import json
import time

import pytest

from josie_bench.bench import loadgen
from josie_bench.bench.calibration import prepare_engines
from josie_bench.bench.loadgen import LIBRARY, WARM_UP, Plan, Query, answering, drive, figures, told, unavailable
from josie_bench.engines.store import EngineRequest
from josie_bench.errors import UnavailableError, UsageError
from tests.bench.cases import make_case

MS = 1_000_000


@pytest.fixture
def plan(tmp_path):
    """Return what makes a plan that writes into a folder of this test."""
    needs_loadgen()
    return lambda scenario, queries: Plan(
        scenario=scenario, queries=queries, per_s=200.0, bound_ms=300.0, folder=tmp_path
    )


def needs_loadgen():
    if (reason := unavailable()) is not None:
        pytest.skip(str(reason))


def test_our_figures_come_from_our_record_alone():
    """Ten queries, issued 10 ms apart, which wait 1 ms and take 1 to 10 ms: 99 ms + 2 ms from first to last."""
    queries = [
        Query(index=0, issued_ns=k * 10 * MS, started_ns=(k * 10 + 1) * MS, finished_ns=(k * 10 + 2 + k) * MS)
        for k in range(10)
    ]
    said = {
        "result_query_count": 1,
        "generated_samples_per_query": 10,
        "result_90.00_percentile_latency_ns": 10_500_000,
    }
    found = {figure.name: figure for figure in figures(queries, said)}
    assert (found["windows"].theirs, found["windows"].ours) == (10, 10)
    assert found["answered"].ours == pytest.approx(10 / 0.101)
    assert found["answered"].theirs is None
    assert (found["latency p50"].theirs, found["latency p50"].ours) == (None, 6.0)
    assert (found["latency p90"].theirs, found["latency p90"].ours) == (10.5, 10.0)
    assert found["latency p99"].ours == 11.0
    assert found["compute p50"].ours == 5.0


def test_the_detailed_log_is_read_by_key_and_other_lines_are_passed_over(tmp_path):
    lines = [{"key": "a", "value": 1}, {"key": "b", "value": "VALID"}, {"key": "a", "value": 2}]
    text = "\n".join(["something else", *(f":::MLLOG {json.dumps(line)}" for line in lines)])
    (tmp_path / "mlperf_log_detail.txt").write_text(text)
    assert told(tmp_path) == {"a": 2, "b": "VALID"}


def test_without_the_library_the_line_that_installs_it_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    plan = Plan(scenario="offline", queries=1, per_s=1.0, bound_ms=1.0, folder=tmp_path)
    with pytest.raises(UnavailableError, match=r"pip install 'josie-bench\[loadgen\]'"):
        drive(lambda _: None, plan)


def test_a_window_is_answered_by_all_components_and_a_component_by_itself(monkeypatch, store):
    monkeypatch.setattr(loadgen, "LIBRARY", 3)
    case = make_case(backend="null", scenario="compute")
    manifests, _ = prepare_engines(store, EngineRequest.of(case))
    assert answering(case, manifests, None)(2).codes.shape[1] > 0
    assert set(answering(case, manifests, "audio_encoder")(2)) == {"codes"}
    deaf = make_case(backend="null", scenario="compute", modalities=("audio",))
    manifests, _ = prepare_engines(store, EngineRequest.of(deaf))
    with pytest.raises(UsageError, match="called in none"):
        answering(deaf, manifests, "vision_encoder")


@pytest.mark.parametrize(("scenario", "queries"), [("single-stream", 80), ("offline", 80), ("server", 80)])
def test_loadgen_counts_what_we_count_and_its_percentiles_are_ours(plan, tmp_path, scenario, queries):
    asked = []

    def answer(index):
        asked.append(index)
        time.sleep(0.002)

    record = drive(answer, plan(scenario, queries))
    assert len(record) == queries
    assert asked[:WARM_UP] == list(range(WARM_UP))
    assert [query.index for query in record] == asked[WARM_UP:]
    assert all(0 <= query.index < LIBRARY for query in record)
    found = {figure.name: figure for figure in figures(record, told(tmp_path))}
    assert found["windows"].theirs == found["windows"].ours == queries
    latencies = sorted((query.finished_ns - query.issued_ns) / MS for query in record)
    for percent in (50, 90, 95, 99):
        theirs, rank = found[f"latency p{percent}"].theirs, queries * percent // 100
        # It takes rank ⌊n·p⌋ from 0, ours or the next one; it counts from before the query reached us, until it heard.
        assert theirs is not None
        assert theirs >= latencies[rank - 1]
    slowest = max(query.finished_ns - query.issued_ns for query in record)
    assert told(tmp_path)["result_max_latency_ns"] >= slowest
    assert (tmp_path / "mlperf_log_summary.txt").read_text().count("MLPerf Results Summary") == 1


def test_an_answer_that_fails_fails_the_run_instead_of_hanging_it(plan):
    def answer(index):
        if index == 0 and seen:
            raise ValueError("broken")
        seen.append(index)

    seen: list[int] = []
    with pytest.raises(ValueError, match="broken"):
        drive(answer, plan("offline", 200))
