"""The machine's peaks: what they are told by, on a machine of which nothing is known."""

from __future__ import annotations

import pytest

from josie_bench.probes.peak import BEYOND_CACHES, UNKNOWN_CACHE_BYTES, bytes_per_s, flops_per_s, memory_buffer_bytes


def test_reading_and_multiplying_have_a_speed():
    assert bytes_per_s(4096, threads=1) > 0.0
    assert (flops_per_s("fp32", threads=1) or 0.0) > 0.0


@pytest.mark.parametrize("precision", ["int8", "int8_qdq", "fp8"])
def test_a_precision_without_a_product_of_its_own_has_none_and_not_that_of_another(precision):
    assert flops_per_s(precision, threads=1) is None


def test_the_buffer_that_no_cache_holds_is_many_times_the_largest_of_them(tmp_path):
    for index, size in enumerate(("48K", "1024K", "32768K")):
        (tmp_path / f"index{index}").mkdir()
        (tmp_path / f"index{index}" / "size").write_text(f"{size}\n")
    assert memory_buffer_bytes(caches=tmp_path) == BEYOND_CACHES * 32 * 2**20


def test_where_caches_are_not_told_a_large_one_is_taken_for_granted(tmp_path):
    assert memory_buffer_bytes(caches=tmp_path) == BEYOND_CACHES * UNKNOWN_CACHE_BYTES
