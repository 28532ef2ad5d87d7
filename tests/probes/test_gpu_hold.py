"""A GPU that is held and given back, however the process ends that asked for it; the GPU is a file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from josie_bench.errors import UnavailableError, UsageError
from josie_bench.probes.gpu_hold import held_gpu
from tests.probes.held_nvml import HeldNvml, StandIn

FREE = (None, 700_000)
HELD = (1410, 300_000)
HOLDER = """
import time
from josie_bench.probes.gpu_hold import held_gpu
with held_gpu(1410.0, 300.0, None):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def gpu(tmp_path, monkeypatch):
    stand_in = StandIn(tmp_path)
    for name, value in stand_in.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setitem(sys.modules, "pynvml", HeldNvml())
    return stand_in


@pytest.fixture
def holder(gpu):
    """Return a process that holds the GPU in a group of its own, as a shell starts one."""
    words = [sys.executable, "-c", HOLDER]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout.readline() == "held\n"
        assert gpu.held == HELD
        yield process
        process.kill()


def guardian_of(pid):
    (guardian,) = psutil.Process(pid).children()
    return guardian


def test_a_gpu_is_held_meanwhile_and_given_back(gpu):
    with held_gpu(1410.0, 300.0, None) as facts:
        assert facts == {"sm_clock_mhz": 1410, "power_limit_w": 300.0}
        assert gpu.held == HELD
    assert gpu.held == FREE


def test_the_power_limit_that_is_given_back_is_the_one_that_was_there_before(gpu):
    gpu.set(power=450_000)
    with held_gpu(None, 300.0, None) as facts:
        assert facts == {"power_limit_w": 300.0}
    assert gpu.held == (None, 450_000)
    assert gpu.state["calls"] == ["limit", "limit"]  # clocks that somebody else locked are left alone


def test_an_error_while_it_is_held_gives_it_back_and_is_not_hidden(gpu):
    with pytest.raises(KeyError, match="mine"), held_gpu(1410.0, None, None):
        raise KeyError("mine")
    assert gpu.held == FREE
    assert gpu.state["calls"] == ["lock", "free"]


def test_nothing_asked_for_needs_no_gpu(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", None)
    with held_gpu(None, None, None) as facts:
        assert facts == {}


@pytest.mark.parametrize(
    ("clock", "power", "said"),
    [
        (1400.0, None, r"--gpu-clock 1400MHz: .* from 345MHz to 1980MHz: the nearest is 1395MHz"),
        (9000.0, None, r"the nearest is 1980MHz"),
        (1410.5, None, r"--gpu-clock 1410.5MHz: .* the nearest is 1410MHz"),
        (1410.0, 199.9, r"--gpu-power 199.9W: this GPU takes a limit from 200W to 700W"),
        (None, 701.0, r"--gpu-power 701W"),
    ],
)
def test_what_the_gpu_cannot_be_is_refused_before_anything_is_changed(gpu, clock, power, said):
    with pytest.raises(UsageError, match=said), held_gpu(clock, power, None):
        pass
    assert gpu.state["calls"] == []


@pytest.mark.parametrize(
    ("refused", "said", "calls"),
    [
        ({"lock": "permission"}, "may not set .*: run as root", []),
        ({"limit": "permission"}, "run as root", ["lock", "free"]),  # what was held already is given back
        ({"limit": "support"}, "cannot be set: leave --gpu-clock", ["lock", "free"]),
        ({"constraints": "support"}, "cannot be set", []),
    ],
)
def test_what_nvml_refuses_is_told_with_its_mend_and_nothing_stays_held(gpu, capfd, refused, said, calls):
    gpu.set(refused=refused)
    with pytest.raises(UnavailableError, match=said), held_gpu(1410.0, 300.0, None):
        pytest.fail("it is not held")
    assert gpu.held == FREE
    assert gpu.state["calls"] == calls
    assert capfd.readouterr().err == ""


def test_without_a_gpu_the_reason_is_told(gpu, monkeypatch):
    with pytest.raises(UnavailableError, match="CUDA_VISIBLE_DEVICES='7' names: leave"), held_gpu(1410.0, None, "7"):
        pass
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UnavailableError, match="pip install nvidia-ml-py"), held_gpu(1410.0, None, None):
        pass


def test_one_that_was_killed_has_its_gpu_given_back(gpu, holder):
    guardian = guardian_of(holder.pid)
    holder.kill()
    holder.wait()
    guardian.wait(timeout=30)
    assert gpu.held == FREE
    assert gpu.state["calls"] == ["lock", "limit", "free", "limit"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_all_of_its_group_gives_the_gpu_back(gpu, holder, number):
    guardian = guardian_of(holder.pid)
    os.killpg(holder.pid, number)
    holder.wait()
    guardian.wait(timeout=30)
    assert gpu.held == FREE


def test_the_guardian_outlives_signals_that_are_for_the_run(gpu, holder):
    guardian = guardian_of(holder.pid)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        guardian.send_signal(number)
    time.sleep(0.2)
    assert guardian.is_running()
    assert gpu.held == HELD


def test_where_the_guardian_was_killed_the_run_gives_the_gpu_back(gpu):
    with held_gpu(1410.0, 300.0, None):
        guardian_of(os.getpid()).kill()
    assert gpu.held == FREE


def test_a_guardian_that_ends_before_it_answers_is_told(gpu, monkeypatch):
    monkeypatch.setattr("josie_bench.probes.gpu_hold.sys.executable", "false")
    with pytest.raises(UnavailableError, match="has ended"), held_gpu(1410.0, None, None):
        pytest.fail("it is not held")
    assert gpu.held == FREE


def test_what_cannot_be_given_back_is_told_with_the_command_that_does(gpu, capfd):
    told = r"held still \(free\): nvidia-smi -i GPU-0e5 --reset-gpu-clocks && nvidia-smi -i GPU-0e5 --power-limit 700"
    with pytest.raises(UnavailableError, match=told), held_gpu(1410.0, 300.0, None):
        gpu.set(clock=1410, power=300_000, refused={"free": "permission"})
    assert gpu.held == (1410, 700_000)  # what could be given back was
    assert "could not be given back (free)" in capfd.readouterr().err
