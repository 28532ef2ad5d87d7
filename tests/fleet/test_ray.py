"""Ray: what a cluster is cut into, what is said where there is none, and a real one where ray is installed."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess

import pytest

from josie_bench.errors import UnavailableError
from josie_bench.fleet import ray as ray_module
from josie_bench.fleet.ray import NOT_STARTED, _connect, _cut, _reason, open_ray
from josie_bench.terms.fleet_order import FleetOrder
from tests.cli.calling import command_of
from tests.fleet.ray_cluster import LONGEST_S, actor_at_work, cluster_of, free_port

needs_ray = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="ray is not installed: nox -s fleet")
SUITE = """\
schema: josie-bench/suite.v1
name: laws
fleet: {where: auto, cores: 1}
defaults: {preset: tiny, backend: simulated, windows: 200, warm_up: {windows: 1, duration: 0 ms}}
cases:
  - {name: one}
  - {name: two, rounds: 2}
  - {name: three, scenario: compute}
"""
LONG = """\
schema: josie-bench/suite.v1
name: laws
fleet: {where: auto, cores: 1}
defaults: {preset: tiny, backend: simulated, window: 300 ms, windows: 60}
cases:
  - {name: waits, simulated: {clock: real, median: 100 ms}}
"""


def test_without_ray_the_reason_says_what_to_install(monkeypatch):
    monkeypatch.setattr(ray_module.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UnavailableError, match=r"ray is not installed: pip install 'josie-bench\[fleet\]'"):
        open_ray(FleetOrder(where="auto"), is_on_gpu=False)


def test_a_worker_for_each_gpu_or_for_so_many_cores_of_one_machine():
    nodes = [{"CPU": 64.0, "GPU": 8.0}, {"CPU": 5.0}, {"memory": 1.0}]
    assert _cut(nodes, 2, is_on_gpu=True) == (8, {"num_gpus": 1, "num_cpus": 2})
    assert _cut([{"CPU": 8.0, "GPU": 8.0}], 2, is_on_gpu=True) == (8, {"num_gpus": 1, "num_cpus": 1})
    assert _cut(nodes, 2, is_on_gpu=False) == (34, {"num_cpus": 2})
    assert _cut([{"CPU": 3.0}, {"CPU": 3.0}], 4, is_on_gpu=False) == (0, {"num_cpus": 4})  # none spans two machines


def test_without_a_gpu_its_cases_say_so_themselves_on_workers_of_cores():
    assert _cut([{"CPU": 4.0}], 2, is_on_gpu=True) == (2, {"num_cpus": 2})


def test_the_end_of_an_actor_is_one_line_that_names_no_machine():
    text = "The actor died unexpectedly.\n\tip: 10.0.0.7\nWorker exit type: SYSTEM_ERROR Worker exit detail: killed"
    assert _reason(RuntimeError(text)) == "its actor died: SYSTEM_ERROR"
    text = "ray::_Hand.answer() (pid=7)\nModuleNotFoundError: No module named 'josie_bench'"
    assert _reason(RuntimeError(text)) == "its actor gave no answer: ModuleNotFoundError: No module named 'josie_bench'"
    assert _reason(RuntimeError()) == "its actor gave no answer: RuntimeError"


def test_who_finds_no_server_of_his_own_asks_once_more():
    asked, answers = [], [RuntimeError("RuntimeError: Starting Ray client server failed."), None]

    def init(**words):
        asked.append(words["address"])
        if (answer := answers[len(asked) - 1]) is not None:
            raise answer

    _connect(init, "ray://head:10001")
    assert asked == ["ray://head:10001"] * 2
    for told, times in ((NOT_STARTED, 2), ("another", 1)):
        asked, answers = [], [RuntimeError(told)] * 2
        with pytest.raises(RuntimeError, match=told):
            _connect(init, "ray://head:10001")
        assert len(asked) == times


@pytest.fixture
def cluster(tmp_path):
    """Start a cluster of two cores here."""
    with cluster_of(2, tmp_path) as found:
        yield found


def command_for(tmp_path, fleet, suite=SUITE):
    """Return the command that runs a suite over a fleet."""
    (tmp_path / "laws.yaml").write_text(suite, encoding="utf-8")
    return command_of("run", "laws.yaml", "--fleet", fleet, "--quiet")


def result_in(tmp_path):
    (file,) = tmp_path.glob("reports/laws/*/result.json")
    return json.loads(file.read_text(encoding="utf-8"))


def run_laws(tmp_path, fleet, environment):
    """Return how a run of the laws over a fleet ended, and its result."""
    command = command_for(tmp_path, fleet)
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    return done, result_in(tmp_path)


def check_whole(done, result):
    assert done.returncode == 0, done.stderr
    assert result["fleet"]["scheduler"] == "ray"
    assert {case["status"] for case in result["cases"]} == {"OK"}
    assert {worker["name"] for host in result["fleet"]["hosts"] for worker in host["workers"]} == {"worker1", "worker2"}


@needs_ray
def test_a_suite_runs_on_a_real_cluster(cluster, tmp_path):
    check_whole(*run_laws(tmp_path, "auto", cluster.environment))


@needs_ray
def test_a_suite_runs_on_a_cluster_that_is_elsewhere(cluster, tmp_path):
    outside = {name: value for name, value in cluster.environment.items() if name != "RAY_ADDRESS"}
    check_whole(*run_laws(tmp_path, cluster.client, outside))


@needs_ray
def test_a_case_whose_actor_is_killed_is_run_by_the_other(cluster, tmp_path):
    command = command_for(tmp_path, "auto", LONG)
    with subprocess.Popen(command, cwd=tmp_path, env=cluster.environment, stderr=subprocess.PIPE, text=True) as run:
        actor_at_work([cluster.head.pid], run).send_signal(signal.SIGKILL)
        _, said = run.communicate(timeout=LONGEST_S)
    assert run.returncode == 0, said
    (case,) = result_in(tmp_path)["cases"]
    (attempt,) = case["attempts"]
    assert (case["status"], attempt["reason"]) == ("OK", "its actor died: SYSTEM_ERROR")
    assert {attempt["worker"], case["worker"]} == {"worker1", "worker2"}


@needs_ray
def test_without_a_cluster_every_case_is_skipped_with_the_reason(tmp_path):
    address = f"ray://127.0.0.1:{free_port()}"
    done, result = run_laws(tmp_path, address, dict(os.environ))
    assert done.returncode == 3
    assert all(case["reason"].startswith(f"no Ray cluster at {address}") for case in result["cases"])
