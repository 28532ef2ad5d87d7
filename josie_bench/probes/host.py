"""`host`: what machine this is and what is installed on it; no host name and no path is read into a result."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import PackageNotFoundError, distributions, version
from pathlib import Path
from typing import Any

import psutil

from josie_bench.probes._control_group import available_bytes, quota_cores
from josie_bench.probes._kernel_files import text
from josie_bench.probes._nvml import MILLIWATTS_PER_W, VISIBLE, uuid_of, visible_gpus
from josie_bench.terms.timebase import mib_from_bytes

PACKAGES = (
    *("numpy", "scipy", "pandas", "pyarrow", "av", "soundfile", "torch", "onnx", "onnxscript", "onnxruntime"),
    *("onnxruntime-gpu", "openvino", "tensorrt", "tensorrt-rtx", "torch-tensorrt", "cuda-python", "nvidia-ml-py"),
)
STABLE = (
    *("os", "kernel", "architecture", "cpu", "cpu_cores", "cpu_affinity", "cpu_quota_cores", "memory_mib", "gpu"),
    *("cpu_governor", "cpu_turbo", "cpu_smt", "gpu_held"),
)
CHECKOUT = Path(__file__).resolve().parents[2]
LITTLE_MEMORY_MIB = 2048
BUSY_SHARE = 0.5  # of the cores kept busy by others over the last minute
ROOT = Path("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing `doctor` looked at.

    Attributes:
        level: `ok`, `warn` or `missing`.
        what: what was found.
        mend: how to mend it; empty where nothing needs mending.
    """

    level: str
    what: str
    mend: str = ""


def host_facts() -> dict[str, object]:
    """Return what a number from this machine must be read with; absent facts are None or come with a `_reason`.

    `fingerprint` digests what the machine is and how its clocks are set (`STABLE`), not what is installed on it.
    `cuda_gpus` are the places under `gpu` of those that CUDA sees, in its order: the first is telemetry's `gpu0`.
    """
    gpus, gpu_reason, cuda_gpus = _gpus()
    facts: dict[str, object] = {
        "os": _os_name(),
        "kernel": platform.release(),
        "architecture": platform.machine(),
        "cpu": _cpu_model(),
        "cpu_cores": os.cpu_count(),
        "cpu_affinity": _affinity(),
        "cpu_quota_cores": quota_cores(ROOT),
        "cpu_governor": _governor(),
        "cpu_turbo": _turbo(),
        "cpu_smt": _smt(),
        "numa_nodes": _numa_nodes(),
        "memory_mib": round(mib_from_bytes(psutil.virtual_memory().total)),
        "container": _container(),
        "gpu": gpus,
        "gpu_reason": gpu_reason,
        "cuda_gpus": cuda_gpus,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "packages": _package_versions(),
        "packages_sha256": _packages_sha256(),
        "git": _git(CHECKOUT),
    }
    return {"fingerprint": _fingerprint(facts), **facts}


def with_held(facts: dict[str, object], held: Mapping[str, float]) -> dict[str, object]:
    """Return the facts of a machine whose GPU is held, by `gpu_hold`: to all who compare it is another machine."""
    if not held:
        return facts
    facts = facts | {"gpu_held": dict(held)}
    return facts | {"fingerprint": _fingerprint(facts)}


def first_gpu() -> tuple[dict[str, object] | None, str | None]:
    """Return the facts of the first GPU that CUDA sees, which backends take; where there is none, None and why."""
    gpus, reason, seen = _gpus()
    if not seen:
        return None, reason or f"{VISIBLE} hides every GPU"
    return gpus[seen[0]], None


def booted() -> datetime:
    """Return when the machine was started, by its clock of now."""
    return datetime.fromtimestamp(psutil.boot_time(), UTC)


def findings() -> list[Finding]:
    """Return what `doctor` prints: what is fit to measure here, what is not, and how to mend it."""
    return [*_cpu_findings(), _memory_finding(), *_library_findings(), _gpu_finding()]


def _fingerprint(facts: dict[str, object]) -> str:
    stable = json.dumps({name: facts[name] for name in STABLE if name in facts}, sort_keys=True)
    return hashlib.sha256(stable.encode()).hexdigest()


def _os_name() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return f"{platform.system()} {platform.release()}"


def _cpu_model(root: Path = ROOT) -> str:
    match = re.search(r"^model name\s*:\s*(.+)$", text(root / "proc/cpuinfo"), re.MULTILINE)
    return match[1].strip() if match else platform.processor() or platform.machine()


def _affinity() -> int | None:
    """Return how many cores this process may run on; None where the system cannot say."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None


def _governor(root: Path = ROOT) -> str | None:
    return text(root / "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor").strip() or None


def _turbo(root: Path = ROOT) -> bool | None:
    """Return whether cores may run above their nominal clock; None where the system does not tell."""
    system = root / "sys/devices/system/cpu"
    off, on = text(system / "intel_pstate/no_turbo").strip(), text(system / "cpufreq/boost").strip()
    if off in ("0", "1"):
        return off == "0"
    return on == "1" if on in ("0", "1") else None


def _smt(root: Path = ROOT) -> bool | None:
    """Return whether threads share cores; None where the system does not tell."""
    active = text(root / "sys/devices/system/cpu/smt/active").strip()
    return active == "1" if active in ("0", "1") else None


def _numa_nodes(root: Path = ROOT) -> int | None:
    """Return how many memory nodes there are; None where the system does not tell."""
    return len(list((root / "sys/devices/system/node").glob("node[0-9]*"))) or None


def _container(root: Path = ROOT) -> str | None:
    """Return which kind of container this is, or None where there is no sign of one."""
    marks = {"docker": root / ".dockerenv", "podman": root / "run/.containerenv"}
    for kind, mark in marks.items():
        if mark.exists():
            return kind
    return "kubernetes" if (root / "var/run/secrets/kubernetes.io").exists() else None


def _gpus() -> tuple[list[dict[str, object]], str | None, list[int]]:
    """Return the NVIDIA GPUs, why there is none, and which of them CUDA sees, in its order."""
    if importlib.util.find_spec("pynvml") is None:
        if shutil.which("nvidia-smi") is None:
            return [], "nvidia-smi/NVML not found: no NVIDIA driver on this machine", []
        return [], "nvidia-smi is here but the NVML bindings are not: pip install nvidia-ml-py", []
    pynvml: Any = importlib.import_module("pynvml")
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        return [], f"nvidia-smi/NVML not found: {error}", []
    try:
        handles = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(pynvml.nvmlDeviceGetCount())]
        gpus = [_gpu(pynvml, handle) for handle in handles]
        uuids = [uuid_of(pynvml, handle) for handle in handles]
        seen = [uuids.index(uuid_of(pynvml, gpu)) for gpu in visible_gpus(pynvml, os.environ.get(VISIBLE))]
    except pynvml.NVMLError as error:
        return [], f"NVML cannot read the GPUs: {error}", []
    finally:
        pynvml.nvmlShutdown()
    return gpus, None if gpus else "NVML finds no GPU", seen


def _gpu(pynvml: Any, handle: Any) -> dict[str, object]:
    major, minor = pynvml.nvmlDeviceGetCudaComputeCapability(handle)

    def told(read: Callable[[], Any]) -> Any:
        """Return what the GPU says, or None where it has no such thing."""
        try:
            return read()
        except pynvml.NVMLError:
            return None

    return {
        "name": _text(pynvml.nvmlDeviceGetName(handle)),
        "uuid_hash": hashlib.sha256(uuid_of(pynvml, handle).encode()).hexdigest()[:16],
        "sm": f"{major}.{minor}",
        "driver": _text(pynvml.nvmlSystemGetDriverVersion()),
        "memory_mib": round(mib_from_bytes(pynvml.nvmlDeviceGetMemoryInfo(handle).total)),
        "ecc": _is_on(told(lambda: pynvml.nvmlDeviceGetEccMode(handle)[0])),
        "mig": _is_on(told(lambda: pynvml.nvmlDeviceGetMigMode(handle)[0])),
        "persistence": _is_on(told(lambda: pynvml.nvmlDeviceGetPersistenceMode(handle))),
        "display": _is_on(told(lambda: pynvml.nvmlDeviceGetDisplayActive(handle))),
        "application_clocks_mhz": [
            told(partial(pynvml.nvmlDeviceGetApplicationsClock, handle, kind))
            for kind in (pynvml.NVML_CLOCK_SM, pynvml.NVML_CLOCK_MEM)
        ],
        "power_limit_w": told(lambda: pynvml.nvmlDeviceGetPowerManagementLimit(handle) / MILLIWATTS_PER_W),
    }


def _is_on(mode: int | None) -> bool | None:
    return None if mode is None else bool(mode)


def _text(words: str | bytes) -> str:
    return words.decode() if isinstance(words, bytes) else words


def _package_versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _packages_sha256() -> str:
    """Return a digest of all installed packages with their versions, so that a change of any is seen."""
    names = sorted({f"{found.name}=={found.version}".lower() for found in distributions()})
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def _git(folder: Path) -> dict[str, object] | None:
    """Return the commit of the checkout in `folder` and whether it was changed since; None outside of one."""
    if not (folder / ".git").exists():
        return None
    commit, changes = _git_says("rev-parse HEAD", folder), _git_says("status --porcelain", folder)
    if commit is None or changes is None:
        return None
    return {"commit": commit, "dirty": bool(changes)}


def _git_says(words: str, folder: Path) -> str | None:
    command = ["git", "--no-optional-locks", *words.split()]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _cpu_findings() -> list[Finding]:
    cores = _affinity() or os.cpu_count() or 1
    quota = quota_cores(ROOT)
    load = psutil.getloadavg()[0]
    governor = _governor()
    found = [Finding(level="ok", what=f"{_cpu_model()}, {cores} cores to run on")]
    if cores < 2:
        found = [
            Finding(level="warn", what="one core: pacer and model share it", mend="give the process two cores or more")
        ]
    if quota is not None and quota < cores:
        mend = "raise the container's CPU limit to whole cores"
        found.append(Finding(level="warn", what=f"the container may use {quota:g} of {cores} cores' time", mend=mend))
    if load > BUSY_SHARE * cores:
        mend = "end other programs, or wait until they are done"
        found.append(
            Finding(
                level="warn",
                what=f"other programs want {load:.1f} of {cores} cores (load of the last minute)",
                mend=mend,
            )
        )
    found += _sharing_findings()
    if governor is None:
        found.append(Finding(level="ok", what="the CPU governor cannot be read here (usual on virtual machines)"))
    elif governor != "performance":
        mend = "sudo cpupower frequency-set --governor performance"
        found.append(Finding(level="warn", what=f"the CPU governor is {governor}: clocks will change", mend=mend))
    return found


def _sharing_findings() -> list[Finding]:
    """Return what makes two measurements differ on a quiet machine: clocks that vary, threads that share a core."""
    found = []
    if _turbo():
        mend = "for figures that are to be compared: echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo"
        found.append(Finding(level="warn", what="turbo is on: clocks hang on heat and on what else runs", mend=mend))
    if _smt():
        mend = "give the run cores whose siblings are idle: taskset -c"
        found.append(Finding(level="warn", what="threads share cores (SMT): a neighbour's work slows ours", mend=mend))
    if (swapped := round(mib_from_bytes(psutil.swap_memory().used))) > 0:
        mend = "end other programs, or sudo swapoff -a for the run"
        found.append(Finding(level="warn", what=f"{swapped} MiB are swapped out", mend=mend))
    return found


def _memory_finding() -> Finding:
    free_mib = mib_from_bytes(available_bytes(ROOT))
    what = f"{free_mib:.0f} MiB of memory free"
    if free_mib < LITTLE_MEMORY_MIB:
        return Finding(level="warn", what=what, mend="end other programs: below 2 GiB larger presets will not fit")
    return Finding(level="ok", what=what)


def _library_findings() -> list[Finding]:
    found = []
    for name, mend in (("torch", "pip install torch"), ("onnxruntime", "pip install 'josie-bench[onnx]'")):
        try:
            found.append(Finding(level="ok", what=f"{name} {version(name)}"))
        except PackageNotFoundError:
            found.append(Finding(level="missing", what=f"{name} is not installed", mend=mend))
    return found


def _gpu_finding() -> Finding:
    gpus, absence, _ = _gpus()
    if gpus:
        return Finding(level="ok", what=", ".join(str(gpu["name"]) for gpu in gpus))
    return Finding(level="missing", what=f"no GPU ({absence})", mend="not needed: the CPU backends run without one")
