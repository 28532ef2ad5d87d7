"""Tests of the names of precisions."""

from josie_bench.terms.precision import PRECISIONS, STATE_BYTES, WEIGHT_BYTES


def test_precisions_are_the_names_a_suite_may_write() -> None:
    assert set(PRECISIONS) == {"fp32", "fp16", "bf16", "int8", "int8_qdq", "fp8", "fp8_qdq"}


def test_every_precision_says_how_many_bits_or_which_format() -> None:
    assert all("-bit" in words or "bfloat16" in words for words in PRECISIONS.values())


def test_every_precision_has_bytes_and_state_is_never_below_16_bits() -> None:
    assert set(WEIGHT_BYTES) == set(STATE_BYTES) == set(PRECISIONS)
    assert all(STATE_BYTES[name] == max(WEIGHT_BYTES[name], 2) for name in PRECISIONS)
