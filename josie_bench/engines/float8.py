"""Turn a graph with INT8 Q/DQ pairs into one with FP8 (E4M3) pairs around the same products.

Ranges are the same, only the steps differ: what INT8 maps to ±127, FP8 maps to ±448, its largest number. ONNX Runtime
finds ranges for INT8 by the least and the most that a calibration set shows; its own way to FP8 takes the standard
deviation instead, so the two precisions would differ in more than their steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ml_dtypes
import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

MOST_INT8, MOST_FP8 = 127.0, 448.0
PAIR = ("QuantizeLinear", "DequantizeLinear")
WEIGHTS_END = "_quantized"  # ends the name of weights that ONNX Runtime's quantiser wrote in place of others


def to_float8(model: Any, weights: Mapping[str, NDArray[Any]]) -> None:
    """Change the scales, zero points and weights of a quantised model in place.

    Args:
        model: an ONNX model whose Q/DQ pairs are INT8, scales symmetric.
        weights: the FP32 weights that were quantised, by their names in the model before.
    """
    before = {tensor.name: tensor for tensor in model.graph.initializer}
    after: dict[str, Any] = {}
    for node in model.graph.node:
        if node.op_type not in PAIR:
            continue
        value, scale, zero = node.input
        steps = (numpy_helper.to_array(before[scale]) * np.float32(MOST_INT8 / MOST_FP8)).astype(np.float32)
        after[scale] = numpy_helper.from_array(steps, scale)
        after[zero] = _float8(np.zeros_like(steps), zero)
        if value in before:
            exact = weights[value.removesuffix(WEIGHTS_END)]
            after[value] = _float8(exact / _along(steps, exact.ndim, node), value)
    whole = [after.get(tensor.name, tensor) for tensor in model.graph.initializer]
    del model.graph.initializer[:]
    model.graph.initializer.extend(whole)
    del model.graph.value_info[:]  # it says INT8 of what is FP8 now


def _along(steps: NDArray[Any], axes: int, node: Any) -> NDArray[Any]:
    """Return the scales shaped so that they lie along the node's axis of a tensor with so many axes."""
    if steps.ndim == 0:
        return steps
    axis = next((part.i for part in node.attribute if part.name == "axis"), 1)
    shape = [1] * axes
    shape[axis] = -1
    return steps.reshape(shape)


def _float8(array: NDArray[Any], name: str) -> Any:
    """Return an array as a tensor of FP8, beyond the largest number cut off."""
    held = np.clip(array, -MOST_FP8, MOST_FP8).astype(ml_dtypes.float8_e4m3fn)
    return onnx.helper.make_tensor(name, onnx.TensorProto.FLOAT8E4M3FN, held.shape, held.tobytes(), raw=True)
