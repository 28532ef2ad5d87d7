"""Export a component, traced or as ONNX, with named, dynamic axes and its state as inputs and outputs."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch.export import Dim, ExportedProgram

from josie_bench.backends._graph_files import is_too_large, told_if_too_large
from josie_bench.errors import EngineError
from josie_bench.model.layers.carry import Component
from josie_bench.terms.sessions import MOST_SLOTS
from josie_bench.terms.signature import Signature, TensorSpec, axis_factor, axis_name

OPSET = 20
# Most of each axis. One graph serves from 1 up to these.
AXIS_LIMITS = {"batch": MOST_SLOTS, "frames": 512, "time": 2048, "tokens": 4096}
# Lengths the tracer sees; none is 1, which it would take for a constant.
TRACED_SIZES = {"batch": 2, "frames": 3, "time": 3, "tokens": 4}


def export_component(component: Component, file: Path) -> None:
    """Write the component's graph to `file`; state is input `state.NAME` and output `next.NAME`.

    Weights that are too large for one file lie beside it: `backends._graph_files`.

    Raises:
        EngineError: the exporter cannot take the component; the message holds its reason.
    """
    inputs, outputs = graph_names(component.signature())
    with _reasons(component):
        graph = torch.onnx.export(
            traced_program(component),
            dynamo=True,
            opset_version=OPSET,
            input_names=inputs,
            output_names=outputs,
            verbose=False,
        )
    assert graph is not None
    weights = (tensor.const_value for tensor in graph.model.graph.initializers.values())
    is_split = is_too_large(sum(weight.nbytes for weight in weights if weight is not None))
    with told_if_too_large(file):
        graph.save(str(file), include_initializers=True, external_data=is_split)


def traced_program(component: Component) -> ExportedProgram:
    """Return the component's program, axes dynamic: one for every length from 1 up to `AXIS_LIMITS`.

    Raises:
        EngineError: the tracer cannot take the component; the message holds its reason.
    """
    signature = component.signature()
    tensors = tuple(_example(spec) for spec in (*signature.inputs, *signature.state))
    with _reasons(component):
        return torch.export.export(component, tensors, dynamic_shapes=(_dynamic_axes(signature),))


def graph_names(signature: Signature) -> tuple[list[str], list[str]]:
    """Return the names of the graph's inputs and outputs, in order."""
    state = [spec.name for spec in signature.state]
    return (
        [spec.name for spec in signature.inputs] + [f"state.{name}" for name in state],
        [spec.name for spec in signature.outputs] + [f"next.{name}" for name in state],
    )


def _example(spec: TensorSpec) -> torch.Tensor:
    return torch.zeros(spec.shape(TRACED_SIZES), dtype=getattr(torch, spec.dtype))


def _dynamic_axes(signature: Signature) -> tuple[dict[int, object], ...]:
    units = {name: Dim(name, min=1, max=limit) for name, limit in AXIS_LIMITS.items()}

    def axes(spec: TensorSpec) -> dict[int, object]:
        return {
            index: units[axis_name(axis)] if axis_factor(axis) == 1 else axis_factor(axis) * units[axis_name(axis)]
            for index, axis in enumerate(spec.axes)
            if isinstance(axis, str)
        }

    return tuple(axes(spec) for spec in (*signature.inputs, *signature.state))


@contextmanager
def _reasons(component: Component) -> Iterator[None]:
    """Turn what an exporter raises into our own error, on one line."""
    try:
        with _quiet_exporter(), torch.no_grad():
            yield
    except (torch._dynamo.exc.UserError, torch.onnx.errors.OnnxExporterError, RuntimeError) as error:
        raise EngineError(f"cannot export {type(component).__name__}: {refusal_words(str(error))}") from error


def refusal_words(text: str) -> str:
    """Return what an exporter complains of on one line: the node, its operator and the reason, as far as it says so."""
    node = re.search(r"translating node %(\w+).*?target=([\w.]+?)\]", text)
    lacking = re.search(r"No ONNX function found for .*?op='([\w.]+)'", text)
    if node is not None:
        why = f"no ONNX operator is known for {lacking[1]}" if lacking is not None else _last_reason(text)
        return f"node {node[1]} ({node[2]}): {why}"
    return _plain(text.strip().splitlines()[0])


def _last_reason(text: str) -> str:
    """Return the innermost error of the exporter's own summary; outer ones say only where it came through."""
    told = re.findall(r"^<class '[\w.]+'>: (.+)$", text, re.MULTILINE)
    return _plain(told[0] if told else text.strip().splitlines()[0])


def _plain(line: str) -> str:
    """Return the line without the colours of a terminal."""
    return re.sub(r"\x1b\[[0-9;]*m", "", line).strip()


@contextmanager
def _quiet_exporter() -> Iterator[None]:
    """Silence the exporter's notes on libraries this project does not use."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
