"""An NVML whose GPU is a file, so that what is set stays when the process that set it is gone.

The file is JSON: `clock` (None where it is free), `power`, `calls` that changed something, and `refused`, by function.
"""

# ruff: noqa: N801, N802, N818  the bindings' own names

from __future__ import annotations

import importlib.machinery
import json
import os
from pathlib import Path
from types import SimpleNamespace

from tests.probes.nvml import FakeNvml, NVMLError

ROOT = Path(__file__).parents[2]
FILE = "STAND_IN_GPU"  # the variable that names it
FREE = {"clock": None, "power": 700_000, "calls": [], "refused": {}}
MODULE = "import sys\nfrom tests.probes.held_nvml import HeldNvml\nsys.modules[__name__] = HeldNvml()\n"


class NVMLError_NoPermission(NVMLError):
    """The user may not."""


class NVMLError_NotSupported(NVMLError):
    """The GPU cannot."""


REFUSALS = {"permission": NVMLError_NoPermission, "support": NVMLError_NotSupported}


class HeldNvml(FakeNvml):
    """The GPU of the file."""

    NVMLError_NoPermission, NVMLError_NotSupported = NVMLError_NoPermission, NVMLError_NotSupported
    __spec__ = importlib.machinery.ModuleSpec("pynvml", None)

    def _state(self):
        return json.loads(Path(os.environ[FILE]).read_text())

    def _asked(self, name, **changes):
        state = self._state()
        if name in state["refused"]:
            raise REFUSALS[state["refused"][name]](name)
        if changes:
            state["calls"].append(name)
            new = Path(f"{os.environ[FILE]}.{os.getpid()}")
            new.write_text(json.dumps(state | changes))
            new.replace(os.environ[FILE])
        return state

    def nvmlDeviceSetGpuLockedClocks(self, handle, least, most):
        assert least == most
        self._asked("lock", clock=least)

    def nvmlDeviceResetGpuLockedClocks(self, handle):
        self._asked("free", clock=None)

    def nvmlDeviceSetPowerManagementLimit(self, handle, milliwatts):
        self._asked("limit", power=milliwatts)

    def nvmlDeviceGetPowerManagementLimit(self, handle):
        return self._state()["power"]

    def nvmlDeviceGetPowerManagementLimitConstraints(self, handle):
        self._asked("constraints")
        return [200_000, 700_000]

    def nvmlDeviceGetSupportedMemoryClocks(self, handle):
        return [2619, 810]

    def nvmlDeviceGetSupportedGraphicsClocks(self, handle, memory):
        return {2619: [1980, 1410, 1395, 345], 810: [345]}[memory]

    def nvmlShutdown(self):
        pass

    def nvmlDeviceGetCudaComputeCapability(self, handle):
        return 9, 0

    def nvmlDeviceGetName(self, handle):
        return "a file"

    def nvmlSystemGetDriverVersion(self):
        return "580.1"

    def nvmlDeviceGetMemoryInfo(self, handle):
        return SimpleNamespace(total=2**33, used=2**20, free=2**32)

    def nvmlDeviceGetEccMode(self, handle):
        return 1, 1

    def nvmlDeviceGetPersistenceMode(self, handle):
        return 0

    def nvmlDeviceGetDisplayActive(self, handle):
        return 0

    def nvmlDeviceGetApplicationsClock(self, handle, kind):
        return (1980, 2619)[kind]


class StandIn:
    """The file, and the environment in which processes find it in place of a GPU."""

    def __init__(self, folder):
        self.file = folder / "gpu.json"
        self.set()
        (folder / "bindings").mkdir()
        (folder / "bindings" / "pynvml.py").write_text(MODULE)
        self.environment = {FILE: str(self.file), "PYTHONPATH": f"{folder / 'bindings'}{os.pathsep}{ROOT}"}

    def set(self, **changes):
        self.file.write_text(json.dumps(FREE | changes))

    @property
    def state(self):
        return json.loads(self.file.read_text())

    @property
    def held(self):
        return self.state["clock"], self.state["power"]
