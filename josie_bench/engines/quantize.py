"""Quantise an exported FP32 graph to INT8 or FP8 by explicit pairs of QuantizeLinear and DequantizeLinear.

What TensorRT takes decides how: scales are symmetric, and biases stay FP32 (its parser refuses an INT32 bias behind a
DequantizeLinear). Which products are taken is the rule of `backends._products`. The graph lies in the store once, for
every backend that builds from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import onnx
from google.protobuf.message import EncodeError
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

from josie_bench.backends._graph_files import is_too_large, save_graph, weight_bytes
from josie_bench.backends._products import PRODUCTS, hold_weights_as_multiplied, sort_products
from josie_bench.engines.calibration import Call
from josie_bench.engines.float8 import to_float8
from josie_bench.errors import EngineError

NOT_TAKEN = "the quantiser left its weights as they were"


class CallReader(CalibrationDataReader):  # type: ignore[misc]  # the library ships no types
    """Hands the calls of a calibration set to ONNX Runtime, one after the other."""

    def __init__(self, calls: Iterable[Call]) -> None:
        self._calls: Iterator[Call] = iter(calls)

    def get_next(self) -> Call | None:
        """Return the next call, or None after the last."""
        return next(self._calls, None)


def write_quantized(
    component: str, graph: Path, calls: Iterable[Call], file: Path, precision: str = "int8_qdq"
) -> dict[str, Any]:
    """Write the graph with quantised products to `file`; return how many were, how many were left, and why.

    Args:
        component: whose graph it is.
        graph: the exported FP32 graph.
        calls: inputs and state of real windows, which set the ranges.
        file: where it goes.
        precision: `int8_qdq` or `fp8_qdq`.

    Raises:
        EngineError: there is nothing to quantise, or ONNX Runtime cannot.
    """
    model = onnx.load(graph)
    del model.graph.value_info[:]  # shapes noted by the exporter clash with those of the quantised products
    hold_weights_as_multiplied(model)
    products = sort_products(model)
    if not products.wanted:
        raise EngineError(f"cannot quantise {component}: no product has weights")
    exact = {
        tensor.name: onnx.numpy_helper.to_array(tensor)
        for tensor in model.graph.initializer
        if tensor.name in set(products.weights.values())
    }
    try:
        quantize_static(
            model,
            file,
            CallReader(calls),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(PRODUCTS),
            nodes_to_exclude=products.excluded,
            per_channel=True,
            activation_type=QuantType.QInt8,
            weight_type=QuantType.QInt8,
            use_external_data_format=is_too_large(weight_bytes(model)),
            extra_options={"ActivationSymmetric": True, "WeightSymmetric": True, "QuantizeBias": False},
        )
    except (RuntimeError, ValueError, EncodeError) as error:
        reason = " ".join(str(error).split())
        raise EngineError(f"cannot quantise {component}: {reason}") from error
    quantised = onnx.load(file)
    missed = products.missed(quantised)
    if len(missed) == len(products.wanted):
        raise EngineError(f"cannot quantise {component}: the quantiser took none of its products")
    if precision == "fp8_qdq":
        to_float8(quantised, exact)
        save_graph(quantised, file)
    return products.notes(missed, NOT_TAKEN)
