"""Ray: what a cluster is cut into, what is said where there is none, and a real one where ray is installed."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
import tempfile
import time

import pytest

from josie_bench.errors import UnavailableError
from josie_bench.fleet import ray as ray_module
from josie_bench.fleet.ray import _cut, _reason, open_ray
from josie_bench.terms.fleet_order import FleetOrder
from tests.cli.calling import command_of

LONGEST_S = 240.0
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


def free_port():
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        return some.getsockname()[1]


@pytest.fixture
def cluster(tmp_path):
    """Start a cluster of two cores here, and return the environment of who is in it."""
    environment = dict(os.environ) | {"RAY_AUTH_MODE": "disabled", "RAY_raylet_start_wait_time_s": "240"}
    environment |= {"RAY_worker_niceness": "0", "PYTHONPATH": os.pathsep.join(sys.path)}
    port, log = free_port(), tmp_path / "ray.txt"
    words = ["start", "--head", "--num-cpus=2", "--include-dashboard=false", f"--port={port}", "--block"]
    words += [f"--ray-client-server-port={free_port()}", f"--temp-dir={tempfile.mkdtemp(prefix='ray')}"]
    with log.open("wb") as told:
        command = [sys.executable, "-m", "ray.scripts.scripts", *words]
        with subprocess.Popen(command, env=environment, stdout=told, stderr=told) as process:
            deadline = time.monotonic() + LONGEST_S
            while "--block" not in (said := log.read_text(encoding="utf-8")) and time.monotonic() < deadline:
                assert process.poll() is None, said
                time.sleep(0.5)
            yield environment | {"RAY_ADDRESS": f"127.0.0.1:{port}"}  # not another cluster of this machine
            process.terminate()


def run_laws(tmp_path, fleet, environment):
    """Return how a run of the laws over a fleet ended, and its result."""
    (tmp_path / "laws.yaml").write_text(SUITE, encoding="utf-8")
    command = command_of("run", "laws.yaml", "--fleet", fleet, "--quiet")
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    (file,) = tmp_path.glob("reports/laws/*/result.json")
    return done, json.loads(file.read_text(encoding="utf-8"))


@needs_ray
def test_a_suite_runs_on_a_real_cluster(cluster, tmp_path):
    done, result = run_laws(tmp_path, "auto", cluster)
    assert done.returncode == 0, done.stderr
    assert result["fleet"]["scheduler"] == "ray"
    assert {case["status"] for case in result["cases"]} == {"OK"}
    assert {worker["name"] for host in result["fleet"]["hosts"] for worker in host["workers"]} == {"worker1", "worker2"}


@needs_ray
def test_without_a_cluster_every_case_is_skipped_with_the_reason(tmp_path):
    address = f"ray://127.0.0.1:{free_port()}"
    done, result = run_laws(tmp_path, address, dict(os.environ))
    assert done.returncode == 3
    assert all(case["reason"].startswith(f"no Ray cluster at {address}") for case in result["cases"])
