"""The results folder of asv, held against the format as it is described."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from josie_bench.errors import UsageError
from josie_bench.exports import find_export
from josie_bench.reports import RunData

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def files(run_data):
    host = {
        "fingerprint": "feedbeef" * 8, "architecture": "x86_64", "cpu": "EPYC", "cpu_cores": 2, "os": "Debian",
        "memory_mib": 2048, "python": "CPython 3.11.7", "git": {"commit": COMMIT, "dirty": False},
    }  # fmt: skip
    data = RunData(result=replace(run_data.result, host=host), recordings=run_data.recordings)
    return {name: json.loads(content) for name, content in find_export("asv").files(data).items()}


def test_results_lie_by_machine_and_commit(files):
    assert list(files) == [
        "results/benchmarks.json",
        "results/host-feedbeef/machine.json",
        "results/host-feedbeef/01234567-realtime-py3.11.json",
    ]
    benchmarks, machine, results = files.values()
    assert (benchmarks["version"], machine["version"], results["version"]) == (2, 1, 2)
    assert machine == {
        "machine": "host-feedbeef", "arch": "x86_64", "cpu": "EPYC", "num_cpu": "2", "os": "Debian", "ram": "2048",
        "version": 1,
    }  # fmt: skip
    assert results["commit_hash"] == COMMIT
    assert results["params"]["machine"] == "host-feedbeef"
    assert results["params"]["python"] == results["python"] == "3.11"


def test_a_statistic_is_a_benchmark_and_the_case_its_parameter(files, run_data, sample):
    benchmarks, _, results = files.values()
    key = "response_latency.p95"
    assert benchmarks[key]["unit"] == "ms"
    assert benchmarks[key]["params"] == [[repr(case.id) for case in run_data.result.cases]]
    row = dict(zip(results["result_columns"], results["results"][key], strict=True))
    assert row["params"] == benchmarks[key]["params"]
    assert row["version"] == benchmarks[key]["version"] == "response_latency/1"
    expected = [case.metrics[key].value if case.status == "OK" else None for case in run_data.result.cases]
    assert row["result"] == expected
    assert expected[0] is not None
    assert None in expected


def test_every_statistic_of_the_run_is_there(files, run_data):
    benchmarks, _, results = files.values()
    keys = {key for case in run_data.result.cases for key in case.metrics}
    assert set(results["results"]) == keys
    assert set(benchmarks) == keys | {"version"}


def test_a_run_without_a_commit_is_refused_in_one_line(run_data):
    data = RunData(result=replace(run_data.result, host={"git": None}))
    with pytest.raises(UsageError, match="was not measured from a checkout: asv files results by commit"):
        find_export("asv").files(data)


def test_no_file_lies_elsewhere_whatever_a_host_says(run_data):
    host = {"fingerprint": "../../x", "git": {"commit": "../../.."}, "python": "../3.11"}
    names = find_export("asv").files(RunData(result=replace(run_data.result, host=host)))
    assert not any(".." in Path(name).parts for name in names)
    assert {Path(name).parts[0] for name in names} == {"results"}


def test_a_run_that_says_no_instant_is_refused_in_one_line(run_data):
    result = replace(run_data.result, host={"git": {"commit": COMMIT}}, run=replace(run_data.result.run, started="now"))
    with pytest.raises(UsageError, match="says no instant at which it started: 'now'"):
        find_export("asv").files(RunData(result=result))
