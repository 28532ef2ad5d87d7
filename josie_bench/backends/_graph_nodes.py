"""The nodes of an exported graph: how many, and which a runtime refuses where it names only their operator."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path


def nodes_of(graph: Path, operators: Collection[str]) -> str:
    """Return the nodes with one of the operators, in words: `node layers/1/odd (Nope), and 2 more`; empty if none has.

    Args:
        graph: the ONNX file.
        operators: names as a runtime writes them; of another domain than ONNX's own as `domain.Name` or `domain:Name`.
    """
    if not operators:
        return ""
    import onnx

    wanted = {name.replace(":", ".") for name in operators}
    found = [
        f"{node.name} ({node.op_type})"
        for node in onnx.load(graph, load_external_data=False).graph.node
        if (f"{node.domain}.{node.op_type}" if node.domain else node.op_type) in wanted
    ]
    if not found:
        return ""
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    return f"node {found[0]}{more}"


def node_count(graph: Path) -> int:
    """Return how many nodes an ONNX file's graph has; those of graphs inside nodes are not counted."""
    import onnx

    return len(onnx.load(graph, load_external_data=False).graph.node)
