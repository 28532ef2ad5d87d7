"""The products of an exported graph: which of them INT8 takes, which stay FP32, and why.

One rule for every engine that is quantised from the graph: a product is taken if its right side is weights and it
decides no code. Attention multiplies activations with activations. Its keys and values come from rings that are
carried in FP32: quantising them would read a whole ring, write it and read it again at every step, to save reading it
once; and its ranges are those of what was said so far, which no calibration set bounds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PRODUCTS = ("MatMul", "Gemm")

# Why a product stays FP32. For convolutions: with Q/DQ around them, the decoder of `nano` took 1.7 times as long on
# ONNX Runtime and its sound was 12 % off instead of 3 % (24 windows of 300 ms, one thread).
CODE_SEARCH = "searches the nearest code, which rounding would decide"
NO_WEIGHTS = "multiplies activations: it has no weights"
CONVOLUTION = "slower and less exact in INT8"


@dataclass(frozen=True, slots=True, kw_only=True)
class SortedProducts:
    """The products of a graph, by the names of their nodes.

    Attributes:
        wanted: operator of each that is to be quantised.
        left: operator and reason of each that stays FP32.
        weights: the tensor that holds the weights of each of `wanted`.
    """

    wanted: Mapping[str, str]
    left: Mapping[str, tuple[str, str]]
    weights: Mapping[str, str]

    @property
    def excluded(self) -> list[str]:
        """The names of those left whose operator is one that is quantised elsewhere."""
        return [name for name, (op, _) in self.left.items() if op in PRODUCTS]

    def missed(self, model: Any) -> frozenset[str]:
        """Return which of `wanted` a quantised model left as they were: their weights are still in it."""
        kept = {tensor.name for tensor in model.graph.initializer}
        return frozenset(name for name, weights in self.weights.items() if weights in kept)

    def notes(self, missed: frozenset[str], why: str) -> dict[str, Any]:
        """Return what a manifest says: how many of each operator were quantised and left, and the reasons.

        Args:
            missed: those of `wanted` that were left all the same.
            why: the reason for these.
        """
        left = {**self.left, **{name: (self.wanted[name], why) for name in missed}}
        return {
            "quantised": dict(Counter(op for name, op in self.wanted.items() if name not in missed)),
            "left": [
                {"op": op, "nodes": count, "why": why} for (op, why), count in sorted(Counter(left.values()).items())
            ],
        }


def hold_weights_as_multiplied(model: Any) -> None:
    """Where a product's right side is weights turned around, let the model hold them turned: then they are weights.

    The text table is such a case: it is looked up row by row and, transposed, scores all tokens. It lies in the model
    twice afterwards, once for each use, and only the one that multiplies can be quantised.
    """
    from onnx import numpy_helper

    fixed = {tensor.name: tensor for tensor in model.graph.initializer}
    turns = {
        node.output[0]: node for node in model.graph.node if node.op_type == "Transpose" and node.input[0] in fixed
    }
    turned = {node.input[1] for node in model.graph.node if node.op_type in PRODUCTS} & set(turns)
    for name in sorted(turned):
        node = turns[name]
        array = numpy_helper.to_array(fixed[node.input[0]])
        axes = next((list(part.ints) for part in node.attribute if part.name == "perm"), None)
        model.graph.node.remove(node)
        model.graph.initializer.append(numpy_helper.from_array(array.transpose(axes).copy(), name))


def sort_products(model: Any) -> SortedProducts:
    """Return the products of an ONNX model by the rule of this module."""
    fixed = {tensor.name for tensor in model.graph.initializer}
    searches = set(code_search_nodes(model))
    wanted: dict[str, str] = {}
    left: dict[str, tuple[str, str]] = {}
    weights: dict[str, str] = {}
    for node in model.graph.node:
        if node.op_type in ("Conv", "ConvTranspose"):
            left[node.name] = (node.op_type, CONVOLUTION)
        elif node.op_type not in PRODUCTS:
            continue
        elif node.name in searches:
            left[node.name] = (node.op_type, CODE_SEARCH)
        elif node.input[1] not in fixed:
            left[node.name] = (node.op_type, NO_WEIGHTS)
        else:
            wanted[node.name] = node.op_type
            weights[node.name] = node.input[1]
    return SortedProducts(wanted=wanted, left=left, weights=weights)


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
            if current.op_type in PRODUCTS:
                found.append(current.name)
                continue
            reach.extend(maker[name] for name in current.input if name in maker)
    return found
