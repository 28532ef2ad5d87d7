"""What a piece begins with: files of weights that a recipe names, and the codec of one without its codebooks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import torch

from josie_bench.errors import UsageError
from josie_bench.model.checkpoint import load_weights
from josie_bench.model.label import file_preset
from josie_bench.model.presets import find_any
from josie_bench.model.shipped import SHIPPED, shipped_weights
from josie_bench.model.weights import Model, build_model

CODEC = ("audio_encoder.", "audio_decoder.")
CODEBOOKS = ".quantizer."


def named_files(names: Iterable[str], preset: str, place: Path) -> tuple[Path, ...]:
    """Return the files of weights that a recipe names.

    Args:
        names: paths from `place`, or `shipped` for what comes with the preset.
        preset: that the recipe trains.
        place: the recipe's folder.

    Raises:
        UsageError: nothing ships with the preset.
    """
    shipped = shipped_weights(preset)
    if shipped is None and SHIPPED in names:
        raise UsageError(f"weights: none are shipped with {preset}: name a file")
    return tuple(shipped if name == SHIPPED and shipped else place / name for name in names)


def begin_codec(model: Model, files: Sequence[Path]) -> None:
    """Copy the encoder and decoder of files into `model`, and the maps of their last chain of codebooks into its last.

    The codebooks stay as they are. So codecs that differ in how they quantise alone can have one begin; without those
    maps, by which both halves have learnt to understand each other, it would be worse than none.

    Raises:
        UsageError: a file holds no codec of the model's shape.
        WeightsError: it is no file of ours.
    """
    own = {
        name: parameter
        for name, parameter in model.named_parameters()
        if name.startswith(CODEC) and CODEBOOKS not in name
    }
    for file in files:
        before = build_model(find_any(file_preset(file)))
        given = load_weights(before, file)
        found = dict(before.named_parameters())
        if not {part.rstrip(".") for part in CODEC} <= given or any(
            name not in found or found[name].shape != parameter.shape for name, parameter in own.items()
        ):
            raise UsageError(
                f"{file}: holds no codec like that of {model.sizes.name}: name another under codec.weights"
            )
        with torch.no_grad():
            for name, parameter in own.items():
                parameter.copy_(found[name])
            mine, theirs = (each.audio_encoder.quantizer.chains[-1] for each in (model, before))
            mine.inward.weight.copy_(theirs.inward.weight)
            mine.outward.weight.copy_(theirs.outward.weight)
