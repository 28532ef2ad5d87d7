"""Ray: what a cluster is cut into, what is said where there is none, and a real one where ray is installed."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys

import pytest

from josie_bench.errors import UnavailableError
from josie_bench.fleet import ray as ray_module
from josie_bench.fleet.ray import _cut, _reason, open_ray
from josie_bench.terms.fleet_order import FleetOrder
from tests.cli.calling import command_of

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


@pytest.fixture
def cluster(tmp_path):
    """Start a cluster of two cores here, and return the environment of who uses it."""
    environment = dict(os.environ) | {"RAY_TMPDIR": str(tmp_path), "RAY_AUTH_MODE": "disabled"}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    ray = [sys.executable, "-m", "ray.scripts.scripts"]
    words = ["start", "--head", "--num-cpus", "2", "--include-dashboard=false", "--port=0", "--block"]
    process = subprocess.Popen([*ray, *words], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    for line in process.stdout:
        if b"--block" in line or b"runtime started" in line:
            break
    yield environment
    process.terminate()
    process.wait(60)


@needs_ray
def test_a_suite_runs_on_a_real_cluster(cluster, tmp_path):
    (tmp_path / "laws.yaml").write_text(SUITE, encoding="utf-8")
    done = subprocess.run(
        command_of("run", "laws.yaml", "--quiet"),
        cwd=tmp_path,
        env=cluster,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (file,) = tmp_path.glob("reports/laws/*/result.json")
    result = json.loads(file.read_text(encoding="utf-8"))
    assert result["fleet"]["scheduler"] == "ray"
    assert {case["worker"] for case in result["cases"]} == {"worker1", "worker2"}


@needs_ray
def test_without_a_cluster_every_case_is_skipped_with_the_reason(tmp_path):
    (tmp_path / "laws.yaml").write_text(SUITE, encoding="utf-8")
    environment = dict(os.environ) | {"RAY_TMPDIR": str(tmp_path / "nowhere")}
    done = subprocess.run(
        command_of("run", "laws.yaml"), cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    assert "SKIPPED: no Ray cluster at auto" in done.stdout
