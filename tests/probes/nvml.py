"""An object that answers as the NVML bindings do, for machines without a GPU."""

# ruff: noqa: N802  the bindings' own names

from __future__ import annotations

from types import SimpleNamespace


class NVMLError(Exception):
    """What the bindings raise."""


class FakeNvml:
    """Two GPUs whose values are set by hand.

    Args:
        values: what the first GPU tells, by the name of the function without `nvmlDeviceGet`.
        unsupported: names of functions that raise.
        computing: numbers of the processes on each, or (number, bytes); None where the size is not told.
    """

    NVML_TEMPERATURE_GPU = NVML_CLOCK_SM = NVML_MEMORY_ERROR_TYPE_UNCORRECTED = NVML_VOLATILE_ECC = 0
    NVML_CLOCK_MEM = 1
    NVML_SUCCESS, NVML_FI_DEV_POWER_INSTANT = 0, 186
    NVMLError = NVMLError

    def __init__(self, count=1, unsupported=(), computing=(), reasons=0):
        self.count = count
        self.unsupported = set(unsupported)
        self.computing = list(computing)
        self.reasons = reasons

    def _tell(self, name, value):
        if name in self.unsupported:
            raise NVMLError(f"{name} is not supported")
        return value

    def nvmlInit(self):
        if not self.count:
            raise NVMLError("driver not loaded")

    def nvmlDeviceGetCount(self):
        return self.count

    def nvmlDeviceGetHandleByIndex(self, index):
        if index >= self.count:
            raise NVMLError("invalid argument")
        return index

    def nvmlDeviceGetHandleByUUID(self, uuid):
        if uuid.startswith("MIG-"):  # MIG-1-… is a part of GPU 1
            return uuid
        if not uuid.startswith("GPU-"):
            raise NVMLError("invalid argument")
        raise NVMLError("not found")  # whole ones are found by their begin too

    def nvmlDeviceGetDeviceHandleFromMigDeviceHandle(self, handle):
        return int(handle.split("-")[1])

    def nvmlDeviceGetUUID(self, handle):
        return f"GPU-{self.nvmlDeviceGetHandleByIndex(handle)}e5"

    def nvmlDeviceGetClockInfo(self, handle, kind):
        return self._tell("clock", (1980, 2619)[kind] - handle)

    def nvmlDeviceGetTemperature(self, handle, sensor):
        return self._tell("temperature", 41)

    def nvmlDeviceGetPowerUsage(self, handle):
        return self._tell("power", 123_456)

    def nvmlDeviceGetEnforcedPowerLimit(self, handle):
        return self._tell("limit", 700_000)

    def nvmlDeviceGetFieldValues(self, handle, numbers):
        assert numbers == [self.NVML_FI_DEV_POWER_INSTANT]
        code = 3 if "instant" in self.unsupported else self.NVML_SUCCESS
        return [SimpleNamespace(nvmlReturn=code, value=SimpleNamespace(uiVal=234_567))]

    def nvmlDeviceGetTotalEnergyConsumption(self, handle):
        return self._tell("energy", 7_500)

    def nvmlDeviceGetCurrentClocksThrottleReasons(self, handle):
        return self._tell("reasons", self.reasons)

    def nvmlDeviceGetMemoryInfo(self, handle):
        return self._tell("memory", SimpleNamespace(used=(3 + handle) * 2**20, free=(5 - handle) * 2**20))

    def nvmlDeviceGetComputeRunningProcesses(self, handle):
        pairs = [one if isinstance(one, tuple) else (one, 2**20) for one in self.computing]
        return self._tell("processes", [SimpleNamespace(pid=pid, usedGpuMemory=held) for pid, held in pairs])

    def nvmlDeviceGetTotalEccErrors(self, handle, kind, counter):
        return self._tell("ecc", 0)

    def nvmlDeviceGetMigMode(self, handle):
        return self._tell("mig", [0, 0])
