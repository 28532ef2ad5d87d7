"""The table of GPUs: units, and orders that every data sheet shows."""

from __future__ import annotations

import pytest

from josie_bench.errors import UsageError
from josie_bench.terms.accelerator import (
    ACCELERATORS,
    DRIVER_NAMES,
    Accelerator,
    accelerator_of,
    find_accelerator,
    numbered,
)


def test_units_are_binary_for_memory_and_decimal_for_rates():
    card = Accelerator(name="one", memory_mib=8192, bandwidth_gb_per_s=272, fp16_tflops=30.2)
    assert card.memory_bytes == 8 * 1024**3
    assert card.memory_gib == 8
    assert card.bytes_per_s == 272_000_000_000
    assert card.flops_per_s == pytest.approx(30_200_000_000_000)


@pytest.mark.parametrize(
    ("name", "published_gb"),
    [("RTX 4060", 8), ("L4", 24), ("RTX 4090", 24), ("A100 80 GB", 80), ("H100 SXM", 80), ("H200", 141)],
)
def test_a_card_has_no_more_than_its_maker_s_gb_read_as_gib_and_a_tenth_less_at_most(name, published_gb):
    assert 0.9 * published_gb <= find_accelerator(name).memory_gib <= published_gb


def test_an_l4_has_what_its_ecc_leaves():
    assert find_accelerator("L4").memory_gib == pytest.approx(22.49, abs=0.01)


def test_names_are_unique():
    assert len({card.name for card in ACCELERATORS}) == len(ACCELERATORS)


@pytest.mark.parametrize("card", ACCELERATORS, ids=lambda card: card.name)
def test_every_card_does_tens_to_hundreds_of_operations_for_each_byte_it_reads(card):
    assert 50 < card.flops_per_s / card.bytes_per_s < 500


def test_a_card_is_found_by_its_driver_s_name_and_by_no_other():
    assert [accelerator_of(name) for name in DRIVER_NAMES] == list(ACCELERATORS)
    assert accelerator_of("NVIDIA H100 80GB HBM3").name == "H100 SXM"
    for other in ("L4", "NVIDIA L40", "NVIDIA H100 PCIe", "NVIDIA GeForce RTX 4060 Ti"):
        assert accelerator_of(other) is None


def test_a_card_is_found_however_its_name_is_written():
    assert find_accelerator("rtx-4060") is find_accelerator(" RTX 4060") is ACCELERATORS[0]


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("a100", "'A100 80 GB'?"),
        ("H100", "'H100 SXM'?"),
        ("h 1", "'H100 SXM'?"),
        ("rtx", "'RTX 4060' or 'RTX 4090'?"),
        ("rtx-5090", "'RTX 4090' or 'RTX 4060'?"),
        ("h2000", "'H200'?"),
    ],
)
def test_all_that_hold_what_is_asked_are_named_or_else_those_that_are_alike(asked, near):
    with pytest.raises(UsageError) as raised:
        find_accelerator(asked)
    assert str(raised.value) == f"unknown GPU {asked!r}: did you mean {near} (a size such as 8 GiB will do too)"


@pytest.mark.parametrize("asked", ["tpu", "!", ""])
def test_where_none_is_near_all_are_named(asked):
    with pytest.raises(UsageError, match="known are A100 80 GB, H100 SXM, H200, L4, RTX 4060, RTX 4090 "):
        find_accelerator(asked)


def test_a_number_belongs_to_the_names_that_have_it_whole():
    assert [numbered(number) for number in ("4090", "80", "4", "8", "40")] == [
        ["RTX 4090"],
        ["A100 80 GB"],
        ["L4"],
        [],
        [],
    ]
