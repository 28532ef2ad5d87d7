"""Under which conditions two cases were measured, and what of that differs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from josie_bench.bench.comparability import check_varied, condition_names, conditions_digest, differences, is_varied
from josie_bench.errors import UsageError
from josie_bench.reports.result import from_json
from josie_bench.terms.fleet import FleetHost, FleetUse, FleetWorker
from josie_bench.terms.result import SCHEMA_VERSION
from tests.bench.comparing import EIGHT, P50, case_of, result_of, score


def found(case_a, case_b, a=None, b=None):
    return differences(a or result_of(case_a), case_a, b or result_of(case_b), case_b)


def read_golden(version):
    file = Path(__file__).parents[1] / "reports" / "golden" / f"result-{version}.json"
    return from_json(file.read_text(encoding="utf-8"), file)


def names(*words, **more):
    return [some.field for some in found(*words, **more)]


def test_the_same_run_differs_in_nothing():
    case = case_of({P50: EIGHT})
    assert found(case, case) == []


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"backend": "onnxruntime"}, "backend"),
        ({"window": "200 ms"}, "window"),
        ({"stream": {"speech": None, "video": None}}, "stream.speech"),
    ],
)
def test_a_setting_that_differs_is_named_with_both_values(settings, field):
    (difference,) = found(case_of({P50: EIGHT}), case_of({P50: EIGHT}, settings=settings))
    assert difference.field == field
    assert difference.a != difference.b


def test_what_may_be_held_of_a_gpu_is_a_condition():
    reserve = {"context": None, "fragments": None}
    free = case_of({P50: EIGHT}, settings={"backend": "cuda_graph"})
    capped, tighter = (
        case_of({P50: EIGHT}, settings={"backend": "cuda_graph", "gpu_memory": {"cap": f"{cap} B"} | reserve})
        for cap in (8 * 2**30, 7 * 2**30)
    )
    assert names(free, capped) == names(capped, tighter) == ["gpu_memory.cap"]
    assert len({conditions_digest(case) for case in (free, capped, tighter)}) == 3


SESSIONS = {"sessions": 4, "phase": "random", "shedding": "never", "stay": "900.0 ms"}  # as schema 1.4 writes them
LATER = {"batching": "sequential", "away": "0.0 ms", "grace": "0.0 ms", "admit": None}


def test_what_an_earlier_schema_had_not_yet_is_what_it_is_by_default():
    old, new = case_of({P50: EIGHT}, settings=SESSIONS), case_of({P50: EIGHT}, settings=SESSIONS | LATER)
    assert found(old, new) == found(new, old) == []
    assert conditions_digest(old) == conditions_digest(new)
    other = case_of({P50: EIGHT}, settings=SESSIONS | LATER | {"batching": "continuous"})
    assert names(old, other) == ["batching"]
    assert conditions_digest(old) != conditions_digest(other)


def test_one_session_is_what_a_case_has_that_says_nothing_of_sessions():
    (difference,) = found(case_of({P50: EIGHT}), case_of({P50: EIGHT}, settings=SESSIONS | LATER | {"stay": None}))
    assert (difference.field, difference.a, difference.b) == ("sessions", "none", "4")


@pytest.mark.parametrize(("busy", "beside", "differ"), [(0, None, []), (2, 2, []), (2, 1, ["cpu"]), (2, None, ["cpu"])])
def test_busy_is_what_results_up_to_1_4_call_the_neighbours_cores(busy, beside, differ):
    now = {} if beside is None else {"beside": {"cpu": beside, "memory": "0 B", "model": None}}
    old, new = case_of({P50: EIGHT}, settings={"busy": busy}), case_of({P50: EIGHT}, settings=now)
    assert names(old, new) == [f"beside.{name}" for name in differ]
    assert (conditions_digest(old) != conditions_digest(new)) is bool(differ)


@pytest.mark.parametrize("version", ["1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0"])
def test_results_of_every_schema_can_be_compared_where_their_metrics_mean_the_same(version):
    old, new = (read_golden(name) for name in (version, SCHEMA_VERSION))
    new_cases = {case.id: case for case in new.cases}
    both = [(case, new_cases[case.id]) for case in old.cases if case.id in new_cases]
    assert both
    for one, other in both:
        fields = [some.field for some in differences(old, one, new, other)]
        assert [field for field in fields if not field.startswith(("definition.", "host."))] == []


def test_names_budgets_timeouts_rounds_and_what_a_gpu_has_taken_are_no_conditions():
    other = {"name": "b", "budgets": [{"assert": "x"}], "timeout": "9 s", "rounds": 3, "gpu_memory": {"context": "1 B"}}
    assert found(case_of({P50: EIGHT}), case_of({P50: EIGHT}, settings=other)) == []
    assert conditions_digest(case_of({P50: EIGHT})) == conditions_digest(case_of({P50: EIGHT}, settings=other))
    changed = case_of({P50: EIGHT}, settings={"window": "200 ms"})
    assert conditions_digest(case_of({P50: EIGHT})) != conditions_digest(changed)


def test_a_recording_counts_by_its_content_wherever_it_lies():
    here, there = (case_of({}, settings={"stream": {"speech": f"/{k}/x.wav", "video": None}}) for k in "ab")
    same, other = result_of(here, datasets=[("audio", "1")]), result_of(there, datasets=[("audio", "2")])
    assert found(here, there, same, result_of(there, datasets=[("audio", "1")])) == []
    assert [some.field for some in found(here, there, same, other)] == ["stream.speech"]
    changed = case_of({}, sha="t")
    assert [some.field for some in found(case_of({}), changed, same, other)] == ["datasets"]


def test_recorded_visits_count_by_their_content_wherever_they_lie():
    here, there = (case_of({}, settings={"visits": {"file": f"/{k}/x.csv", "sha256": "1"}}) for k in "ab")
    assert found(here, there) == []
    assert conditions_digest(here) == conditions_digest(there)
    assert names(here, case_of({}, settings={"visits": {"file": "/a/x.csv", "sha256": "2"}})) == ["visits.sha256"]
    assert names(here, case_of({}))  # drawn ones


def test_a_calibration_set_counts_by_its_content_wherever_it_lies():
    def calibrated(speech, windows, sha256):
        chosen = {"speech": speech, "video": "bundled", "windows": windows, "sha256": sha256}
        return case_of({}, settings={"calibration": chosen})

    here, there = calibrated("/a", 64, "1"), calibrated("/b", 64, "1")
    assert found(here, there) == []
    assert conditions_digest(here) == conditions_digest(there)
    assert names(here, calibrated("/a", 64, "2")) == ["calibration.sha256"]
    assert names(here, calibrated("/a", 32, "1")) == ["calibration.windows"]
    assert names(here, case_of({})) == ["calibration.windows", "calibration.sha256"]  # the usual one
    assert conditions_digest(here) != conditions_digest(case_of({}))


def test_other_weights_are_seen_where_the_engines_are_the_same():
    a, b = case_of({}), case_of({}, sha="t")
    results = result_of(a, subjects=["1" * 64]), result_of(b, subjects=["2" * 64])
    assert [some.field for some in found(a, b, *results)] == ["weights_sha256"]
    int8 = case_of({}, sha="t", settings={"precision": "int8"})
    assert [some.field for some in found(a, int8, *results)] == ["precision"]


def test_files_of_weights_count_by_their_content_whatever_engine_holds_them():
    here, there = (case_of({}, settings={"weights": [f"/{k}/w.safetensors"]}, weight_files=["1" * 64]) for k in "ab")
    assert found(here, there) == []
    other = case_of({}, settings={"weights": ["/a/w.safetensors"], "precision": "int8"}, weight_files=["2" * 64])
    assert names(here, other) == ["precision", "weights"]
    assert names(here, case_of({}, settings={"weights": []})) == ["weights"]


def test_a_metric_that_means_something_else_now_is_named():
    old, new = (case_of({}, metrics={P50: score(P50, 1.0, definition=f"response_latency/{v}")}) for v in (1, 2))
    (difference,) = found(old, new)
    assert (difference.field, difference.a, difference.b) == (
        "definition.response_latency", "response_latency/1", "response_latency/2",
    )  # fmt: skip


def test_another_machine_is_told_by_what_is_another():
    case = case_of({})
    other = result_of(case, host={"fingerprint": "e", "cpu": "two"})
    assert [(some.field, some.a, some.b) for some in found(case, case, b=other)] == [("host.cpu", "one", "two")]
    unknown = result_of(case, host={"fingerprint": "e"})
    assert [some.field for some in found(case, case, b=unknown)] == ["host.fingerprint"]


def test_a_case_of_a_fleet_is_of_its_own_machine_and_workers_beside_it_are_a_condition():
    workers = [FleetWorker(name=f"worker{number}", cores=[number]) for number in (1, 2)]
    told = {"workers": workers, "clock_offset_ms": 0.0, "clock_error_ms": 0.0}
    host = FleetHost(label="host1", facts={"fingerprint": "f" * 64, "cpu": "one"}, **told)
    case = case_of({})
    gathered = result_of(replace(case, host="host1"), host={"fingerprint": "e", "cpu": "two"})
    shared_out = replace(gathered, fleet=FleetUse(scheduler="local", hosts=[host]))
    (difference,) = differences(result_of(case), case, shared_out, shared_out.cases[0])
    assert (difference.field, difference.a, difference.b) == ("host.workers", "1", "2")
    check_varied(["host.workers"])


def test_only_another_major_version_of_the_tool_matters():
    case = case_of({})
    assert found(case, case, b=result_of(case, tool="0.9.3")) == []
    assert [some.field for some in found(case, case, b=result_of(case, tool="1.0.0"))] == ["tool"]


def test_what_may_differ_is_declared_by_its_name_or_the_one_above_it():
    assert is_varied("host.cpu", ["host"])
    assert is_varied("backend", ["backend"])
    assert not is_varied("hostess", ["host"])
    assert not is_varied("backend", [])


def test_a_condition_that_there_is_not_names_the_near_one():
    check_varied([*condition_names(), "stream.speech", "definition.jitter"])
    with pytest.raises(UsageError, match="--vary backnd: unknown condition 'backnd': did you mean 'backend'"):
        check_varied(["backnd"])
