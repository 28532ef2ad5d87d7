"""Where one layer's work ends in an exported graph: the tensor that it hands on, by the exporter's note of its module.

The exporter writes into each node the path of the modules it came from. A layer may be called several times; each call
is a stretch of nodes of its own, since nodes lie in the order in which they were traced.
"""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCOPES = "pkg.torch.onnx.name_scopes"
NO_MODULE = "_empty_nn_module_stack_from_metadata_hook"  # the exporter's word for what no module did
CARRIED = "next."  # begins the outputs that are state


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """The end of one call of a layer.

    Attributes:
        layer: the module's path in its component.
        call: which call of it, from 1.
        tensor: the name of the tensor that it hands on.
    """

    layer: str
    call: int
    tensor: str

    @property
    def name(self) -> str:
        """The layer, and which call of it from the second on."""
        return self.layer if self.call == 1 else f"{self.layer} (call {self.call})"


@dataclass(slots=True)
class _Stretch:
    layer: str
    call: int
    first: int
    last: int


def layer_boundaries(file: Path) -> list[Boundary]:
    """Return the boundaries of an exported graph in the order in which they are computed, the inner layer's first.

    A layer ends with the last tensor of floats that something outside of it reads. One that hands on none (a mask,
    codes) has no boundary, and where several end with the same tensor it is the innermost's.
    """
    import onnx

    graph = onnx.load(file, load_external_data=False).graph
    floats = {
        info.name
        for info in (*graph.value_info, *graph.output)
        if info.type.tensor_type.elem_type == onnx.TensorProto.FLOAT
    }
    readers = _readers(graph)
    made: list[tuple[int, int, Boundary]] = []
    for stretch in _stretches([_scopes(node) for node in graph.node]):
        for index in range(stretch.last, stretch.first - 1, -1):
            node = graph.node[index]
            names = [
                name
                for name in node.output
                if name in floats and any(not stretch.first <= at <= stretch.last for at in readers[name])
            ]
            if stretch.layer in (_scopes(node) or ()) and names:
                boundary = Boundary(layer=stretch.layer, call=stretch.call, tensor=names[-1])
                made.append((index, -stretch.layer.count("."), boundary))
                break
    ends: dict[str, Boundary] = {}
    for _, _, boundary in sorted(made, key=lambda entry: entry[:2]):
        ends.setdefault(boundary.tensor, boundary)
    return list(ends.values())


def _readers(graph: Any) -> dict[str, list[int]]:
    """Return the indices of the nodes that read each tensor; the graph's end, one past the last, reads its outputs."""
    readers: dict[str, list[int]] = defaultdict(list)
    for index, node in enumerate(graph.node):
        for name in node.input:
            readers[name].append(index)
    for info in graph.output:
        if not info.name.startswith(CARRIED):
            readers[info.name].append(len(graph.node))
    return readers


def _scopes(node: Any) -> tuple[str, ...] | None:
    """Return the paths of the modules that a node lies in, the component itself left out; None where it has no note."""
    for entry in node.metadata_props:
        if entry.key == SCOPES:
            names = ast.literal_eval(entry.value)
            return None if NO_MODULE in names else tuple(name for name in names[:-1] if name)
    return None


def _stretches(scopes: Sequence[tuple[str, ...] | None]) -> list[_Stretch]:
    """Return each call of each layer as a stretch of nodes; nodes without a note belong to what is around them."""
    calls: Counter[str] = Counter()
    is_open: dict[str, _Stretch] = {}
    found: list[_Stretch] = []
    for index, layers in enumerate(scopes):
        if layers is None:
            continue
        is_open = {layer: stretch for layer, stretch in is_open.items() if layer in layers}
        for layer in layers:
            if layer not in is_open:
                calls[layer] += 1
                is_open[layer] = _Stretch(layer, calls[layer], index, index)
                found.append(is_open[layer])
            is_open[layer].last = index
    return found
