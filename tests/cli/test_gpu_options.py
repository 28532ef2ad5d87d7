"""`run --gpu-clock --gpu-power` as a person calls it: what is refused, what the run says of it, and going on."""

from __future__ import annotations

import json
import os
import signal
import subprocess

import pytest

from tests.cli.calling import called, called_apart, command_of
from tests.cli.cutting_off import wait_for
from tests.probes.held_nvml import StandIn

SUITE = """\
schema: josie-bench/suite.v1
name: laws
defaults: {preset: tiny, backend: simulated, windows: 60, warm_up: {windows: 1, duration: 0 ms}}
cases:
  - {name: one, scenario: compute}
"""
HELD = ("--gpu-clock", "1410MHz", "--gpu-power", "300 W")
FREE = (None, 700_000)


@pytest.fixture
def suite(tmp_path):
    (tmp_path / "laws.yaml").write_text(SUITE)
    return "laws.yaml"


@pytest.fixture
def gpu(tmp_path):
    return StandIn(tmp_path)


def run_on(gpu, *words, cwd):
    return called_apart("run", *words, cwd=cwd, env=os.environ | gpu.environment)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--gpu-clock", "1410"), "--gpu-clock 1410: take a number of MHz above zero, for example 1410MHz"),
        (("--gpu-clock", "300W"), "--gpu-clock 300W: take a number of MHz"),
        (("--gpu-power", "much"), "--gpu-power much: take a number of W above zero, for example 300W"),
        (("--gpu-power", "0W"), "--gpu-power 0W: take a number of W above zero"),
        ((*HELD, "--fleet", "local:2"), "none of a fleet's workers: leave one out"),
    ],
)
def test_words_that_mean_nothing_are_refused_in_one_line(suite, tmp_path, words, said):
    done = called("run", suite, *words, cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert said in done.stderr
    assert not (tmp_path / "reports").exists()


def test_without_nvml_nothing_is_run(suite, tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    done = called("run", suite, *HELD, cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert "or leave --gpu-clock and --gpu-power out" in done.stderr
    assert not (tmp_path / "reports").exists()


def test_a_run_says_what_its_gpu_was_held_at_and_gives_it_back(suite, gpu, tmp_path):
    done = run_on(gpu, suite, *HELD, "--quiet", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    folder = tmp_path / done.stdout.strip()
    result = json.loads((folder / "result.json").read_text())
    assert result["host"]["gpu_held"] == {"sm_clock_mhz": 1410, "power_limit_w": 300.0}
    assert result["host"]["gpu"][0]["power_limit_w"] == 300.0
    for report in ("report.md", "report.html"):
        told = (folder / report).read_text()
        assert "clocks were held at 1410 MHz and power limit was held at 300 W" in told
    assert gpu.held == FREE


def test_a_fleet_of_the_suites_own_is_refused_and_the_gpu_given_back(suite, gpu, tmp_path):
    (tmp_path / suite).write_text(f"{SUITE}fleet: {{where: 'local:2'}}\n")
    done = run_on(gpu, suite, *HELD, cwd=tmp_path)
    assert (done.returncode, "leave one out" in done.stderr) == (2, True)
    assert gpu.state["calls"] == ["lock", "limit", "free", "limit"]
    assert gpu.held == FREE


def test_a_run_that_is_killed_gives_the_gpu_back_and_goes_on_only_if_it_is_held_again(suite, gpu, tmp_path):
    (tmp_path / suite).write_text(SUITE.replace("compute", "compute, rounds: 500"))
    words = command_of("run", suite, *HELD, "--output", "out")
    with subprocess.Popen(words, cwd=tmp_path, env=os.environ | gpu.environment, stderr=subprocess.PIPE) as process:
        folder = wait_for(lambda: next((tmp_path / "out" / "laws").glob("*"), None), process)
        wait_for((folder / "trials" / "0001").is_dir, process)
        assert gpu.held == (1410, 300_000)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)  # the guardian has it too: its end is waited for
    assert gpu.held == FREE
    done = run_on(gpu, "--resume", str(folder), cwd=tmp_path)
    assert (done.returncode, "--gpu-clock and --gpu-power count" in done.stderr) == (2, True)
