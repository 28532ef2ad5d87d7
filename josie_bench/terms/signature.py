"""The signature of a component: its named tensors, so that anybody can bind it without the model's code."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

DTYPE_BYTES = {"float32": 4, "float16": 2, "bfloat16": 2, "int64": 8, "int32": 4, "bool": 1}
# Further inputs, bool `[batch]`, of a component that has slots: which begin anew before this step, and which take it.
RESET, RUNNING = "reset", "running"


def axis_name(axis: str) -> str:
    """Return the name of a dynamic axis: `frames` for `frames*800`."""
    return axis.partition("*")[0]


def axis_factor(axis: str) -> int:
    """Return how many elements each unit of a dynamic axis takes: 800 for `frames*800`, 1 for `frames`."""
    return int(axis.partition("*")[2] or 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorSpec:
    """A named tensor.

    Attributes:
        name: what it is called in the component and in the exported graph.
        dtype: numpy's name of its element type.
        axes: its axes in the order they lie; an int fixes one, a string names a dynamic one, with a factor where it
            is a multiple (`frames*800`: 800 samples for each frame).
    """

    name: str
    dtype: str
    axes: tuple[str | int, ...]

    @property
    def named_axes(self) -> frozenset[str]:
        """The names of its dynamic axes."""
        return frozenset(axis_name(axis) for axis in self.axes if isinstance(axis, str))

    def shape(self, sizes: dict[str, int]) -> tuple[int, ...]:
        """Return the concrete shape for the named axis lengths in `sizes`.

        Raises:
            KeyError: a dynamic axis is not in `sizes`.
        """
        return tuple(
            axis if isinstance(axis, int) else sizes[axis_name(axis)] * axis_factor(axis) for axis in self.axes
        )

    def sizes_of(self, shape: tuple[int, ...]) -> dict[str, int]:
        """Return the lengths of the named axes that a tensor of `shape` has."""
        pairs = zip(self.axes, shape, strict=True)
        return {axis_name(axis): length // axis_factor(axis) for axis, length in pairs if isinstance(axis, str)}

    def byte_count(self, sizes: dict[str, int]) -> int:
        """Return how many bytes the tensor takes for the named axis lengths in `sizes`."""
        return math.prod(self.shape(sizes)) * DTYPE_BYTES[self.dtype]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What goes into a component, what it carries between steps and what comes out.

    State appears in the exported graph twice: as input `state.NAME` and as output `next.NAME`.
    """

    inputs: tuple[TensorSpec, ...]
    state: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]

    @property
    def has_slots(self) -> bool:
        """Whether a batch of it is of sessions that come and go."""
        return any(spec.name == RUNNING for spec in self.inputs)

    def as_json(self) -> dict[str, Any]:
        """Return the signature as plain lists and dictionaries."""
        return {
            part: [{"name": t.name, "dtype": t.dtype, "axes": list(t.axes)} for t in getattr(self, part)]
            for part in ("inputs", "state", "outputs")
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Signature:
        """Return the signature that `as_json` wrote."""
        parts = {
            part: tuple(TensorSpec(name=t["name"], dtype=t["dtype"], axes=tuple(t["axes"])) for t in data[part])
            for part in ("inputs", "state", "outputs")
        }
        return cls(**parts)
