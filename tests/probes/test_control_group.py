"""Limits of control groups, from folders that look like the kernel's."""

from __future__ import annotations

import pytest

from josie_bench.probes._control_group import memory_left, oom_kills, quota_cores
from tests.probes.kernel_files import put


def test_no_control_group_is_no_limit(tmp_path):
    assert memory_left(tmp_path) is None
    assert quota_cores(tmp_path) is None


def test_the_word_max_is_no_limit(tmp_path):
    put(tmp_path, "sys/fs/cgroup/memory.max", "max\n")
    put(tmp_path, "sys/fs/cgroup/memory.current", "5000\n")
    put(tmp_path, "sys/fs/cgroup/cpu.max", "max 100000\n")
    assert memory_left(tmp_path) is None
    assert quota_cores(tmp_path) is None


def test_cached_files_count_as_free(tmp_path):
    put(tmp_path, "sys/fs/cgroup/memory.max", "1000\n")
    put(tmp_path, "sys/fs/cgroup/memory.current", "900\n")
    put(tmp_path, "sys/fs/cgroup/memory.stat", "anon 500\ninactive_file 300\nactive_file 100\n")
    assert memory_left(tmp_path) == 400


def test_a_group_over_its_limit_leaves_nothing(tmp_path):
    put(tmp_path, "sys/fs/cgroup/memory.max", "1000\n")
    put(tmp_path, "sys/fs/cgroup/memory.current", "1200\n")
    assert memory_left(tmp_path) == 0


def test_the_tightest_group_above_the_process_counts(tmp_path):
    put(tmp_path, "proc/self/cgroup", "0::/slice/job\n")
    for group, limit, quota in (("", 9000, "max"), ("slice/", 2000, "150000"), ("slice/job/", 3000, "400000")):
        put(tmp_path, f"sys/fs/cgroup/{group}memory.max", f"{limit}\n")
        put(tmp_path, f"sys/fs/cgroup/{group}memory.current", "500\n")
        put(tmp_path, f"sys/fs/cgroup/{group}cpu.max", f"{quota} 100000\n")
    put(tmp_path, "sys/fs/cgroup/other/memory.max", "1\n")
    assert memory_left(tmp_path) == 1500
    assert quota_cores(tmp_path) == 1.5


@pytest.mark.parametrize(("quota", "cores"), [("50000", 0.5), ("-1", None)])
def test_the_first_version_of_control_groups_is_read(tmp_path, quota, cores):
    put(tmp_path, "sys/fs/cgroup/cpu/cpu.cfs_quota_us", f"{quota}\n")
    put(tmp_path, "sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n")
    put(tmp_path, "sys/fs/cgroup/memory/memory.limit_in_bytes", "1000\n")
    put(tmp_path, "sys/fs/cgroup/memory/memory.usage_in_bytes", "400\n")
    assert quota_cores(tmp_path) == cores
    assert memory_left(tmp_path) == 600


@pytest.mark.parametrize(
    ("files", "killed"),
    [
        ({}, None),
        ({"memory.events": "oom 1\noom_kill 2\n"}, 2),
        ({"slice/job/memory.events": "oom_kill 0\n", "memory.events": "oom_kill 5\n"}, 0),  # others' in the group above
        ({"memory/old/job/memory.oom_control": "under_oom 0\noom_kill 1\n"}, 1),
        ({"memory/memory.oom_control": "oom_kill 4\n"}, 4),  # a container sees its own group as the root
        ({"memory/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\n"}, None),  # a kernel before 4.13
    ],
)
def test_what_the_kernel_killed_for_want_of_memory_is_read_of_the_nearest_group(tmp_path, files, killed):
    put(tmp_path, "proc/self/cgroup", "4:memory:/old/job\n3:cpu:/elsewhere\n0::/slice/job\n")
    for path, text in files.items():
        put(tmp_path, f"sys/fs/cgroup/{path}", text)
    assert oom_kills(tmp_path) == killed
