"""Facts of the host, its fingerprint, and what doctor finds."""

from __future__ import annotations

import getpass
import importlib.machinery
import json
import re
import socket
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from josie_bench.probes import host
from tests.probes.kernel_files import put


class NVMLError(Exception):
    """What NVML raises."""


def fake_nvml(**changes) -> ModuleType:
    module = ModuleType("pynvml")
    module.__spec__ = importlib.machinery.ModuleSpec("pynvml", None)
    module.closed = []
    answers = {
        "NVMLError": NVMLError,
        "nvmlInit": lambda: None,
        "nvmlShutdown": lambda: module.closed.append(True),
        "nvmlDeviceGetCount": lambda: 1,
        "nvmlDeviceGetHandleByIndex": lambda index: index,
        "nvmlDeviceGetCudaComputeCapability": lambda handle: (9, 0),
        "nvmlDeviceGetName": lambda handle: b"NVIDIA H200",
        "nvmlDeviceGetUUID": lambda handle: "GPU-secret",
        "nvmlSystemGetDriverVersion": lambda: "580.1",
        "nvmlDeviceGetMemoryInfo": lambda handle: SimpleNamespace(total=141 * 2**30),
        "nvmlDeviceGetEccMode": lambda handle: [1, 1],
        "nvmlDeviceGetMigMode": fail,
        "nvmlDeviceGetPersistenceMode": lambda handle: 0,
        "nvmlDeviceGetDisplayActive": lambda handle: 0,
        "nvmlDeviceGetPowerManagementLimit": lambda handle: 700_000,
        "nvmlDeviceGetApplicationsClock": lambda handle, kind: (1830, 2619)[kind],
        "NVML_CLOCK_SM": 0,
        "NVML_CLOCK_MEM": 1,
    }
    for name, answer in (answers | changes).items():
        setattr(module, name, answer)
    return module


def fail(*_):
    raise NVMLError("Driver Not Loaded")


def test_facts_are_json_and_name_the_versions():
    facts = host.host_facts()
    assert json.loads(json.dumps(facts)) == facts
    assert facts["packages"]["numpy"] == version("numpy")
    assert facts["python"].endswith(sys.version.split()[0])
    assert facts["cpu_cores"] >= facts["cpu_affinity"] >= 1
    assert facts["memory_mib"] > 256


def test_facts_hold_no_host_name_user_or_path():
    text = json.dumps(host.host_facts())
    assert socket.gethostname() not in text
    assert str(Path.home()) not in text
    assert str(host.CHECKOUT) not in text
    if len(getpass.getuser()) > 4:  # a short one, such as root, may be part of another word
        assert getpass.getuser() not in text


def test_the_fingerprint_changes_with_the_machine_but_not_with_what_is_installed():
    facts = host.host_facts()
    assert re.fullmatch(r"[0-9a-f]{64}", facts["fingerprint"])
    assert host._fingerprint(facts | {"packages": {}, "git": None, "python": "CPython 9"}) == facts["fingerprint"]
    for name in host.STABLE:
        assert host._fingerprint(facts | {name: "another"}) != facts["fingerprint"], name


def test_a_machine_whose_gpu_is_held_is_another_to_all_who_compare():
    facts = host.host_facts()
    held = host.with_held(facts, {"sm_clock_mhz": 1410})
    assert held["gpu_held"] == {"sm_clock_mhz": 1410}
    other = host.with_held(facts, {"sm_clock_mhz": 1395})
    assert len({facts["fingerprint"], held["fingerprint"], other["fingerprint"]}) == 3
    assert host.with_held(facts, {}) == facts


def test_two_readings_agree():
    assert host.host_facts()["fingerprint"] == host.host_facts()["fingerprint"]


def test_without_a_driver_there_is_no_gpu_and_a_reason(monkeypatch):
    monkeypatch.setattr(host.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(host.shutil, "which", lambda name: None)
    assert host._gpus() == ([], "nvidia-smi/NVML not found: no NVIDIA driver on this machine", [])
    monkeypatch.setattr(host.shutil, "which", lambda name: "/usr/bin/nvidia-smi")
    gpus, absence, _ = host._gpus()
    assert gpus == []
    assert "pip install" in absence


def test_a_gpu_is_named_and_its_uuid_hidden(monkeypatch):
    module = fake_nvml()
    monkeypatch.setitem(sys.modules, "pynvml", module)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    (gpu,), absence, seen = host._gpus()
    assert absence is None
    assert seen == [0]
    assert gpu["name"] == "NVIDIA H200"
    assert gpu["sm"] == "9.0"
    assert gpu["memory_mib"] == 141 * 1024
    assert (gpu["ecc"], gpu["persistence"], gpu["display"], gpu["power_limit_w"]) == (True, False, False, 700.0)
    assert gpu["application_clocks_mhz"] == [1830, 2619]
    assert gpu["mig"] is None  # this one does not tell
    assert "secret" not in json.dumps(gpu)
    assert module.closed == [True]
    assert host._gpu_finding() == host.Finding(level="ok", what="NVIDIA H200")


@pytest.mark.parametrize("broken", ["nvmlInit", "nvmlDeviceGetCount"])
def test_a_driver_that_fails_becomes_the_reason(monkeypatch, broken):
    monkeypatch.setitem(sys.modules, "pynvml", fake_nvml(**{broken: fail}))
    gpus, absence, seen = host._gpus()
    assert (gpus, seen) == ([], [])
    assert "Driver Not Loaded" in absence


def test_the_gpus_that_cuda_sees_are_told_in_its_order_and_make_no_other_machine(monkeypatch):
    uuids = {"nvmlDeviceGetCount": lambda: 3, "nvmlDeviceGetUUID": lambda handle: f"GPU-{handle}c4".encode()}
    monkeypatch.setitem(sys.modules, "pynvml", fake_nvml(**uuids))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-2,0")
    some = host.host_facts()
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    every = host.host_facts()
    assert (some["cuda_gpus"], every["cuda_gpus"]) == ([2, 0], [0, 1, 2])
    assert len(some["gpu"]) == 3
    assert some["fingerprint"] == every["fingerprint"]


def test_the_gpu_that_backends_take_is_the_first_that_cuda_sees(monkeypatch):
    more = {
        "nvmlDeviceGetCount": lambda: 2,
        "nvmlDeviceGetUUID": lambda handle: f"GPU-{handle}",
        "nvmlDeviceGetName": lambda handle: ("NVIDIA L4", "NVIDIA H200")[handle],
        "nvmlDeviceGetHandleByUUID": fail,
    }
    monkeypatch.setitem(sys.modules, "pynvml", fake_nvml(**more))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,0")
    gpu, reason = host.first_gpu()
    assert (gpu["name"], reason) == ("NVIDIA H200", None)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert host.first_gpu() == (None, "CUDA_VISIBLE_DEVICES hides every GPU")
    monkeypatch.setitem(sys.modules, "pynvml", fake_nvml(nvmlInit=fail))
    assert host.first_gpu()[0] is None
    assert "Driver Not Loaded" in host.first_gpu()[1]


def test_the_checkouts_commit_and_changes_are_read(tmp_path):
    assert host._git(tmp_path) is None

    def git(*words):
        identity = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
        return subprocess.run(
            ["git", *identity, *words], cwd=tmp_path, check=True, capture_output=True, text=True
        ).stdout

    git("init", "-q")
    assert host._git(tmp_path) is None, "no commit yet"
    (tmp_path / "a").write_text("1", encoding="utf-8")
    git("add", "a")
    git("commit", "-q", "-m", "first", "--no-verify")
    head = git("rev-parse", "HEAD").strip()
    assert host._git(tmp_path) == {"commit": head, "dirty": False}
    (tmp_path / "a").write_text("2", encoding="utf-8")
    assert host._git(tmp_path) == {"commit": head, "dirty": True}


def test_without_git_there_is_no_commit(tmp_path, monkeypatch):
    (tmp_path / ".git").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert host._git(tmp_path) is None


def test_files_of_the_kernel_are_read(tmp_path):
    put(tmp_path, "proc/cpuinfo", "processor\t: 0\nmodel name\t: Ideal CPU @ 3 GHz\nflags\t: a b\n")
    assert host._cpu_model(tmp_path) == "Ideal CPU @ 3 GHz"
    assert host._governor(tmp_path) is None
    put(tmp_path, "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n")
    assert host._governor(tmp_path) == "powersave"


def test_turbo_is_read_where_the_system_tells_it(tmp_path):
    assert host._turbo(tmp_path) is None
    put(tmp_path, "sys/devices/system/cpu/cpufreq/boost", "1\n")
    assert host._turbo(tmp_path) is True
    put(tmp_path, "sys/devices/system/cpu/intel_pstate/no_turbo", "1\n")
    assert host._turbo(tmp_path) is False


def test_shared_cores_and_memory_nodes_are_read_where_the_system_tells_them(tmp_path):
    assert (host._smt(tmp_path), host._numa_nodes(tmp_path)) == (None, None)
    put(tmp_path, "sys/devices/system/cpu/smt/active", "1\n")
    put(tmp_path, "sys/devices/system/node/node0/cpulist", "0-3\n")
    put(tmp_path, "sys/devices/system/node/node1/cpulist", "4-7\n")
    assert (host._smt(tmp_path), host._numa_nodes(tmp_path)) == (True, 2)


def test_what_makes_clocks_and_cores_vary_is_warned_of(monkeypatch):
    monkeypatch.setattr(host, "_turbo", lambda: True)
    monkeypatch.setattr(host, "_smt", lambda: True)
    monkeypatch.setattr(host.psutil, "swap_memory", lambda: SimpleNamespace(used=3 * 2**20))
    found = host._sharing_findings()
    assert [finding.level for finding in found] == ["warn"] * 3
    assert found[2].what == "3 MiB are swapped out"
    monkeypatch.setattr(host, "_turbo", lambda: None)
    monkeypatch.setattr(host, "_smt", lambda: False)
    monkeypatch.setattr(host.psutil, "swap_memory", lambda: SimpleNamespace(used=0))
    assert host._sharing_findings() == []


def test_a_container_is_seen_by_its_mark(tmp_path):
    assert host._container(tmp_path) is None
    (tmp_path / ".dockerenv").touch()
    assert host._container(tmp_path) == "docker"


def test_every_finding_that_is_not_ok_says_how_to_mend_it():
    found = host.findings()
    assert found
    for finding in found:
        assert finding.level in ("ok", "warn", "missing")
        assert finding.what
        assert finding.mend or finding.level == "ok"


def test_a_busy_small_slow_machine_is_warned_of(monkeypatch):
    monkeypatch.setattr(host, "_affinity", lambda: 4)
    monkeypatch.setattr(host, "quota_cores", lambda root: 1.5)
    monkeypatch.setattr(host, "_governor", lambda: "powersave")
    monkeypatch.setattr(host, "_sharing_findings", list)
    monkeypatch.setattr(host, "available_bytes", lambda root: 2**30)
    monkeypatch.setattr(host.psutil, "getloadavg", lambda: (3.0, 0.0, 0.0))
    warned = [finding.what for finding in host.findings() if finding.level == "warn"]
    assert warned == [
        "the container may use 1.5 of 4 cores' time",
        "other programs want 3.0 of 4 cores (load of the last minute)",
        "the CPU governor is powersave: clocks will change",
        "1024 MiB of memory free",
    ]


def test_one_core_is_warned_of(monkeypatch):
    monkeypatch.setattr(host, "_affinity", lambda: 1)
    assert host._cpu_findings()[0].level == "warn"


def test_a_missing_library_is_named_with_its_install_command(monkeypatch):
    def absent(name):
        raise host.PackageNotFoundError(name)

    monkeypatch.setattr(host, "version", absent)
    assert [(f.level, f.mend) for f in host._library_findings()] == [
        ("missing", "pip install torch"),
        ("missing", "pip install 'josie-bench[onnx]'"),
    ]
    assert host._package_versions() == {}
