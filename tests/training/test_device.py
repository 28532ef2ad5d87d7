"""Where a training computes: on what stands in for a GPU it learns the same to the bit, and all of it is done there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from josie_bench.backends import _device
from josie_bench.backends._cuda_driver import gpu_here
from josie_bench.backends._device import lacks_gpu
from josie_bench.errors import EngineError, UnavailableError
from josie_bench.terms.progress import CURVE, read_curve
from josie_bench.training.device import CPU, open_device
from tests.training.on_stand_in import tones, train

# Of what a piece is made of: on the CPU none of these is left, where it is not on the CPU.
WORK = {"convolution", "convolution_backward", "addmm", "bmm", "embedding", "_softmax", "_fft_r2c", "argmin", "scatter"}
WORK |= {"linalg_pinv", "index_add_", "bincount", "linalg_vector_norm", "addcdiv_", "nll_loss_forward", "gather"}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Return what a recipe of all pieces computed where, on the CPU, on the device and on both in turn."""
    folder = tmp_path_factory.mktemp("places")
    words = [sys.executable, "-m", "tests.training.on_stand_in", str(folder)]
    done = subprocess.run(words, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def operators(counts):
    return {name.removeprefix("aten::") for name in counts}


def test_all_pieces_learn_on_a_device_what_they_learn_on_the_cpu(found):
    assert found["device"]["sha256"] == found["cpu"]["sha256"]


def test_all_of_the_work_is_done_there(found):
    assert operators(found["cpu"]["here"]) >= WORK
    assert found["cpu"]["there"] == {}
    assert operators(found["device"]["there"]) >= WORK
    assert operators(found["device"]["here"]) & WORK == set()


def test_a_training_may_go_on_on_another_device(found):
    """The codec's and the language part's second step is taken on the CPU, the vision tokenizer's on the device."""
    assert found["both"]["sha256"] == found["cpu"]["sha256"]
    for place in ("here", "there"):
        assert operators(found["both"][place]) >= {"convolution_backward", "bmm", "embedding", "_fft_r2c"}, place


def test_crops_that_are_forgotten_on_the_cpu_end_it(found):
    assert found["forgotten"].endswith("is on the CPU, another on standin")


def test_the_stand_in_refuses_what_a_gpu_refuses(found):
    said = found["mistakes"]
    for mixed in ("a product of both", "a sum of both", "both in one", "places that lie elsewhere"):
        assert "is on the CPU, another on standin" in said[mixed], mixed
    assert "draws on standin" in said["a draw"]
    assert "nothing was refused" not in said["its numbers as they are"]


def test_the_cpu_is_always_there():
    assert open_device("cpu") == CPU


@pytest.mark.parametrize(
    ("torch_s", "here", "said"),
    [
        (None, "sm90", r"was built without CUDA: pip install --force-reinstall torch=="),
        ("13.0", None, "^no NVIDIA GPU here: train without --device cuda$"),
    ],
)
def test_without_a_gpu_the_reason_is_said_and_the_cpu_is_not_taken_instead(torch_s, here, said, monkeypatch):
    monkeypatch.setattr(_device, "torch_cuda", lambda: torch_s)
    monkeypatch.setattr(_device, "gpu_here", lambda: here)
    with pytest.raises(UnavailableError, match=said):
        open_device("cuda")


@pytest.mark.skipif(gpu_here() is not None, reason="there is a GPU here")
def test_a_gpu_that_torch_cannot_use_is_said(monkeypatch):
    monkeypatch.setattr(_device, "torch_cuda", lambda: "13.0")
    monkeypatch.setattr(_device, "gpu_here", lambda: "sm90")
    with pytest.raises(EngineError, match=r"^torch cannot use the GPU: "):
        open_device("cuda")


@pytest.mark.gpu
@pytest.mark.skipif(lacks_gpu() is not None, reason=str(lacks_gpu()))
def test_a_gpu_learns_nearly_the_same_and_the_cpu_goes_on(tmp_path):
    """Nobody has run this."""
    gpu = open_device("cuda")
    curves = []
    with tones():
        for name, places in {"cpu": [CPU], "gpu": [gpu], "both": [gpu, CPU]}.items():
            train(tmp_path / name, places)
            curves.append([read_curve(tmp_path / name / piece / CURVE) for piece in ("codec", "vision", "language")])
    for pieces in zip(*curves, strict=True):
        for wanted, *others in zip(*pieces, strict=True):
            for line in others:
                assert line.losses == pytest.approx(wanted.losses, rel=0.1)
