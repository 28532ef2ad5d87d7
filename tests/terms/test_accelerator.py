"""The table of GPUs: units, and orders that every data sheet shows."""

from __future__ import annotations

import pytest

from josie_bench.errors import UsageError
from josie_bench.terms.accelerator import ACCELERATORS, DRIVER_NAMES, Accelerator, accelerator_of, find_accelerator


def test_units_are_binary_for_memory_and_decimal_for_rates():
    card = Accelerator(name="one", memory_gib=8, bandwidth_gb_per_s=272, fp16_tflops=30.2)
    assert card.memory_bytes == 8 * 1024**3
    assert card.bytes_per_s == 272_000_000_000
    assert card.flops_per_s == pytest.approx(30_200_000_000_000)


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
    with pytest.raises(UsageError, match="did you mean 'A100 80 GB'"):
        find_accelerator("a100")
