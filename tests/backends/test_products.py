"""Which products INT8 takes: those with weights on their right, none that decides a code, no convolution."""

from __future__ import annotations

import numpy as np
import pytest

from josie_bench.backends._products import (
    CODE_SEARCH,
    COMPARED,
    CONVOLUTION,
    NO_WEIGHTS,
    code_search_nodes,
    hold_weights_as_multiplied,
    sort_products,
)

onnx = pytest.importorskip("onnx")
make = onnx.helper.make_node


def model_of(*nodes, weights=()):
    """Return a model of these nodes; `weights` names its initializers."""
    fixed = [onnx.numpy_helper.from_array(np.ones((2, 2), "f4"), name) for name in weights]
    return onnx.helper.make_model(onnx.helper.make_graph(list(nodes), "g", [], [], fixed))


MIXED = (
    make("Gemm", ["x", "w", "b"], ["a"], name="linear"),
    make("MatMul", ["a", "v"], ["c"], name="product"),
    make("MatMul", ["c", "a"], ["d"], name="attention"),
    make("Conv", ["d", "k"], ["e"], name="conv"),
    make("ConvTranspose", ["e", "k"], ["f"], name="up"),
    make("MatMul", ["f", "book"], ["g"], name="search"),
    make("Sub", ["norms", "g"], ["h"], name="distance"),
    make("ArgMin", ["h"], ["code"], name="nearest"),
)
FIXED = ("w", "b", "v", "k", "book", "norms")


def test_each_product_is_taken_or_left_for_a_reason():
    products = sort_products(model_of(*MIXED, weights=FIXED))
    assert products.wanted == {"linear": "Gemm", "product": "MatMul"}
    assert products.weights == {"linear": "w", "product": "v"}
    assert products.left == {
        "attention": ("MatMul", NO_WEIGHTS),
        "conv": ("Conv", CONVOLUTION),
        "up": ("ConvTranspose", CONVOLUTION),
        "search": ("MatMul", CODE_SEARCH),
    }
    assert products.excluded == ["attention", "search"]


def test_a_product_whose_weights_are_still_there_was_missed_and_is_counted_as_left():
    products = sort_products(model_of(*MIXED, weights=FIXED))
    missed = products.missed(model_of(weights=("w_quantized", "v", "k", "book")))
    assert missed == {"product"}
    assert products.notes(missed, "not taken") == {
        "quantised": {"Gemm": 1},
        "left": [
            {"op": "Conv", "nodes": 1, "why": CONVOLUTION},
            {"op": "ConvTranspose", "nodes": 1, "why": CONVOLUTION},
            {"op": "MatMul", "nodes": 1, "why": NO_WEIGHTS},
            {"op": "MatMul", "nodes": 1, "why": "not taken"},
            {"op": "MatMul", "nodes": 1, "why": CODE_SEARCH},
        ],
    }


def test_a_search_ends_at_the_first_product_on_the_way_back():
    assert code_search_nodes(model_of(*MIXED, weights=FIXED)) == ["search"]


def test_the_product_whose_result_is_compared_decides_codes_too():
    """A second level compares what the first left over, which leads back to that product and the first search."""
    nodes = (
        make("MatMul", ["x", "up"], ["a"], name="before"),
        make("MatMul", ["a", "w"], ["rest"], name="inward"),
        make("MatMul", ["rest", "book"], ["g"], name="first"),
        make("ArgMin", ["g"], ["code"]),
        make("Gather", ["entries", "code"], ["entry"]),
        make("Sub", ["rest", "entry"], ["left"]),
        make("MatMul", ["left", "book"], ["h"], name="second"),
        make("ArgMin", ["h"], ["next"]),
    )
    products = sort_products(model_of(*nodes, weights=("up", "w", "book", "entries")))
    assert products.wanted == {"before": "MatMul"}
    assert products.left == {
        "inward": ("MatMul", COMPARED),
        "first": ("MatMul", CODE_SEARCH),
        "second": ("MatMul", CODE_SEARCH),
    }


def test_a_search_for_the_most_decides_no_code():
    """Drawing a token is an ArgMax over logits: rounding these costs quality, not the meaning of all that follows."""
    head = (make("MatMul", ["x", "w"], ["y"], name="head"), make("ArgMax", ["y"], ["token"]))
    assert sort_products(model_of(*head, weights=("w",))).wanted == {"head": "MatMul"}


def test_a_table_that_multiplies_turned_around_lies_in_the_model_for_each_of_its_uses():
    table = onnx.numpy_helper.from_array(np.array([[1, 2], [3, 4], [5, 6]], "f4"), "table")
    nodes = [
        make("Transpose", ["table"], ["turned"], perm=[1, 0]),
        make("MatMul", ["x", "turned"], ["scores"], name="head"),
        make("Gather", ["table", "ids"], ["rows"], name="look"),
        make("Transpose", ["rows"], ["activations"], perm=[1, 0]),
        make("MatMul", ["rows", "activations"], ["related"], name="attention"),
    ]
    model = onnx.helper.make_model(onnx.helper.make_graph(nodes, "g", [], [], [table]))
    assert sort_products(model).wanted == {}
    hold_weights_as_multiplied(model)
    held = {tensor.name: onnx.numpy_helper.to_array(tensor).tolist() for tensor in model.graph.initializer}
    assert held == {"table": [[1, 2], [3, 4], [5, 6]], "turned": [[1, 3, 5], [2, 4, 6]]}
    assert [node.op_type for node in model.graph.node] == ["MatMul", "Gather", "Transpose", "MatMul"]
    products = sort_products(model)
    assert products.wanted == {"head": "MatMul"}
    assert products.left == {"attention": ("MatMul", NO_WEIGHTS)}
