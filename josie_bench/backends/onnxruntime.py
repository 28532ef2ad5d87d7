"""`onnxruntime`: the exported graph on ONNX Runtime's CPU provider, FP32 or with quantised products.

State is bound: one set of buffers is read while the other is written, and they change places after each step, so no
state passes through Python. Spinning is off: two spinning threads on a small machine cost more than they save.
"""

from __future__ import annotations

import importlib.util
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from shutil import copyfile
from typing import Any

import numpy as np

from josie_bench.backends import Array, EngineJob, EngineSource, zero_state
from josie_bench.backends._graph_nodes import nodes_of
from josie_bench.errors import EngineError, UnavailableError

SUMMARY = "ONNX Runtime on the CPU, FP32, dynamic INT8 or calibrated INT8 (Q/DQ)"
PRECISIONS = ("fp32", "int8", "int8_qdq")
NEEDS_MODEL = False
IMPORTS: tuple[str, ...] = ("onnxruntime",)
GRAPHS = {"fp32": "fp32", "int8": "fp32", "int8_qdq": "fp32"}
CALIBRATED: tuple[str, ...] = ("int8_qdq",)
QUANTIZED: tuple[str, ...] = ()
TARGETS: tuple[str, ...] = ()
ENGINE_FILE = "engine.onnx"
PRODUCTS = ("MatMul", "Gemm")

# Why a product stays FP32. For convolutions: with Q/DQ around them, the decoder of `nano` took 1.7 times as long and
# its sound was 12 % off instead of 3 % (24 windows of 300 ms, one thread).
CODE_SEARCH = "searches the nearest code, which rounding would decide"
NO_WEIGHTS = "multiplies activations: it has no weights"
CONVOLUTION = "slower and less exact in INT8"
NOT_TAKEN = "ONNX Runtime left its weights as they were"


def unavailable() -> UnavailableError | None:
    """Return why ONNX Runtime cannot be used, or None."""
    if importlib.util.find_spec("onnxruntime") is None:
        return UnavailableError("onnxruntime is not installed", mend="pip install 'josie-bench[onnx]'")
    return None


def versions() -> dict[str, str]:
    """Return ONNX Runtime's version."""
    return {"onnxruntime": version("onnxruntime")}


def build(job: EngineJob) -> dict[str, Any]:
    """Write `engine.onnx`: the graph itself (`fp32`) or with INT8 matrix products; return which, and what was left.

    `int8` finds the ranges of activations anew at each call, `int8_qdq` writes those of the calibration set into the
    graph.

    Raises:
        EngineError: ONNX Runtime cannot take or quantise the graph.
    """
    assert job.graph is not None
    _refuse_unknown_nodes(job.graph, job.component)
    target = job.folder / ENGINE_FILE
    if job.precision == "fp32":
        copyfile(job.graph, target)
        return {}
    import onnx

    model = onnx.load(job.graph)
    del model.graph.value_info[:]  # shapes noted by the exporter clash with those of the quantised products
    wanted, left = _sorted_products(model)
    if not wanted:
        raise EngineError(f"onnxruntime cannot quantise {job.component} to {job.precision}: no product has weights")
    quantise = _quantise_by_calibration if job.precision == "int8_qdq" else _quantise_at_run_time
    before = _weights_of(model, wanted)
    try:
        quantise(model, target, job, [name for name, (op, _) in left.items() if op in PRODUCTS])
    except (RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise EngineError(f"onnxruntime cannot quantise {job.component} to {job.precision}: {reason}") from error
    kept = {weights.name for weights in onnx.load(target).graph.initializer}
    missed = {name for name, weights in before.items() if weights in kept}
    if missed == set(wanted):
        raise EngineError(
            f"onnxruntime cannot quantise {job.component} to {job.precision}: it took none of its products"
        )
    left |= {name: (wanted[name], NOT_TAKEN) for name in missed}
    counts = sorted(Counter(left.values()).items())
    return {
        "quantised": dict(Counter(op for name, op in wanted.items() if name not in missed)),
        "left": [{"op": op, "nodes": count, "why": why} for (op, why), count in counts],
    }


def _quantise_at_run_time(model: Any, target: Path, job: EngineJob, left: Sequence[str]) -> None:
    """Write the graph with INT8 weights, whose activations are quantised at each call."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        model,
        target,
        op_types_to_quantize=list(PRODUCTS),
        nodes_to_exclude=list(left),
        per_channel=True,
        weight_type=QuantType.QInt8,
    )


def _quantise_by_calibration(model: Any, target: Path, job: EngineJob, left: Sequence[str]) -> None:
    """Write the graph with Q/DQ pairs around its products: symmetric, weights by channel."""
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        """Gives the calls of the calibration set, one by one."""

        def __init__(self, calls: Iterator[dict[str, Array]]) -> None:
            self._calls = calls

        def get_next(self) -> dict[str, Array] | None:
            return next(self._calls, None)

    assert job.calibration is not None
    quantize_static(
        model,
        target,
        Reader(job.calibration()),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=list(PRODUCTS),
        nodes_to_exclude=list(left),
        per_channel=True,
        activation_type=QuantType.QInt8,
        weight_type=QuantType.QInt8,
        # A bias as INT32 with a DequantizeLinear is what TensorRT's parsers refuse.
        extra_options={"ActivationSymmetric": True, "WeightSymmetric": True, "QuantizeBias": False},
    )


def _sorted_products(model: Any) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
    """Return the operators of the products to quantise, and operator and reason of those to leave, by node."""
    weights = {tensor.name for tensor in model.graph.initializer}
    searches = set(code_search_nodes(model))
    wanted: dict[str, str] = {}
    left: dict[str, tuple[str, str]] = {}
    for node in model.graph.node:
        if node.op_type in ("Conv", "ConvTranspose"):
            left[node.name] = (node.op_type, CONVOLUTION)
        elif node.op_type not in PRODUCTS:
            continue
        elif node.name in searches:
            left[node.name] = (node.op_type, CODE_SEARCH)
        elif node.input[1] not in weights:
            left[node.name] = (node.op_type, NO_WEIGHTS)
        else:
            wanted[node.name] = node.op_type
    return wanted, left


def _weights_of(model: Any, names: Mapping[str, str]) -> dict[str, str]:
    """Return the name of the weights of each of some products, by the product's name."""
    return {node.name: node.input[1] for node in model.graph.node if node.name in names}


def code_search_nodes(model: Any) -> list[str]:
    """Return the names of the matrix products from which an ArgMin is reached before any other product.

    Those compute distances to codebook entries.
    """
    graph = model.graph
    maker = {name: node for node in graph.node for name in node.output}
    found: list[str] = []
    for node in graph.node:
        if node.op_type != "ArgMin":
            continue
        reach = [node]
        while reach:
            current = reach.pop()
            if current.op_type in ("MatMul", "Gemm"):
                found.append(current.name)
                continue
            reach.extend(maker[name] for name in current.input if name in maker)
    return found


def _refuse_unknown_nodes(graph: Path, component: str) -> None:
    """Raise, with the node, if ONNX Runtime cannot take the graph as it is."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL  # whether it can, not how well
    options.log_severity_level = 4
    try:
        ort.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        # ONNX Runtime's exceptions share no base class but Exception.
        raise EngineError(f"onnxruntime cannot take {component}: {_refusal(graph, str(error))}") from error


def _refusal(graph: Path, text: str) -> str:
    """Return which node ONNX Runtime refuses and why, as far as it says so."""
    if (node := re.search(r'In Node, \("([^"]+)", (\w+),.*? Error (.+)', text)) is not None:
        return f"node {node[1]} ({node[2]}): {node[3]}"
    if (told := re.search(r"Fatal error: ([\w.:]+)\(-?\d+\) is not", text)) is not None:
        return f"{nodes_of(graph, [told[1]])}: ONNX Runtime has no operator {told[1]}"
    return " ".join(text.split())


class OnnxRuntimeExecutable:
    """An ONNX Runtime session with bound state, for a batch of sessions."""

    def __init__(self, source: EngineSource) -> None:
        import onnxruntime as ort

        assert source.folder is not None
        options = ort.SessionOptions()
        options.intra_op_num_threads = source.threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        file = source.folder / ENGINE_FILE
        try:
            self._session = ort.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        except Exception as error:
            # ONNX Runtime's exceptions share no base class but Exception.
            raise EngineError(f"{file}: ONNX Runtime cannot load it: {' '.join(str(error).split())}") from error
        self.signature = source.signature
        self._ort = ort
        self._batch = source.batch
        self.reset()

    def reset(self) -> None:
        """Return to the state at the start of a session."""
        self._bound = [
            {
                name: self._ort.OrtValue.ortvalue_from_numpy(array)
                for name, array in zero_state(self.signature, self._batch).items()
            }
            for _ in range(2)
        ]

    def undo(self) -> None:
        """Return to the state before the last step: the buffers it read are still whole."""
        self._bound.reverse()

    def state(self) -> dict[str, Array]:
        """Return what the next step will read, by name."""
        return {name: value.numpy() for name, value in self._bound[0].items()}

    def step(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Return the outputs by name for the inputs by name; the state moves on."""
        read, written = self._bound
        binding = self._session.io_binding()
        for spec in self.signature.inputs:
            binding.bind_cpu_input(spec.name, np.ascontiguousarray(inputs[spec.name]))
        for name, value in read.items():
            binding.bind_ortvalue_input(f"state.{name}", value)
        for spec in self.signature.outputs:
            binding.bind_output(spec.name)
        for name, value in written.items():
            binding.bind_ortvalue_output(f"next.{name}", value)
        self._session.run_with_iobinding(binding)
        self._bound = [written, read]
        results = binding.get_outputs()[: len(self.signature.outputs)]
        return {spec.name: value.numpy() for spec, value in zip(self.signature.outputs, results, strict=True)}


def load(source: EngineSource) -> OnnxRuntimeExecutable:
    """Return the engine, ready to run."""
    return OnnxRuntimeExecutable(source)
