"""Tests of a component's named tensors."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.terms.signature import DTYPE_BYTES, RUNNING, Signature, TensorSpec, axis_factor, axis_name

AXES = st.lists(st.sampled_from(["batch", "frames*800", "dim"]) | st.integers(1, 64), max_size=4).map(tuple)
SPECS = st.builds(
    TensorSpec, name=st.from_regex(r"[a-z_]{1,8}", fullmatch=True), dtype=st.sampled_from(list(DTYPE_BYTES)), axes=AXES
)
PARTS = st.lists(SPECS, max_size=3).map(tuple)
CACHE = TensorSpec(name="kv_cache", dtype="float16", axes=(2, "batch", 8, "frames", 64))


def test_shape_takes_named_axes_from_the_sizes() -> None:
    assert CACHE.shape({"batch": 3, "frames": 10, "unused": 7}) == (2, 3, 8, 10, 64)


def test_byte_count_is_elements_times_the_size_of_one() -> None:
    assert CACHE.byte_count({"batch": 3, "frames": 10}) == 2 * 3 * 8 * 10 * 64 * 2


def test_named_axes_are_known_without_their_factors() -> None:
    assert CACHE.named_axes == {"batch", "frames"}
    assert TensorSpec(name="audio", dtype="float32", axes=("batch", "frames*800", 2)).named_axes == {"batch", "frames"}


def test_scalar_takes_one_element() -> None:
    assert TensorSpec(name="position", dtype="int64", axes=()).byte_count({}) == 8


def test_missing_axis_is_named() -> None:
    with pytest.raises(KeyError, match="frames"):
        CACHE.shape({"batch": 1})


@pytest.mark.parametrize(("axis", "name", "factor"), [("frames", "frames", 1), ("frames*800", "frames", 800)])
def test_axis_is_a_name_and_a_factor(axis: str, name: str, factor: int) -> None:
    assert (axis_name(axis), axis_factor(axis)) == (name, factor)


def test_axis_with_a_factor_is_that_many_times_as_long() -> None:
    samples = TensorSpec(name="audio", dtype="float32", axes=("batch", "frames*800"))
    assert samples.shape({"batch": 2, "frames": 3}) == (2, 2_400)
    assert samples.sizes_of((2, 2_400)) == {"batch": 2, "frames": 3}


@given(spec=SPECS, batch=st.integers(1, 4), frames=st.integers(1, 9), dim=st.integers(1, 64))
def test_sizes_are_read_back_from_the_shape(spec: TensorSpec, batch: int, frames: int, dim: int) -> None:
    sizes = {"batch": batch, "frames": frames, "dim": dim}
    found = spec.sizes_of(spec.shape(sizes))
    assert found.items() <= sizes.items()
    assert len(found) == len({axis for axis in spec.axes if isinstance(axis, str)})


@given(inputs=PARTS, state=PARTS, outputs=PARTS)
def test_signature_survives_json(
    inputs: tuple[TensorSpec, ...], state: tuple[TensorSpec, ...], outputs: tuple[TensorSpec, ...]
) -> None:
    signature = Signature(inputs=inputs, state=state, outputs=outputs)
    assert Signature.from_json(json.loads(json.dumps(signature.as_json()))) == signature


def test_json_keeps_the_order_of_axes() -> None:
    signature = Signature(inputs=(CACHE,), state=(), outputs=())
    spelled = {"name": "kv_cache", "dtype": "float16", "axes": [2, "batch", 8, "frames", 64]}
    assert signature.as_json() == {"inputs": [spelled], "state": [], "outputs": []}


def test_slots_are_told_by_the_mask_of_those_that_run() -> None:
    mask = TensorSpec(name=RUNNING, dtype="bool", axes=("batch",))
    plain = Signature(inputs=(CACHE,), state=(), outputs=())
    assert not plain.has_slots
    assert Signature(inputs=(CACHE, mask), state=(), outputs=()).has_slots
