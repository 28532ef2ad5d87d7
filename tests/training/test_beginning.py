"""What a piece begins with: files by name."""

from __future__ import annotations

import pytest

from josie_bench.errors import UsageError
from josie_bench.model.shipped import shipped_weights
from josie_bench.training.beginning import named_files


def test_files_are_named_from_the_recipe_or_shipped(tmp_path):
    assert named_files(["a.safetensors", "shipped"], "nano", tmp_path) == (
        tmp_path / "a.safetensors",
        shipped_weights("nano"),
    )
    with pytest.raises(UsageError, match="none are shipped with tiny: name a file"):
        named_files(["shipped"], "tiny", tmp_path)
