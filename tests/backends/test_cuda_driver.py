"""Which GPU and which CUDA the driver tells of, asked of an object that answers as the driver's library does."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from josie_bench.backends import _cuda_driver
from josie_bench.backends._cuda_driver import MAJOR, driver_cuda, gpu_here


@pytest.fixture
def driver(monkeypatch):
    """Return the maker of a driver: the CUDA that it knows, and the compute capability of its GPU if any."""

    def make(number=13_000, capability=(8, 9), error=0):
        def told(place, value):
            place._obj.value = value
            return error

        library = SimpleNamespace(
            cuInit=lambda flags: 0 if capability else 100,  # CUDA_ERROR_NO_DEVICE
            cuDeviceGet=told,
            cuDeviceGetAttribute=lambda place, which, device: told(place, capability[which != MAJOR]),
            cuDriverGetVersion=lambda place: told(place, number),
        )
        monkeypatch.setattr(_cuda_driver.ctypes, "CDLL", lambda name: library)

    return make


def test_the_gpu_is_told_as_a_target(driver):
    driver(capability=(12, 0))
    assert gpu_here() == "sm120"


@pytest.mark.parametrize(("number", "told"), [(13_000, "13.0"), (12_080, "12.8"), (12_040, "12.4"), (13_010, "13.1")])
def test_the_driver_s_cuda_is_1000_times_major_and_10_times_minor(number, told, driver):
    driver(number)
    assert driver_cuda() == told


def test_a_driver_without_a_gpu_knows_its_cuda_all_the_same(driver):
    driver(capability=None)
    assert (gpu_here(), driver_cuda()) == (None, "13.0")


def test_a_driver_that_does_not_answer_tells_nothing(driver):
    driver(error=3)
    assert (gpu_here(), driver_cuda()) == (None, None)


def test_without_a_driver_there_is_neither(monkeypatch):
    def absent(name):
        raise OSError(name)

    monkeypatch.setattr(_cuda_driver.ctypes, "CDLL", absent)
    assert (gpu_here(), driver_cuda()) == (None, None)
