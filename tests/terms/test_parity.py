"""The arithmetic of a comparison, worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from josie_bench.terms.parity import (
    Parity,
    cosine_distance,
    cross_entropy,
    half_life,
    largest_error,
    relative_error,
    spread_of,
)
from josie_bench.terms.precision import PRECISIONS


def test_relative_error_is_a_ratio_of_norms():
    assert relative_error(np.array([3.0, 5.0]), np.array([3.0, 4.0])) == pytest.approx(1 / 5)
    assert relative_error(np.zeros(2), np.zeros(2)) == 0.0
    assert relative_error(np.ones(2), np.zeros(2)) == math.inf


def test_half_precision_is_compared_in_double():
    assert relative_error(np.array([60_000.0], dtype=np.float16), np.array([60_000.0], dtype=np.float32)) < 1e-3


def test_largest_error_and_cosine():
    assert largest_error(np.array([1.0, -2.0]), np.array([1.5, 1.0])) == 3.0
    assert cosine_distance(np.array([1.0, 0.0]), np.array([0.0, 2.0])) == pytest.approx(1.0)
    assert cosine_distance(np.array([2.0, 2.0]), np.array([1.0, 1.0])) == pytest.approx(0.0)


def test_an_engine_that_is_silent_is_not_alike():
    assert cosine_distance(np.zeros(2), np.ones(2)) == cosine_distance(np.ones(2), np.zeros(2)) == 1.0
    assert cosine_distance(np.zeros(2), np.zeros(2)) == 0.0


def test_cross_entropy_is_minus_the_logarithm_of_a_share():
    """Weights 1, 2, 1 of 4; and 1, 3 of 4, where the first is no candidate."""
    logits = np.log(np.array([[1.0, 2.0, 1.0], [1.0, 1.0, 3.0]]))
    logits[1, 0] = -np.inf
    assert cross_entropy(logits, np.array([1, 2])) == pytest.approx([math.log(2.0), math.log(4.0 / 3.0)])
    assert cross_entropy(logits + 1e4, np.array([1, 2])) == pytest.approx([math.log(2.0), math.log(4.0 / 3.0)])


def test_rows_are_found_by_component_and_measure():
    rows = Parity(
        window=np.array([0, 0, 1]),
        component=np.array(["a", "b", "a"]),
        measure=np.array(["error", "error", "error"]),
        value=np.array([0.1, 0.2, 0.3]),
    )
    assert rows.of("a", "error").tolist() == [0.1, 0.3]
    assert rows.of("a", "other").tolist() == []


def test_each_component_says_at_what_the_reference_ran_beside_it():
    rows = Parity(
        window=np.array([0, 0, 1, 0]),
        component=np.array(["a", "b", "a", "a"]),
        measure=np.array(["spread_int8", "spread_fp16", "spread_int8", "largest"]),
        value=np.array([0.1, 0.2, 0.3, 9.0]),
    )
    assert (rows.spread("a")[0], rows.spread("a")[1].tolist()) == ("int8", [0.1, 0.3])
    assert (rows.spread("b")[0], rows.spread("b")[1].tolist()) == ("fp16", [0.2])
    assert rows.spread("c")[1].tolist() == []
    assert rows.components_of("spread_int8") == ["a"]


def test_engines_of_integers_are_held_against_integers():
    found = {kind: spread_of(kind) for kind in PRECISIONS}
    assert found == {
        "fp32": "fp16",
        "fp16": "fp16",
        "bf16": "fp16",
        "int8": "int8",
        "int8_qdq": "int8",
        "fp8": "fp8",
        "fp8_qdq": "fp8",
    }


def test_half_life_is_where_half_is_lost_of_what_was_whole_before_the_first_draw():
    equal = np.array([1.0] * 10 + [0.9] * 10 + [0.5] * 10 + [0.1] * 10)
    assert half_life(equal, 10) == 20
    assert half_life(equal, 4) == 20
    assert half_life(np.array([1.0] * 10 + [0.0] * 10), 10) == 10
    assert half_life(np.array([1.0] * 25 + [0.0] * 10), 10) == 25
    assert half_life(np.array([1.0] * 5 + [0.0] * 10), 10) == 5
    assert half_life(np.array([1.0, 0.0, 1.0] + [1.0] * 9 + [0.2] * 10), 10) == 12, "one window's luck decides nothing"
    assert half_life(np.full(10, 0.28), 10) == 0, "parted at once"
    assert half_life(np.full(40, 0.6), 10) is None
    assert half_life(np.ones(40), 10) is None
    assert half_life(np.array([1.0] * 10 + [0.0] * 4), 10) is None, "fewer than a block decide nothing"
