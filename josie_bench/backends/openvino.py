"""`openvino`: the exported graph on OpenVINO's CPU plugin, FP32 or with INT8 matrix products quantised by NNCF.

State is bound: two requests over one compiled model, the second reading what the first wrote and the other way round,
so no state passes through Python. FP32 is asked for by name: left alone, the plugin computes in BF16 where the CPU can,
and codes flip.
"""

from __future__ import annotations

import importlib.util
import io
import logging
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from copy import copy
from datetime import timedelta
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from josie_bench.backends import Array, EngineJob, EngineSource, zero_state
from josie_bench.backends._graph_nodes import nodes_of
from josie_bench.backends._products import CODE_SEARCH, COMPARED, CONVOLUTION, NO_WEIGHTS
from josie_bench.backends._watched import Watched
from josie_bench.errors import EngineError, UnavailableError
from josie_bench.terms.timebase import NS_PER_US

# OpenVINO and NNCF report their use to a server: importing either writes an identity into the
# user's home. Without this package, which nothing else needs, they leave it.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]

SUMMARY = "OpenVINO on the CPU, FP32 or calibrated INT8"
PRECISIONS = ("fp32", "int8")
NEEDS_MODEL = False
IMPORTS: tuple[str, ...] = ("openvino",)
GRAPHS = {"fp32": "fp32", "int8": "fp32"}
CALIBRATED: tuple[str, ...] = ("int8",)
QUANTIZED: dict[str, str] = {}
TARGETS: tuple[str, ...] = ()
SLOTS = ("fp32", "int8")
# From `engine.bin`; kernels of products and convolutions read a copy in an order of their own. Seen with eight products
# and eight convolutions of 512 by 512, which took as much of the heap as their weights; a table took none.
MAPS_WEIGHTS = True
# What it computes with is given whatever block is free: of the five layers of `nano` ten blocks of the size of scores,
# and as many of the size of rings, were seen beside those that are bound.
SPREADS_LAYERS = True
# A oneDNN product of two computed tensors holds its descriptor twice, 287,344 bytes each: two blocks for each shape.
PRODUCT_BYTES = 2 * 287_344
# What a compiled model takes of the heap for each node of its runtime's graph, constants among them, when it is loaded
# and in its first calls: fitted on the five FP32 engines of `tiny`, which took 21.6 and 8.7 MiB beside all other terms
# for 2,125 nodes.
NODE_BYTES = 10_640
EXECUTOR_BYTES = 4_280
# Pages of the libraries that became resident while the engines of `tiny` were loaded and run: 40.9 MiB; those of
# `nano-seanet` 41.0.
CODE_BYTES = 42_900_000
ENGINE_FILE = "engine.xml"
LIBRARIES = ("openvino", "nncf")
RESOLUTION = timedelta(microseconds=1)  # of what it tells of operators

# Products are taken and left by the rule of `_products`, read from OpenVINO's own form of the graph. For convolutions:
# with them in INT8 too, the decoder of `nano-seanet` took 3 times as long, and its sound was 9 % off instead of 3 %;
# the encoder changed 3 codes in 4 instead of 1 in 3 (24 windows, one thread).
CONVOLUTIONS = ("Convolution", "GroupConvolution")
NOT_TAKEN = "NNCF gave it no quantiser"


def unavailable() -> UnavailableError | None:
    """Return why OpenVINO cannot be used, or None."""
    for name in LIBRARIES:
        if importlib.util.find_spec(name) is None:
            return UnavailableError(f"{name} is not installed", mend="pip install 'josie-bench[openvino]'")
    return None


def versions() -> dict[str, str]:
    """Return the versions of OpenVINO and of what quantises for it."""
    return {name: version(name) for name in LIBRARIES}


def build(job: EngineJob) -> dict[str, Any]:
    """Write `engine.xml` and `engine.bin`; return which products were quantised and which were left, with the reason.

    How many nodes it has once it is compiled is noted too: the memory model counts them.

    Raises:
        EngineError: OpenVINO cannot read the graph, or NNCF cannot quantise it.
    """
    import openvino

    assert job.graph is not None
    try:
        model = openvino.Core().read_model(job.graph)
    except RuntimeError as error:
        raise EngineError(f"openvino cannot take {job.component}: {_refusal(job.graph, error)}") from error
    notes: dict[str, Any] = {}
    if job.precision != "fp32":
        model, notes = _quantised(model, job)
    openvino.save_model(model, job.folder / ENGINE_FILE, compress_to_fp16=False)
    del model
    return notes | {"nodes": len(_compiled(job.folder / ENGINE_FILE, threads=1).get_runtime_model().get_ops())}


def _quantised(model: Any, job: EngineJob) -> tuple[Any, dict[str, Any]]:
    """Return the model with INT8 products, and the notes on them."""
    wanted, left = _sorted_products(model)
    if not wanted:
        raise EngineError(f"openvino cannot quantise {job.component} to {job.precision}: no product has weights")
    import nncf
    from nncf.quantization.range_estimator import RangeEstimatorParametersSet

    nncf.set_log_level(logging.ERROR)
    assert job.calibration is not None
    calls = list(job.calibration())
    types = {node.get_type_name() for node in model.get_ops()} - {"MatMul", "Parameter", "Result", "Constant"}
    try:
        with redirect_stdout(io.StringIO()):  # its progress bars; what a builder prints is shown to the user
            quantised = nncf.quantize(
                model,
                nncf.Dataset(calls),
                preset=nncf.QuantizationPreset.PERFORMANCE,  # symmetric, activations too
                # NNCF's own choice, the mean of each call's largest, clips what attention gives once its rings fill:
                # the temporal transformer of `nano` was 8.9 % off instead of 0.6 % (largest of 24 calls).
                advanced_parameters=nncf.AdvancedQuantizationParameters(
                    activations_range_estimator_params=RangeEstimatorParametersSet.MINMAX,
                    # Weights of seven bits: on x86 cores with AVX2 and no VNNI products of eight overflow 16 bits.
                    overflow_fix=nncf.OverflowFix.ENABLE,
                ),
                subset_size=len(calls),
                ignored_scope=nncf.IgnoredScope(
                    names=[name for name, (kind, _) in left.items() if kind == "MatMul"],
                    types=sorted(types),
                    validate=False,
                ),
            )
    except (RuntimeError, ValueError, nncf.InternalError, nncf.UnsupportedModelError, nncf.ValidationError) as error:
        raise EngineError(f"openvino cannot quantise {job.component} to {job.precision}: {_one_line(error)}") from error
    missed = wanted - _with_quantised_weights(quantised)
    if missed == wanted:
        raise EngineError(f"openvino cannot quantise {job.component} to {job.precision}: NNCF took no product")
    left |= dict.fromkeys(missed, ("MatMul", NOT_TAKEN))
    counts = sorted(Counter(left.values()).items())
    return quantised, {
        "quantised": {"MatMul": len(wanted - missed)},
        "left": [{"op": op, "nodes": count, "why": why} for (op, why), count in counts],
    }


def _sorted_products(model: Any) -> tuple[set[str], dict[str, tuple[str, str]]]:
    """Return the names of the products to quantise, and kind and reason of those to leave, by name."""
    searches = code_searches(model)
    compared = compared_products(model, searches)
    wanted: set[str] = set()
    left: dict[str, tuple[str, str]] = {}
    for node in model.get_ops():
        name, kind = node.get_friendly_name(), node.get_type_name()
        if kind.startswith(CONVOLUTIONS):
            left[name] = (kind, CONVOLUTION)
        elif kind == "MatMul" and name in searches:
            left[name] = (kind, CODE_SEARCH)
        elif kind == "MatMul" and not any(_is_fixed(_source(node, side)) for side in (0, 1)):
            left[name] = (kind, NO_WEIGHTS)
        elif kind == "MatMul" and name in compared:
            left[name] = (kind, COMPARED)
        elif kind == "MatMul":
            wanted.add(name)
    return wanted, left


def code_searches(model: Any) -> set[str]:
    """Return the names of the matrix products from which a search for the least is reached before any other product.

    Those compute distances to codebook entries; ArgMin is a TopK of the least one here.
    """
    least = [
        node for node in model.get_ops() if node.get_type_name() == "TopK" and node.get_attributes()["mode"] == "min"
    ]
    return _products_before(least)


def compared_products(model: Any, searches: set[str]) -> set[str]:
    """Return the names of the matrix products whose result some searches compare with codebooks."""
    compared = [_source(node, 0) for node in model.get_ops() if node.get_friendly_name() in searches]
    return _products_before(compared) - searches


def _products_before(nodes: Sequence[Any]) -> set[str]:
    """Return the names of the products that are reached first from some nodes on; convolutions end the way back."""
    reach = list(nodes)
    found: set[str] = set()
    seen: set[str] = set()
    while reach:
        node = reach.pop()
        name, kind = node.get_friendly_name(), node.get_type_name()
        if name in seen:
            continue
        seen.add(name)
        if kind == "MatMul":
            found.add(name)
        elif not kind.startswith(CONVOLUTIONS):
            reach.extend(_source(node, index) for index in range(node.get_input_size()))
    return found


def _source(node: Any, index: int) -> Any:
    return node.input_value(index).get_node()


def _is_fixed(node: Any) -> bool:
    """Return whether a node gives the same whatever the inputs are."""
    count = node.get_input_size()
    if not count:
        return bool(node.get_type_name() == "Constant")
    return all(_is_fixed(_source(node, index)) for index in range(count))


def _with_quantised_weights(model: Any) -> set[str]:
    """Return the names of the products whose weights are 8-bit integers."""
    products = (node for node in model.get_ops() if node.get_type_name() == "MatMul")
    return {
        node.get_friendly_name()
        for node in products
        if any(_is_fixed(side) and _holds_integers(side) for side in (_source(node, 0), _source(node, 1)))
    }


def _holds_integers(node: Any) -> bool:
    """Return whether what a fixed node gives is made of 8-bit integers."""
    if node.get_type_name() == "Constant":
        return node.get_element_type().get_type_name() in ("i8", "u8")
    return any(_holds_integers(_source(node, index)) for index in range(node.get_input_size()))


def _refusal(graph: Path, error: Exception) -> str:
    """Return which nodes OpenVINO has no rule for, or else what it says."""
    told = re.search(r"No conversion rule found for operations: (.+)", str(error))
    names = [re.sub(r"-\d+$", "", name) for name in told[1].split(", ")] if told is not None else []
    where = nodes_of(graph, names)
    return f"{where}: OpenVINO has no rule for {', '.join(names)}" if where else _one_line(error)


def _one_line(error: Exception) -> str:
    """Return what an error of OpenVINO says, without the places in its own sources."""
    lines = [line.strip() for line in str(error).splitlines()]
    told = [line for line in lines if line and not line.startswith(("Check '", "Exception from src"))]
    return " ".join(told or lines)


class OpenVinoExecutable:
    """A compiled model with bound state, for a batch of sessions.

    Args:
        source: of the engine.
        is_timed: whether each operator's time is noted, which slows it.
    """

    def __init__(self, source: EngineSource, *, is_timed: bool = False) -> None:
        import openvino

        self._compiled = _compiled(_file_of(source), threads=source.threads, is_timed=is_timed)
        self.signature = source.signature
        self._tensor = openvino.Tensor
        self._batch = source.batch
        self._bind()

    def _bind(self) -> None:
        """Take fresh zero state and bind it."""
        blank = zero_state(self.signature, self._batch)
        self._state = [{name: self._tensor(array) for name, array in blank.items()} for _ in range(2)]
        self._requests = [
            _request(self._compiled, read, written)
            for read, written in ((self._state[0], self._state[1]), (self._state[1], self._state[0]))
        ]
        self._turn = 0

    def fork(self) -> OpenVinoExecutable:
        """Return the same engine with a state of its own."""
        other = copy(self)
        other._bind()
        return other

    def reset(self) -> None:
        """Return to the state at the start of a session."""
        for buffers in self._state:
            for tensor in buffers.values():
                tensor.data[...] = 0
        self._turn = 0

    def undo(self) -> None:
        """Return to the state before the last step: the buffers it read are still whole."""
        self._turn = 1 - self._turn

    def state(self, *names: str) -> dict[str, Array]:
        """Return what the next step will read, by name: these tensors, or all."""
        read = self._state[self._turn]
        return {name: read[name].data for name in names or read}

    def step(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Return the outputs by name for the inputs by name; the state moves on."""
        request = self._requests[self._turn]
        for spec in self.signature.inputs:
            request.set_tensor(spec.name, self._tensor(np.ascontiguousarray(inputs[spec.name])))
        request.infer()
        self._turn = 1 - self._turn
        self._last = request
        # The request writes its next outputs where these lie.
        return {spec.name: np.array(request.get_tensor(spec.name).data) for spec in self.signature.outputs}

    def seen(self) -> Iterator[tuple[str, int]]:
        """Yield kind and nanoseconds of each operator that ran in the last step."""
        for operator in self._last.profiling_info:
            if operator.status == operator.Status.EXECUTED:
                yield operator.node_type, operator.real_time // RESOLUTION * NS_PER_US


@cache
def _core() -> Any:
    """Return the one core of this process, which lives as long.

    Each core gives the thread a signal stack of its own, and when it goes puts back the one it found, which may be that
    of a core gone before: then the next signal, such as Ctrl-C, is a segmentation fault.
    """
    import openvino

    return openvino.Core()


def _file_of(source: EngineSource) -> Path:
    assert source.folder is not None
    return source.folder / ENGINE_FILE


def _compiled(file: Path, tensors: Sequence[str] = (), *, threads: int, is_timed: bool = False) -> Any:
    """Return an engine's file compiled, with those of the tensors that it has as further outputs."""
    settings = {
        "INFERENCE_PRECISION_HINT": "f32",
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
        "ENABLE_CPU_PINNING": False,  # the threads stay where the system and the user put the process
        "PERF_COUNT": is_timed,
    }
    try:
        model = _core().read_model(file)
        known = {name for node in model.get_ops() for output in node.outputs() for name in output.get_names()}
        given = {name for output in model.outputs for name in output.get_names()}
        if wanted := [name for name in tensors if name in known - given]:
            model.add_outputs(wanted)
        return _core().compile_model(model, "CPU", settings)
    except RuntimeError as error:
        raise EngineError(f"{file}: OpenVINO cannot load it: {_one_line(error)}") from error


class OpenedModel:
    """A compiled model whose tensors inside are outputs too."""

    def __init__(self, source: EngineSource, tensors: Sequence[str]) -> None:
        self._compiled = _compiled(_file_of(source), tensors, threads=source.threads)

    def run(self, call: Mapping[str, Array]) -> dict[str, Array]:
        """Return outputs, new state and what was found of the tensors, by the exported graph's names."""
        results = self._compiled.create_infer_request().infer(dict(call))
        return {name: np.array(array) for output, array in results.items() for name in output.get_names()}


def open_up(source: EngineSource, tensors: Sequence[str]) -> OpenedModel:
    """Return the engine with tensors of the exported graph as further outputs.

    Raises:
        EngineError: it cannot be loaded.
    """
    return OpenedModel(source, tensors)


def _request(compiled: Any, read: Mapping[str, Any], written: Mapping[str, Any]) -> Any:
    """Return a request that reads its state from some tensors and writes it to others."""
    request = compiled.create_infer_request()
    for name, tensor in read.items():
        request.set_tensor(f"state.{name}", tensor)
    for name, tensor in written.items():
        request.set_tensor(f"next.{name}", tensor)
    return request


def load(source: EngineSource) -> OpenVinoExecutable:
    """Return the engine, ready to run."""
    return OpenVinoExecutable(source)


def observe(source: EngineSource) -> Watched:
    """Return the engine, whose operators OpenVINO times itself."""
    engine = OpenVinoExecutable(source, is_timed=True)
    return Watched(engine, lambda call: (call(), engine.seen()))
