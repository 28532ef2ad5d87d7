"""What a piece begins with: files by name."""

from __future__ import annotations

import pytest

from josie_bench.errors import UsageError
from josie_bench.model.shipped import shipped_weights
from josie_bench.training.beginning import named_files


def test_files_are_named_from_the_recipe_or_shipped(tmp_path):
    (tmp_path / "a.safetensors").touch()
    assert named_files(["a.safetensors", "shipped"], "nano", tmp_path) == (
        tmp_path / "a.safetensors",
        shipped_weights("nano"),
    )
    with pytest.raises(UsageError, match="none are shipped with tiny: name a file"):
        named_files(["shipped"], "tiny", tmp_path)


def test_a_file_that_is_not_there_is_named_whole_with_what_mends_it(tmp_path):
    with pytest.raises(UsageError) as error:
        named_files(["../training/weights.safetensors"], "nano", tmp_path / "suites")
    assert str(error.value) == (
        f"{tmp_path / 'training' / 'weights.safetensors'}: no such file of weights: "
        "train the recipe that leaves it, or name another"
    )
