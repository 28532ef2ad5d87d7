"""One file from anywhere: opened, or refused in one line."""

from __future__ import annotations

import os

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from josie_bench.errors import WeightsError
from josie_bench.model.safetensors_reader import opened


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "a.safetensors"
    save_file({"x": torch.ones(2, dtype=torch.float32), "y": torch.ones(1, dtype=torch.bfloat16)}, file)
    return file


def test_the_header_of_any_type_is_read_and_tensors_come_in_the_framework_s(file):
    with opened(file) as reader:
        assert {key: reader.get_slice(key).get_dtype() for key in ("x", "y")} == {"x": "F32", "y": "BF16"}
        assert isinstance(reader.get_tensor("x"), np.ndarray)
    with opened(file, framework="pt") as reader:
        assert reader.get_tensor("y").dtype == torch.bfloat16


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("gone.safetensors", "cannot be read: No such file"),
        ("folder.safetensors", "not a file: name a .safetensors file"),
        ("pipe.safetensors", "not a file: name a .safetensors file"),
        ("model.PT", "a pickle can run code and is never read"),
        ("short.safetensors", "not a whole safetensors file"),
        ("n" * 300, "cannot be read: File name too long"),
    ],
)
def test_what_cannot_be_read_is_one_line_that_names_it(file, tmp_path, name, words):
    (tmp_path / "folder.safetensors").mkdir()
    os.mkfifo(tmp_path / "pipe.safetensors")
    (tmp_path / "short.safetensors").write_bytes(file.read_bytes()[:20])
    with pytest.raises(WeightsError) as caught, opened(tmp_path / name):
        pass
    assert str(caught.value).startswith(f"{tmp_path / name}: ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
