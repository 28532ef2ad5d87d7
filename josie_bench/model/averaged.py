"""The mean of several files of weights that were trained from one begin.

Trained apart from one begin, weights often lie in one basin, and their mean is better than each of them ("model soups",
Wortsman et al., 2022). It costs nothing in a conversation: it is one model. Of weights of two begins it is nonsense.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from josie_bench.errors import WeightsError
from josie_bench.model.label import Label, read_label
from josie_bench.model.tensor_files import TensorFiles, file_sha256, shown


def averaged(files: Sequence[Path]) -> tuple[dict[str, Tensor], Label]:
    """Return the mean of each tensor, of the type that it has in the files, and the label of all.

    Args:
        files: two or more of our files of weights.

    Raises:
        WeightsError: one is no such file, or they are not of one preset, layout and ablation, or do not hold the same.
    """
    labels = [read_label(file) for file in files]
    first, sources = labels[0], [TensorFiles([file]) for file in files]
    outline = _outline(sources[0])
    for file, label, source in zip(files[1:], labels[1:], sources[1:], strict=True):
        for what in ("preset", "layout", "ablate"):
            if getattr(label, what) != getattr(first, what):
                told = f"{what} {getattr(label, what) or 'none'}, where {files[0]} has {getattr(first, what) or 'none'}"
                raise WeightsError(f"{file}: {told}: name files of one model")
        if differing := sorted(outline.items() ^ _outline(source).items()):
            name = shown(differing[0][0])
            raise WeightsError(f"{file}: {name} is not as in {files[0]}: name files that hold the same parameters")
    tensors = {name: _mean([source.read(name) for source in sources]) for name in outline}
    return tensors, Label(
        preset=first.preset,
        layout=first.layout,
        source=f"mean of {', '.join(label.source for label in labels)}",
        files={f"{number} {file.name}": file_sha256(file) for number, file in enumerate(files, start=1)},
        ablate=first.ablate,
    )


def _mean(each: Sequence[Tensor]) -> Tensor:
    return torch.stack([tensor.double() for tensor in each]).mean(0).to(each[0].dtype)


def _outline(source: TensorFiles) -> dict[str, tuple[str, tuple[int, ...]]]:
    return {name: (header.type_name, header.shape) for name, header in source.headers.items()}
