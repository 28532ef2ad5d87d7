"""Quantise an exported FP32 graph to INT8 by explicit pairs of QuantizeLinear and DequantizeLinear.

What TensorRT takes decides how: scales are symmetric, and biases stay FP32 (its parser refuses an INT32 bias behind a
DequantizeLinear).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

from josie_bench.backends.onnxruntime import code_search_nodes
from josie_bench.engines.calibration import Call
from josie_bench.errors import EngineError

PRODUCTS = ("MatMul", "Gemm")


class CallReader(CalibrationDataReader):  # type: ignore[misc]  # the library ships no types
    """Hands the calls of a calibration set to ONNX Runtime, one after the other."""

    def __init__(self, calls: Iterable[Call]) -> None:
        self._calls: Iterator[Call] = iter(calls)

    def get_next(self) -> Call | None:
        """Return the next call, or None after the last."""
        return next(self._calls, None)


def write_quantized(
    graph: Path, calls: Iterable[Call], file: Path, op_types: tuple[str, ...] = PRODUCTS
) -> dict[str, Any]:
    """Write the graph with quantised operators to `file`; return how many of each type are, of how many.

    The search for the nearest code stays FP32: an INT8 one would decide codes by rounding.

    Args:
        graph: the exported FP32 graph.
        calls: inputs and state of real windows, which set the ranges.
        file: where it goes.
        op_types: the types of operator that are quantised.

    Raises:
        EngineError: ONNX Runtime cannot quantise the graph.
    """
    model = onnx.load(graph)
    del model.graph.value_info[:]  # shapes noted by the exporter clash with those of the quantised products
    before = Counter(node.op_type for node in model.graph.node)
    try:
        quantize_static(
            model,
            file,
            CallReader(calls),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(op_types),
            nodes_to_exclude=code_search_nodes(model),
            per_channel=True,
            activation_type=QuantType.QInt8,
            weight_type=QuantType.QInt8,
            extra_options={"ActivationSymmetric": True, "WeightSymmetric": True, "QuantizeBias": False},
        )
    except (RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise EngineError(f"cannot quantise {graph.parent.name}: {reason}") from error
    after = quantized_counts(onnx.load(file))
    return {"quantized": {kind: [after.get(kind, 0), before[kind]] for kind in op_types if before[kind]}}


def quantized_counts(model: Any) -> dict[str, int]:
    """Return how many operators read a DequantizeLinear on both of their first inputs, by type."""
    makers = {name: node.op_type for node in model.graph.node for name in node.output}
    return dict(
        Counter(
            node.op_type
            for node in model.graph.node
            if len(node.input) >= 2 and all(makers.get(name) == "DequantizeLinear" for name in node.input[:2])
        )
    )
