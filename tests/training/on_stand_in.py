"""A recipe of all pieces on a device that is not there, as a program: what it computed where, as JSON.

`python -m tests.training.on_stand_in FOLDER`.
"""

from __future__ import annotations

import hashlib
import json
import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
import torch

from josie_bench.training import loop, run
from josie_bench.training.codec import CodecLearner
from josie_bench.training.device import CPU
from josie_bench.training.recipe import load_recipe
from tests.training.small import Talker, stand_in
from tests.training.stand_in_device import Apart, register

RECIPE = """
schema: josie-bench/train.v1
name: all
codec: {preset: tiny, corpora: {flite_speech: 1}, steps: 2, batch: 2, frames: 8, unquantised: 1}
vision: {preset: tiny, corpora: {shapes: 1}, steps: 2, batch: 1, patches: 2, unquantised: 1}
language: {preset: tiny, lessons: {transcribe: 1, converse: 1, answer: 1}, steps: 2, batch: 4, frames: 16}
"""


def train(folder, places):
    """Train a recipe, a line of its curve on each of the places in turn and the rest on the last; return a digest."""
    recipe = folder.parent / "all.yaml"
    recipe.write_text(RECIPE)
    for place in places[:-1]:
        going = run.train_recipe(load_recipe(recipe), folder, folder, lambda _: None, place)
        next(going)
        going.close()
    for _ in run.train_recipe(load_recipe(recipe), folder, folder, lambda _: None, places[-1]):
        pass
    content = [(folder / name).read_bytes() for name in ("weights.safetensors", "pixels.safetensors")]
    return hashlib.sha256(b"".join(content)).hexdigest()


@contextmanager
def tones():
    """Put tones in place of corpora of speech, write a checkpoint at every line, and let the patch be added to."""
    with pytest.MonkeyPatch.context() as patch:
        stand_in(patch)
        stand_in(patch, ("synthetic_speech", "talks", "questions"), Talker)
        patch.setattr(loop, "SAVE_EVERY_S", -1.0)
        patch.setattr(run, "train", partial(loop.train, every=1))
        yield patch


def refused(work):
    """Return the error that some work ends in."""
    try:
        work()
    except (RuntimeError, TypeError) as error:
        return str(error)
    return "nothing was refused"


def mistakes(device):
    """Return what the device says of what a GPU refuses, by name."""
    there, here = torch.zeros(3, 3).to(device), torch.zeros(3, 3)
    chance = torch.Generator()
    return {
        "a product of both": refused(lambda: there @ here),
        "a sum of both": refused(lambda: there + here),
        "both in one": refused(lambda: torch.stack((there, here))),
        "places that lie elsewhere": refused(lambda: there[torch.tensor([0, 1])]),
        "a draw": refused(lambda: torch.rand(3, generator=chance, device=device)),
        "its numbers as they are": refused(there.numpy),
    }


def main(folder):
    """Train on the CPU, on the device, on both in turn, and with crops that were forgotten on the CPU."""
    device, _kept = register()
    torch.set_num_threads(1)
    torch.set_autocast_cache_enabled(False)  # sums of gradients of what is narrowed once are narrow; here they are not
    found = {}
    with tones() as patch:
        patch.setattr(torch, "inference_mode", torch.no_grad)  # whose tensors cannot be held by others
        for name, places in {"cpu": [CPU], "device": [device], "both": [device, CPU, CPU, device, device, CPU]}.items():
            with Apart() as apart:
                found[name] = {"sha256": train(folder / name, places), "here": apart.here, "there": apart.there}
        with Apart():
            found["mistakes"] = mistakes(device)
            patch.setattr(CodecLearner, "_placed", lambda _, array: torch.from_numpy(array))
            found["forgotten"] = refused(lambda: train(folder / "forgotten", [device]))
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
