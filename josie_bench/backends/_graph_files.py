"""A graph on disk: one file, or its weights in a second one beside it, for protobuf holds no more than 2 GiB in one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfile
from typing import Any

from josie_bench.errors import EngineError

# Of weights that one file takes. torch's exporter splits beyond as many; half a GiB is left for all else.
MOST_IN_ONE_FILE = 1536 * 2**20


def weights_file(graph: Path) -> Path:
    """Return where the weights of a graph lie if not in its own file; torch and ONNX Runtime name it so, too."""
    return graph.with_name(f"{graph.name}.data")


def is_too_large(weight_bytes: int) -> bool:
    """Return whether so many bytes of weights have to lie in a file of their own."""
    return weight_bytes > MOST_IN_ONE_FILE


def weight_bytes(model: Any) -> int:
    """Return what the weights take that are in an ONNX model."""
    return sum(len(tensor.raw_data) for tensor in model.graph.initializer)


def copy_graph(graph: Path, file: Path) -> None:
    """Copy a graph, with the file of its weights if it has one."""
    weights = weights_file(graph)
    if not weights.is_file():
        copyfile(graph, file)
        return
    import onnx

    model = onnx.load(graph, load_external_data=False)
    for tensor in model.graph.initializer:
        for entry in tensor.external_data:
            if entry.key == "location":
                entry.value = weights_file(file).name
    onnx.save(model, file)
    copyfile(weights, weights_file(file))


def save_graph(model: Any, file: Path) -> None:
    """Write an ONNX model, whose weights are all in it, to `file`, the weights beside it where they are too large.

    Raises:
        EngineError: what is left is too large for a file.
    """
    import onnx

    weights_file(file).unlink(missing_ok=True)  # else what is written comes behind what is there
    with told_if_too_large(file):
        is_split = is_too_large(weight_bytes(model))
        onnx.save(model, file, save_as_external_data=is_split, location=weights_file(file).name)


@contextmanager
def told_if_too_large(file: Path) -> Iterator[None]:
    """Say on one line that a graph cannot be written.

    Raises:
        EngineError: it is too large for protobuf, weights or not.
    """
    from google.protobuf.message import EncodeError

    try:
        yield
    except (ValueError, EncodeError) as error:
        reason = " ".join(str(error).split())
        what = f"{file}: cannot write the graph, of which a file holds 2 GiB beside its weights: {reason}"
        raise EngineError(f"{what}: take a smaller preset, or fewer layers") from error
