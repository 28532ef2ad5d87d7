"""Which NVIDIA GPU and which CUDA are here, asked of the driver itself: no library needs to be installed for that."""

from __future__ import annotations

import ctypes
from typing import Any

MAJOR, MINOR = 75, 76  # CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR and _MINOR


def gpu_here() -> str | None:
    """Return the compute capability of the first GPU as a target, `sm89`; None where there is no GPU or no driver."""
    driver = _driver()
    if driver is None:
        return None
    device, major, minor = ctypes.c_int(), ctypes.c_int(), ctypes.c_int()
    if driver.cuInit(0) or driver.cuDeviceGet(ctypes.byref(device), 0):
        return None
    if driver.cuDeviceGetAttribute(ctypes.byref(major), MAJOR, device):
        return None
    if driver.cuDeviceGetAttribute(ctypes.byref(minor), MINOR, device):
        return None
    return f"sm{major.value}{minor.value}"


def driver_cuda() -> str | None:
    """Return the newest CUDA that the driver knows, `13.0`; None where there is no driver."""
    driver, number = _driver(), ctypes.c_int()
    if driver is None or driver.cuDriverGetVersion(ctypes.byref(number)):
        return None
    major, rest = divmod(number.value, 1000)
    return f"{major}.{rest // 10}"


def _driver() -> Any:
    try:
        return ctypes.CDLL("libcuda.so.1")
    except OSError:
        return None
