"""Memory of the process and of the machine."""

from __future__ import annotations

import mmap
import os

import psutil
import pytest

from josie_bench.probes.memory import available_bytes, memory_sources, read_growing, read_heap, read_memory
from tests.probes.kernel_files import put

MIB = 2**20


def test_sizes_of_proc_are_bytes(tmp_path):
    put(tmp_path, "status", "Name:\tpython\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\nThreads:\t4\n")
    rollup = "55d0-7ffe ---p 00000000 00:00 0   [rollup]\nRss:  1024 kB\nPss:   512 kB\nPss_Dirty:  100 kB\n"
    put(tmp_path, "smaps_rollup", rollup)
    assert read_memory(tmp_path) == {"rss": 1 * MIB, "rss_peak": 2 * MIB, "pss": MIB // 2}


def test_what_cannot_be_read_is_missing(tmp_path):
    put(tmp_path, "status", "VmRSS:\t    1024 kB\n")
    assert read_memory(tmp_path) == {"rss": MIB}


def test_without_proc_the_resident_size_comes_from_the_system(tmp_path):
    read = read_memory(tmp_path / "gone")
    assert set(read) == {"rss"}
    assert read["rss"] == pytest.approx(psutil.Process().memory_info().rss, rel=0.2)


def test_this_process_is_read_and_grows_with_what_it_holds():
    before = read_memory()
    held = mmap.mmap(-1, 64 * MIB)  # pages of its own: an allocator may give what the process holds already
    held.write(b"x" * len(held))
    after = read_memory()
    held.close()
    assert after["rss"] - before["rss"] > 50 * MIB
    assert after["rss_peak"] >= after["rss"] - MIB  # two lines of one file, read while the process runs


@pytest.mark.skipif(not read_heap(), reason="the C library does not say what its allocator holds")
def test_the_allocator_says_what_it_has_given_out():
    before = read_heap()
    held = bytearray(64 * MIB)
    after = read_heap()
    assert after["heap_used"] - before["heap_used"] == pytest.approx(len(held), rel=0.02)
    del held
    assert read_heap()["heap_used"] - before["heap_used"] < MIB


def test_what_belongs_to_files_and_what_does_not_are_told_apart(tmp_path):
    put(tmp_path, "status", "VmRSS:\t 3072 kB\nRssAnon:\t 2048 kB\nRssFile:\t 1024 kB\n")
    assert read_memory(tmp_path) == {"rss": 3 * MIB, "rss_anon": 2 * MIB, "rss_file": MIB}


def test_the_machines_free_memory_bounds_what_is_available(tmp_path):
    free = psutil.virtual_memory().available
    assert available_bytes(tmp_path) == pytest.approx(free, rel=0.2)


def test_a_containers_limit_bounds_it_too(tmp_path):
    put(tmp_path, "sys/fs/cgroup/memory.max", f"{4 * MIB}\n")
    put(tmp_path, "sys/fs/cgroup/memory.current", f"{3 * MIB}\n")
    assert available_bytes(tmp_path) == MIB


def test_swapping_and_free_memory_are_sources(tmp_path):
    put(tmp_path, "proc/meminfo", "MemTotal:  9000 kB\nMemAvailable:   2048 kB\n")
    put(tmp_path, "proc/vmstat", "pswpin 256\npswpout 512\npgmajfault 3\n")
    memory, swap = memory_sources(lambda: 3 * 2**20, tmp_path)
    page_mib = os.sysconf("SC_PAGE_SIZE") / 2**20
    assert memory.read() == {"available": 2.0, "resident": 3.0}
    assert swap.read() == {"in_total": 256 * page_mib, "out_total": 512 * page_mib}


def test_a_system_that_does_not_count_swapping_says_so(tmp_path):
    memory, swap = memory_sources(lambda: 2**20, tmp_path)
    assert memory.read() == {"resident": 1.0}
    assert (swap.name, swap.reason) == ("swap", "not_supported")


def test_what_grows_is_read_as_the_whole_reading_has_it():
    """A page more or less has come between the two."""
    quick, whole = read_growing(), read_memory() | read_heap()
    assert set(quick) <= {"rss", "heap_used"} and "rss" in quick
    assert quick["rss"] == pytest.approx(whole["rss"], abs=4 * MIB)
