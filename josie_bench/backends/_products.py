"""The products of an exported graph: which of them INT8 takes, which stay FP32, and why.

One rule for every engine that is quantised: a product is taken if its right side is weights and it decides no code. The
search for the nearest code decides them, and so does the product that hands the search what it compares: with that one
rounded the audio encoder of `nano-seanet` gave 48 % of the first codes that FP32 gives (ONNX Runtime, Q/DQ), without
96 %, in no more time. Attention multiplies activations with activations. Its keys and values come from rings that are
carried in FP32: quantising them would read a whole ring, write it and read it again at every step, to save reading it
once; and its ranges are those of what was said so far, which no calibration set bounds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

PRODUCTS = ("MatMul", "Gemm")
CONVOLUTIONS = ("Conv", "ConvTranspose")

# Why a product stays FP32. For convolutions: with Q/DQ around them, the decoder of `nano-seanet` took 1.7 times as long
# on ONNX Runtime and its sound was 12 % off instead of 3 % (24 windows of 300 ms, one thread).
CODE_SEARCH = "searches the nearest code, which rounding would decide"
COMPARED = "hands the search what it compares: rounding that decides codes"
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
    compared = set(compared_nodes(model, searches))
    wanted: dict[str, str] = {}
    left: dict[str, tuple[str, str]] = {}
    weights: dict[str, str] = {}
    for node in model.graph.node:
        if node.op_type in CONVOLUTIONS:
            left[node.name] = (node.op_type, CONVOLUTION)
        elif node.op_type not in PRODUCTS:
            continue
        elif node.name in searches:
            left[node.name] = (node.op_type, CODE_SEARCH)
        elif node.input[1] not in fixed:
            left[node.name] = (node.op_type, NO_WEIGHTS)
        elif node.name in compared:
            left[node.name] = (node.op_type, COMPARED)
        else:
            wanted[node.name] = node.op_type
            weights[node.name] = node.input[1]
    return SortedProducts(wanted=wanted, left=left, weights=weights)


def code_search_nodes(model: Any) -> list[str]:
    """Return the names of the matrix products from which an ArgMin is reached before any other product.

    Those compute distances to codebook entries.
    """
    return _products_before(
        model, [name for node in model.graph.node if node.op_type == "ArgMin" for name in node.input]
    )


def compared_nodes(model: Any, searches: Collection[str]) -> list[str]:
    """Return the names of the matrix products whose result some searches compare with codebooks."""
    sides = [node.input[0] for node in model.graph.node if node.name in searches]
    return [name for name in _products_before(model, sides) if name not in searches]


def _products_before(model: Any, tensors: Iterable[str]) -> list[str]:
    """Return the names of the products that are reached first on the way back from tensors; a convolution ends it."""
    maker = {name: node for node in model.graph.node for name in node.output}
    reach = [maker[name] for name in tensors if name in maker]
    found: dict[str, None] = {}
    seen: set[str] = set()
    while reach:
        node = reach.pop()
        if node.output[0] in seen:
            continue
        seen.add(node.output[0])
        if node.op_type in PRODUCTS:
            found[node.name] = None
        elif node.op_type not in CONVOLUTIONS:
            reach.extend(maker[name] for name in node.input if name in maker)
    return list(found)
