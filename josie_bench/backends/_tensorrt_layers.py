"""What TensorRT made of a network: the layers of a built plan and what each computes in. Never run on a GPU.

Only a loaded engine tells, and only a GPU loads one. What is told are the types in which a layer puts out its numbers,
in words that differ between releases (`Row major linear FP16 format`, `Half`); in which it adds up, no release tells.
Where shapes are not known it says of none, so it is asked about a context with the usual shapes of the first profile.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

from josie_bench.backends import EngineJob
from josie_bench.backends._tensorrt import ENGINE_FILE, graph_inputs, make_logger, one_line, plan_profiles
from josie_bench.terms.compiled_layers import CompiledLayers

UNKNOWN = "unknown"
# As the inspector of TensorRT 8 to 11 and of RTX may write them, by our names.
SPELLINGS = {
    "fp32": ("fp32", "float", "float32", "tf32"),
    "fp16": ("fp16", "half", "float16"),
    "bf16": ("bf16", "bfloat16"),
    "fp8": ("fp8", "float8", "fp8e4m3", "e4m3"),
    "fp4": ("fp4", "fp4e2m1", "e2m1"),
    "int8": ("int8",),
    "int4": ("int4",),
    "uint8": ("uint8",),
    "int32": ("int32",),
    "int64": ("int64",),
    "bool": ("bool",),
}
NAMES = {word: name for name, words in SPELLINGS.items() for word in words}
PRECISE = ("fp32", "fp16", "bf16", "fp8", "fp4", "int8", "int4")  # indices, shapes and masks have no precision


def read_layers(trt: Any, job: EngineJob, here: str | None) -> CompiledLayers:
    """Return what the layers of the plan in the job's folder compute in, or why that cannot be read.

    Args:
        trt: the module `tensorrt` or `tensorrt_rtx`.
        job: that was built.
        here: the GPU that is here; None where there is none.
    """
    if here is None:
        return CompiledLayers.not_read(job.precision, "only a GPU loads an engine, and there is no NVIDIA GPU here")
    if here != job.target:
        return CompiledLayers.not_read(job.precision, f"it was built for {job.target}, and the GPU here is {here}")
    logger = make_logger(trt)
    try:
        told = _told(trt, job, logger)
        if told is None:
            reason = one_line(logger.complaints[0]) if logger.complaints else "it does not say why"
            return CompiledLayers.not_read(job.precision, f"{trt.__name__} cannot load it: {reason}")
        return parse_layers(told, job.precision)
    except (AttributeError, RuntimeError, TypeError, ValueError) as error:  # an engine is not given up for its table
        reason = f"{trt.__name__} gives no account of its layers: {one_line(str(error))}"
        return CompiledLayers.not_read(job.precision, reason)


def parse_layers(text: str, asked: str) -> CompiledLayers:
    """Return the layers that an engine inspector described.

    Args:
        text: JSON, `{"Layers": [{"Name": …, "Outputs": [{"Format/Datatype": …}]}]}`; an entry is a bare name where the
            engine was built without details.
        asked: the precision that was asked for.

    Raises:
        ValueError: it is no such JSON.
    """
    try:
        layers = [(_name(layer), _types(layer)) for layer in json.loads(text)["Layers"]]
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("what it writes is no list of layers") from error
    counts = Counter(" and ".join(types) for _, types in layers)
    if not set(counts) - {UNKNOWN}:
        return CompiledLayers.not_read(asked, f"it names {len(layers)} layers and a type of none")
    others = [(name, [kind for kind in types if kind in PRECISE]) for name, types in layers]
    return CompiledLayers(
        asked=asked,
        counts=tuple(counts.most_common()),
        others=tuple((name, " and ".join(types)) for name, types in others if types and asked not in types),
    )


def _told(trt: Any, job: EngineJob, logger: Any) -> str | None:
    """Return what the inspector says of the loaded plan, as JSON; None where it cannot be loaded."""
    runtime = trt.Runtime(logger)
    runtime.engine_host_code_allowed = True  # it was built a moment ago
    engine = runtime.deserialize_cuda_engine((job.folder / ENGINE_FILE).read_bytes())
    if engine is None:
        return None
    inspector = engine.create_engine_inspector()
    context = engine.create_execution_context(trt.ExecutionContextAllocationStrategy.USER_MANAGED)
    first = plan_profiles(job)[0]
    held = {engine.get_tensor_name(index) for index in range(engine.num_io_tensors)}
    for name, spec in graph_inputs(job.signature):
        if name in held:
            context.set_input_shape(name, first.shapes(spec)[1])
    inspector.execution_context = context
    return str(inspector.get_engine_information(trt.LayerInformationFormat.JSON))


def _name(layer: Any) -> str:
    return layer if isinstance(layer, str) else str(layer["Name"])


def _types(layer: Any) -> list[str]:
    """Return the types of a layer's outputs, each once, in order."""
    outputs = [] if isinstance(layer, str) else layer.get("Outputs", [])
    words = [re.findall(r"[a-z0-9]+", str(tensor.get("Format/Datatype", "")).lower()) for tensor in outputs]
    found = dict.fromkeys(next((NAMES[word] for word in each if word in NAMES), UNKNOWN) for each in words)
    return list(found) or [UNKNOWN]
