"""What the cores do, from folders that look like the kernel's, and from this machine."""

from __future__ import annotations

import os

import pytest

from josie_bench.probes.processor import processor_sources
from josie_bench.terms.telemetry import AbsentSource, Source
from tests.probes.kernel_files import put

TICK_HZ = os.sysconf("SC_CLK_TCK")


def found(root, name):
    return next(one for one in processor_sources(lambda: 1.25, root) if one.name == name)


def test_without_any_of_the_kernels_files_everything_is_absent_with_a_reason(tmp_path):
    sources = processor_sources(lambda: 0.0, tmp_path)
    assert all(isinstance(source, AbsentSource) and source.detail for source in sources)
    assert {source.name: source.reason for source in sources} == {
        "cpu": "not_supported",
        "cpu_clock": "not_supported",
        "pressure": "not_supported",
        "quota": "no_limit",
    }


def test_busy_time_leaves_out_idling_waiting_for_disks_and_what_the_host_took(tmp_path):
    # user nice system idle iowait irq softirq steal guest guest_nice
    put(tmp_path, "proc/stat", "cpu  100 20 30 4000 500 1 2 70 60 5\ncpu0 1 2 3\n")
    values = found(tmp_path, "cpu").read()
    assert values["busy_total"] == (100 + 20 + 30 + 1 + 2) / TICK_HZ
    assert values["steal_total"] == 70 / TICK_HZ
    assert values["own_total"] == 1.25


def test_each_cores_clock_is_read_in_megahertz(tmp_path):
    for core, khz in (("cpu0", "2400000"), ("cpu1", "3100000")):
        put(tmp_path, f"sys/devices/system/cpu/{core}/cpufreq/scaling_cur_freq", f"{khz}\n")
    source = found(tmp_path, "cpu_clock")
    assert source.read() == {"cpu0": 2400.0, "cpu1": 3100.0}
    assert set(source.units.values()) == {"MHz"}


def test_pressure_is_for_how_long_some_task_waited(tmp_path):
    some = "some avg10=0.00 avg60=0.12 avg300=0.05 total=1500\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=9\n"
    put(tmp_path, "proc/pressure/cpu", some)
    put(tmp_path, "proc/pressure/io", some.replace("1500", "2000"))
    assert found(tmp_path, "pressure").read() == {"cpu_total": 1.5, "io_total": 2.0}


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("cpu.stat", "usage_usec 5\nnr_periods 9\nnr_throttled 3\nthrottled_usec 4500\n"),
        ("cpu/cpu.stat", "nr_periods 9\nnr_throttled 3\nthrottled_time 4500000\n"),
    ],
)
def test_a_quota_tells_how_often_it_held_the_process_back(tmp_path, file, text):
    put(tmp_path, "sys/fs/cgroup/cpu.max", "150000 100000\n")
    put(tmp_path, f"sys/fs/cgroup/{file}", text)
    assert found(tmp_path, "quota").read() == {"throttled_total": 3.0, "throttled_time_total": 4.5}


def test_a_quota_that_does_not_count_is_absent(tmp_path):
    put(tmp_path, "sys/fs/cgroup/cpu.max", "150000 100000\n")
    assert found(tmp_path, "quota").reason == "not_permitted"


def test_a_file_that_goes_away_leaves_its_value_out(tmp_path):
    put(tmp_path, "proc/stat", "cpu  100 20 30 4000 500 1 2 70\n")
    source = found(tmp_path, "cpu")
    (tmp_path / "proc/stat").unlink()
    assert source.read() == {}


def test_this_machines_cores_have_been_busy():
    (load,) = (one for one in processor_sources(lambda: 0.0) if isinstance(one, Source) and one.name == "cpu")
    assert load.read()["busy_total"] > 0
