"""The mean of files of weights, number by number, and what has none."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from josie_bench.errors import WeightsError
from josie_bench.model.averaged import averaged
from josie_bench.model.checkpoint import save_weights
from josie_bench.model.label import Label
from josie_bench.model.tensor_files import file_sha256

LABEL = Label(preset="tiny", layout="trained", source="recipe a", files={"a.yaml": "1"})
NORM, OUT = "temporal_transformer.norm.weight", "depth_transformer.out.weight"


@pytest.fixture
def written(tmp_path):
    def write(name, label=LABEL, **tensors):
        file = tmp_path / name
        halves = {NORM: [1.0, 2.0], OUT: [[4.0]]} | tensors
        save_weights(file, {key: torch.tensor(value).half() for key, value in halves.items()}, label)
        return file

    return write


def test_each_number_is_the_mean_of_those_in_the_files_and_keeps_its_type(written):
    other = replace(LABEL, source="recipe b")
    files = [written("a.safetensors"), written("b.safetensors", other, **{NORM: [3.0, 2.0], OUT: [[-1.0]]})]
    files.append(written("c.safetensors", **{NORM: [5.0, 2.0], OUT: [[3.0]]}))
    tensors, label = averaged(files)
    assert {name: tensor.tolist() for name, tensor in tensors.items()} == {NORM: [3.0, 2.0], OUT: [[2.0]]}
    assert {tensor.dtype for tensor in tensors.values()} == {torch.float16}
    assert (label.preset, label.layout, label.source) == ("tiny", "trained", "mean of recipe a, recipe b, recipe a")
    assert label.files["2 b.safetensors"] == file_sha256(files[1])
    assert len(label.files) == 3


def test_what_is_the_same_in_all_files_stays_as_it_is_to_the_bit(written):
    third = {NORM: [1 / 3, 1e-7]}
    tensors, _ = averaged([written(f"{name}.safetensors", **third) for name in "abc"])
    assert torch.equal(tensors[NORM], torch.tensor(third[NORM]).half())


@pytest.mark.parametrize(
    ("changes", "tensors", "told"),
    [
        ({"preset": "nano"}, {}, "b.safetensors: preset nano, where"),
        ({"layout": "mimi"}, {}, "b.safetensors: layout mimi, where"),
        ({"ablate": ("rms_norm",)}, {}, "b.safetensors: ablate ('rms_norm',), where"),
        ({}, {NORM: [1.0]}, f"b.safetensors: {NORM} is not as in"),
        ({}, {"vision_encoder.a": [1.0]}, "b.safetensors: vision_encoder.a is not as in"),
    ],
)
def test_files_that_are_not_of_one_model_have_no_mean(written, changes, tensors, told):
    files = [written("a.safetensors"), written("b.safetensors", replace(LABEL, **changes), **tensors)]
    with pytest.raises(WeightsError) as error:
        averaged(files)
    assert told in str(error.value)
    assert "\n" not in str(error.value)
