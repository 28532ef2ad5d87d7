"""`onnxruntime`: the exported graph on ONNX Runtime's CPU provider, FP32 or with quantised products.

State is bound: one set of buffers is read while the other is written, and they change places after each step, so no
state passes through Python. Spinning is off: two spinning threads on a small machine cost more than they save.
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from josie_bench.backends import Array, EngineJob, EngineSource, zero_state
from josie_bench.backends._graph_files import copy_graph, is_too_large, save_graph, weight_bytes
from josie_bench.backends._graph_nodes import node_count, nodes_of
from josie_bench.backends._graph_profile import seen_in
from josie_bench.backends._products import PRODUCTS, hold_weights_as_multiplied, sort_products
from josie_bench.backends._watched import Watched
from josie_bench.errors import EngineError, UnavailableError
from josie_bench.terms.allocation import DYNAMIC, STATIC

SUMMARY = "ONNX Runtime on the CPU, FP32, dynamic INT8, calibrated INT8 or FP8 (Q/DQ)"
PRECISIONS = ("fp32", "int8", "int8_qdq", "fp8_qdq")
NEEDS_MODEL = False
IMPORTS: tuple[str, ...] = ("onnxruntime",)
GRAPHS = {"fp32": "fp32", "int8": "fp32", "int8_qdq": "fp32", "fp8_qdq": "fp32"}
CALIBRATED: tuple[str, ...] = ("int8_qdq", "fp8_qdq")
QUANTIZED = {"int8_qdq": "int8_qdq", "fp8_qdq": "fp8_qdq"}
TARGETS: tuple[str, ...] = ()
SLOTS = ("fp32", "int8_qdq")  # `int8` finds one range for all rows of a step
ALLOCATIONS = (STATIC, DYNAMIC)  # a pool that keeps what activations once took, or each tensor taken and given back
# Its log says so. A first step takes each tensor by itself; later ones of the same shapes all that was planned in one
# piece, for which one region must be large enough. With the arena switched off the heap does not grow in steps.
ARENA_BYTES = 2**20
# What a loaded graph takes beside weights, for each node that optimising leaves: fitted on the five FP32 engines of
# `tiny`, of which loading gives out 12.65 MiB for 1,398 nodes. Those of `nano-seanet`, on which it is checked, take
# 9,455 for each of 2,664.
NODE_BYTES = 9_490
# Pages of the library that became resident while the engines of `tiny` were loaded and run: 10.6 MiB.
CODE_BYTES = 11_100_000
ENGINE_FILE = "engine.onnx"
SHARED_WEIGHTS = "Attempt to replace the existing tensor"  # what ONNX Runtime says of weights it would convert twice
WEIGHTS_OF = {"MatMulInteger": (1, 3), "DequantizeLinear": (0, 2)}  # inputs that are weights, and their zero point
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
    """Write `engine.onnx`: the graph that came, or for `int8` one with INT8 matrix products; say which were left.

    `int8` finds the ranges of activations anew at each call. Those of `int8_qdq` and
    `fp8_qdq` come quantised. How many nodes the graph has once ONNX Runtime has optimised it is noted too: the memory
    model counts them.

    Raises:
        EngineError: ONNX Runtime cannot take, quantise or load the graph.
    """
    assert job.graph is not None
    _refuse_unknown_nodes(job.graph, job.component)
    target = job.folder / ENGINE_FILE
    return _written(job, target) | {"nodes": _nodes_left(target)}


def _nodes_left(file: Path) -> int:
    """Return how many nodes a graph has once it is optimised, as it is whenever it is loaded."""
    with TemporaryDirectory(dir=file.parent) as folder:
        left = Path(folder) / "optimised.onnx"
        _session(file, str(file), threads=1, written_to=left)
        return node_count(left)


def _written(job: EngineJob, target: Path) -> dict[str, Any]:
    assert job.graph is not None
    if job.precision != "int8":
        copy_graph(job.graph, target)
        return _made_unsigned(target) if job.precision == "int8_qdq" else {}
    import onnx
    from google.protobuf.message import EncodeError
    from onnxruntime.quantization import QuantType, quantize_dynamic

    model = onnx.load(job.graph)
    del model.graph.value_info[:]  # shapes noted by the exporter clash with those of the quantised products
    hold_weights_as_multiplied(model)
    products = sort_products(model)
    if not products.wanted:
        raise EngineError(f"onnxruntime cannot quantise {job.component} to {job.precision}: no product has weights")
    try:
        quantize_dynamic(
            model,
            target,
            op_types_to_quantize=list(PRODUCTS),
            nodes_to_exclude=products.excluded,
            per_channel=True,
            weight_type=QuantType.QInt8,
            use_external_data_format=is_too_large(weight_bytes(model)),
        )
    except (RuntimeError, ValueError, EncodeError) as error:
        reason = " ".join(str(error).split())
        raise EngineError(f"onnxruntime cannot quantise {job.component} to {job.precision}: {reason}") from error
    missed = products.missed(onnx.load(target, load_external_data=False))
    if len(missed) == len(products.wanted):
        raise EngineError(
            f"onnxruntime cannot quantise {job.component} to {job.precision}: it took none of its products"
        )
    return products.notes(missed, NOT_TAKEN) | _made_unsigned(target)


def _made_unsigned(file: Path) -> dict[str, Any]:
    """Make the int8 weights in `file` unsigned if ONNX Runtime cannot do it at each load; note whether that was so.

    On cores that would overflow it makes them so itself, product by product, and fails on weights that two share.

    Raises:
        EngineError: the engine cannot be loaded for another reason.
    """
    import onnx

    try:
        _session(file, str(file), threads=1)
    except EngineError as error:
        if SHARED_WEIGHTS not in str(error):
            raise
    else:
        return {"unsigned_weights": False}
    model = onnx.load(file)
    make_weights_unsigned(model)
    save_graph(model, file)
    _session(file, str(file), threads=1)
    return {"unsigned_weights": True}


def make_weights_unsigned(model: Any) -> None:
    """Raise int8 weights by 128 to uint8, and their zero points with them: what is multiplied stays the same."""
    import onnx

    fixed = {tensor.name: tensor for tensor in model.graph.initializer if tensor.data_type == onnx.TensorProto.INT8}
    raised: set[str] = set()
    others: set[str] = set()
    for node in model.graph.node:
        weights, zero_point = WEIGHTS_OF.get(node.op_type, (0, 0))
        if zero_point and node.input[weights] in fixed:
            assert zero_point < len(node.input), "the quantisers give every weight a zero point"
            raised |= {node.input[weights], node.input[zero_point]}
        else:
            others |= set(node.input)
    assert not raised & others, "weights are read by products alone"
    for name in raised:
        wide = onnx.numpy_helper.to_array(fixed[name]).astype(np.int16) + 128
        fixed[name].CopyFrom(onnx.numpy_helper.from_array(wide.astype(np.uint8), name))


def _refuse_unknown_nodes(graph: Path, component: str) -> None:
    """Raise, with the node, if ONNX Runtime cannot take the graph as it is; whether it can, not how well."""
    try:
        _session(graph, str(graph), threads=1, is_optimised=False)
    except EngineError as error:
        raise EngineError(f"onnxruntime cannot take {component}: {_refusal(graph, str(error.__cause__))}") from error


def _refusal(graph: Path, text: str) -> str:
    """Return which node ONNX Runtime refuses and why, as far as it says so."""
    if (node := re.search(r'In Node, \("([^"]+)", (\w+),.*? Error (.+)', text)) is not None:
        return f"node {node[1]} ({node[2]}): {node[3]}"
    if (told := re.search(r"Fatal error: ([\w.:]+)\(-?\d+\) is not", text)) is not None:
        return f"{nodes_of(graph, [told[1]])}: ONNX Runtime has no operator {told[1]}"
    return " ".join(text.split())


class OnnxRuntimeExecutable:
    """An ONNX Runtime session with bound state, for a batch of sessions.

    Args:
        source: of the engine.
        profile_to: how the file begins into which each operator's time is written; None measures none.
    """

    def __init__(self, source: EngineSource, profile_to: Path | None = None) -> None:
        import onnxruntime as ort

        assert source.folder is not None
        file = source.folder / ENGINE_FILE
        has_arena = source.allocation != DYNAMIC
        self._session = _session(file, str(file), threads=source.threads, has_arena=has_arena, profile_to=profile_to)
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

    def fork(self) -> OnnxRuntimeExecutable:
        """Return the same engine with a state of its own."""
        other = copy(self)
        other.reset()
        return other

    def undo(self) -> None:
        """Return to the state before the last step: the buffers it read are still whole."""
        self._bound.reverse()

    def state(self, *names: str) -> dict[str, Array]:
        """Return what the next step will read, by name: these tensors, or all."""
        read = self._bound[0]
        return {name: read[name].numpy() for name in names or read}

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

    def end_profile(self) -> Path:
        """Return the file with each operator's time, which is whole now."""
        return Path(self._session.end_profiling())


class OpenedGraph:
    """A graph whose tensors inside are outputs too.

    Args:
        file: of the graph: an engine's, or one as it was exported.
        tensors: names in the exported graph. Quantising adds tensors and renames none, so what a layer gives is read
            before it is rounded for the next.
        is_optimised: whether ONNX Runtime may merge and reorder operators, as it does in an engine; a tensor that is
            read is computed all the same.
    """

    def __init__(self, file: Path, tensors: Sequence[str], *, threads: int, is_optimised: bool = True) -> None:
        import onnx

        model = onnx.load(file, load_external_data=False)
        made = {name for node in model.graph.node for name in node.output}
        outputs = {output.name for output in model.graph.output}
        for name in dict.fromkeys(tensors):
            if name in made - outputs:
                model.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
        self._outputs = [output.name for output in model.graph.output]
        content = model.SerializeToString()
        self._session = _session(file, content, threads=threads, is_optimised=is_optimised)

    def run(self, call: Mapping[str, Array]) -> dict[str, Array]:
        """Return outputs, new state and what was found of the tensors, by the exported graph's names."""
        return dict(zip(self._outputs, self._session.run(self._outputs, dict(call)), strict=True))


def _session(
    file: Path,
    content: str | bytes,
    *,
    threads: int,
    is_optimised: bool = True,
    has_arena: bool = True,
    written_to: Path | None = None,
    profile_to: Path | None = None,
) -> Any:
    """Return a session over a graph, given as its path or as its bytes; `file` is named where it cannot be loaded.

    Weights that lie beside a graph are looked for beside `file`. The graph as it is run is `written_to` a file, its
    weights beside it: a file of it holds 2 GiB.
    """
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Without it, products of int8 with uint8 overflow 16 bits on x86 cores that have AVX2 and no VNNI.
    options.add_session_config_entry("session.x64quantprecision", "1")
    if isinstance(content, bytes):
        options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(file.parent))
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = has_arena
    if written_to is not None:
        options.optimized_model_filepath = str(written_to)
        options.add_session_config_entry("session.optimized_model_external_initializers_file_name", "weights.bin")
    if profile_to is not None:
        options.enable_profiling = True
        options.profile_file_prefix = str(profile_to)
    if not is_optimised:
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        return ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        # ONNX Runtime's exceptions share no base class but Exception.
        raise EngineError(f"{file}: ONNX Runtime cannot load it: {' '.join(str(error).split())}") from error


def open_up(source: EngineSource, tensors: Sequence[str]) -> OpenedGraph:
    """Return the engine with tensors of the exported graph as further outputs.

    Raises:
        EngineError: it cannot be loaded.
    """
    assert source.folder is not None
    return OpenedGraph(source.folder / ENGINE_FILE, tensors, threads=source.threads)


def load(source: EngineSource) -> OnnxRuntimeExecutable:
    """Return the engine, ready to run."""
    return OnnxRuntimeExecutable(source)


def observe(source: EngineSource) -> Watched:
    """Return the engine, whose operators ONNX Runtime times itself."""
    folder = TemporaryDirectory(prefix="josie-bench-profile-")
    engine = OnnxRuntimeExecutable(source, profile_to=Path(folder.name) / "operators")

    def seen_later(skipped: int) -> Iterator[tuple[str, int]]:
        with folder:
            events = json.loads(engine.end_profile().read_text(encoding="utf-8"))
        return seen_in(events, skipped)

    return Watched(engine, lambda call: (call(), ()), seen_later)
