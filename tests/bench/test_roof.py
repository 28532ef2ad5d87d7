"""The roof of this machine: what was asked for is what it is of, and it is measured once."""

from __future__ import annotations

from josie_bench.bench.roof import roof_of


def test_a_roof_is_of_what_was_asked_for_and_is_measured_once():
    roof = roof_of("cpu", "fp32", 1, 2**20)
    assert (roof.device, roof.precision, roof.threads, roof.buffer_bytes) == ("cpu", "fp32", 1, 2**20)
    assert roof.flops_per_s > 0.0 < roof.bytes_per_s
    assert roof_of("cpu", "fp32", 1, 2**20) is roof


def test_where_there_are_no_products_the_bandwidth_is_there_and_the_reason():
    roof = roof_of("cpu", "int8", 1, 2**20)
    assert (roof.flops_per_s, roof.reason) == (None, "no product of int8 that could be timed by itself")
    assert roof.bytes_per_s > 0.0
