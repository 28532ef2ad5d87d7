"""GPUs as NVML tells of them, from an object that answers as the bindings do."""

from __future__ import annotations

import math
import os
import sys

import pytest

from josie_bench.probes.gpu import UNITS, VISIBLE, gpu_sources, load_nvml
from josie_bench.terms.telemetry import AbsentSource
from tests.probes.nvml import FakeNvml

NOBODY = frozenset


def only(nvml, own=NOBODY):
    (source,), absent = gpu_sources(nvml, own, None)
    return source, absent


def test_every_unit_is_read_and_milliwatts_become_watts():
    source, absent = only(FakeNvml(reasons=0x44))
    values = source.read()
    assert absent == []
    assert values.keys() == source.units.keys() == UNITS.keys()
    assert (values["power"], values["power_instant"], values["power_limit"]) == (123.456, 234.567, 700.0)
    assert values["energy_total"] == 7.5
    assert values["throttle_reasons"] == 0x44
    assert (values["sm_clock"], values["memory_clock"]) == (1980.0, 2619.0)
    assert values["memory_used"] == 3.0


def test_each_gpu_is_a_source_of_its_own():
    sources, _ = gpu_sources(FakeNvml(count=2), NOBODY, None)
    assert [source.name for source in sources] == ["gpu0", "gpu1"]
    assert [source.read()["sm_clock"] for source in sources] == [1980.0, 1979.0]


@pytest.mark.parametrize("visible", ["1", "GPU-1"])
def test_a_worker_that_was_allotted_one_of_several_reads_it_alone(visible):
    (source,), absent = gpu_sources(FakeNvml(count=3), NOBODY, visible)
    assert (source.name, source.read()["sm_clock"]) == ("gpu0", 1979.0)
    assert absent == []


@pytest.mark.parametrize("visible", ["", "-1", "7"])
def test_where_cuda_sees_no_gpu_the_reason_says_what_hides_them(visible):
    sources, (absent,) = gpu_sources(FakeNvml(count=2), NOBODY, visible)
    assert (sources, absent.name, absent.reason) == ([], "gpu", "not_permitted")
    assert f"CUDA_VISIBLE_DEVICES={visible!r}" in absent.detail


def test_what_a_gpu_does_not_tell_is_absent_with_its_reason_and_no_zero():
    source, absent = only(FakeNvml(unsupported={"ecc", "mig"}))
    assert {"ecc_errors_total", "mig_mode"}.isdisjoint(source.read())
    assert [(one.name, one.reason) for one in absent] == [
        ("gpu0.ecc_errors_total", "not_supported"),
        ("gpu0.mig_mode", "not_supported"),
    ]
    assert "ecc is not supported" in absent[0].detail


def test_a_number_without_a_function_of_its_own_is_absent_where_the_gpu_says_so():
    source, absent = only(FakeNvml(unsupported={"instant"}))
    assert [one.name for one in absent] == ["gpu0.power_instant"]
    assert source.read()["power"] == 123.456


def test_a_value_that_stops_coming_is_left_out_of_that_reading():
    nvml = FakeNvml()
    source, _ = only(nvml)
    nvml.unsupported = {"power"}
    assert "power" not in source.read()
    assert "sm_clock" in source.read()


def test_processes_of_the_trial_are_not_foreign():
    own = os.getpid()
    source, _ = only(FakeNvml(computing=[own, 1]), lambda: {own})
    assert source.read()["foreign_processes"] == 1.0
    assert only(FakeNvml(computing=[own]), lambda: {own})[0].read()["foreign_processes"] == 0.0
    assert only(FakeNvml())[0].read()["foreign_processes"] == 0.0


def test_processes_of_the_trial_are_counted_as_its_own():
    own = os.getpid()
    assert only(FakeNvml(computing=[own, 1]), lambda: {own})[0].read()["own_processes"] == 1.0
    assert only(FakeNvml(computing=[1]), lambda: {own})[0].read()["own_processes"] == 0.0


def test_what_processes_of_the_trial_hold_is_summed_and_unknown_where_one_is_not_told():
    own = {os.getpid(), os.getppid()}
    held = [(pid, (k + 1) * 2**30) for k, pid in enumerate(sorted(own))]
    assert only(FakeNvml(computing=[*held, (1, 2**40)]), lambda: own)[0].read()["own_memory"] == 3 * 1024
    assert only(FakeNvml(computing=[1]), lambda: own)[0].read()["own_memory"] == 0.0
    hidden = only(FakeNvml(computing=[*held[1:], (held[0][0], None)]), lambda: own)[0].read()
    assert math.isnan(hidden["own_memory"])
    assert hidden["own_processes"] == 2.0


def test_process_numbers_of_another_namespace_are_no_evidence():
    values = only(FakeNvml(computing=[2**30]), lambda: {os.getpid()})[0].read()
    assert math.isnan(values["foreign_processes"])
    assert math.isnan(values["own_processes"])
    assert math.isnan(values["own_memory"])


def test_without_a_gpu_the_absence_is_the_answer():
    absent = AbsentSource(name="gpu", reason="no_driver", detail="why")
    assert gpu_sources(absent, NOBODY, None) == ([], [absent])
    nothing, (reason,) = gpu_sources(FakeNvml(count=0), NOBODY, None)
    assert (nothing, reason.reason) == ([], "no_driver")


def test_a_missing_driver_and_missing_bindings_are_told_apart(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    found = load_nvml()
    assert (found.reason, "nvidia-ml-py" in found.detail) == ("no_library", True)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    monkeypatch.setitem(sys.modules, "pynvml", FakeNvml(count=0))
    assert load_nvml().reason == "no_driver"
    card = FakeNvml()
    monkeypatch.setitem(sys.modules, "pynvml", card)
    assert load_nvml() is card


@pytest.mark.gpu
def test_a_real_gpu_tells_its_clocks():
    sources, _ = gpu_sources(load_nvml(), NOBODY, os.environ.get(VISIBLE))
    if not sources:
        pytest.skip("no GPU here")
    assert sources[0].read()["sm_clock"] > 0
