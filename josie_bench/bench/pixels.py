"""The pixel decoder of a case's weights in the role of a judge: it draws what vision tokens hold.

Two decoders draw otherwise, so its digest is a part of the definition of every figure that it has a part in.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from josie_bench.model.assembly import make_model
from josie_bench.model.pixel_decoder import FILE, load_pixel_decoder
from josie_bench.model.tensor_files import file_sha256
from josie_bench.terms.judged import PIXEL_DECODER, JudgeUse
from josie_bench.terms.model_choice import ModelChoice

DIGITS = 16  # of its digest that an id shows

Draw = Callable[[NDArray[np.int64], int, int], NDArray[np.uint8]]


def pixel_file(model: ModelChoice) -> Path | None:
    """Return the pixel decoder beside the last of the model's files of weights that has one, or None."""
    beside = (Path(file).with_name(FILE) for file in reversed(model.weights))
    return next((file for file in beside if file.is_file()), None)


def no_pixels(model: ModelChoice) -> str | None:
    """Return why there is no pixel decoder, with the mend; None where there is one."""
    if pixel_file(model) is not None:
        return None
    told = "lies beside the weights" if model.weights else "belongs to seeded weights"
    return f"no pixel decoder ({FILE}) {told}: josie-bench train train_vision makes both"


def use_of_pixels(model: ModelChoice) -> JudgeUse:
    """Return the decoder as a judge that was asked for."""
    file = pixel_file(model)
    if file is None:
        return JudgeUse(role=PIXEL_DECODER, reason=no_pixels(model))
    return JudgeUse(role=PIXEL_DECODER, identity=f"{PIXEL_DECODER}:{file_sha256(file)[:DIGITS]}")


def open_pixels(model: ModelChoice) -> Draw:
    """Return what draws codes `[1, time, tokens, codebooks]` of rows x columns tokens as frames `[frames, …, 3]`.

    Raises:
        WeightsError: the file is no pixel decoder, or belongs to a vision encoder of other weights.
    """
    import torch

    file = pixel_file(model)
    assert file is not None, "asked before whether there is one"
    decoder = load_pixel_decoder(file, make_model(model.whole).vision_encoder)

    def draw(codes: NDArray[np.int64], rows: int, columns: int) -> NDArray[np.uint8]:
        with torch.inference_mode():
            frames = decoder.decode(torch.from_numpy(codes), rows, columns)[0]
            return ((frames + 1.0) * 127.5).round().to(torch.uint8).numpy()

    return draw
