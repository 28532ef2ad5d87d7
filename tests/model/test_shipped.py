"""What ships with a preset is found by its name, and fits."""

from __future__ import annotations

import pytest

from josie_bench.model import shipped
from josie_bench.model.assembly import require_weights
from josie_bench.model.label import read_label
from josie_bench.model.presets import PRESETS
from josie_bench.model.shipped import is_shipped, shipped_weights
from josie_bench.terms.model_choice import ModelChoice

MOST_BYTES = 32_000_000


def test_only_a_file_of_the_preset_s_name_in_the_package_ships_with_it(tmp_path, monkeypatch):
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    (tmp_path / "tiny.safetensors").write_bytes(b"")
    assert shipped_weights("tiny") == tmp_path / "tiny.safetensors"
    assert shipped_weights("nano") is None
    assert is_shipped(str(tmp_path / "tiny.safetensors"))
    assert not is_shipped("tiny.safetensors")


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_what_ships_is_small_fits_its_preset_and_has_a_card(preset):
    file = shipped_weights(preset)
    if file is None:
        pytest.skip(f"nothing ships with {preset}")
    assert file.stat().st_size <= MOST_BYTES
    assert read_label(file).preset == preset
    require_weights(ModelChoice(preset=preset, weights=(str(file),)))
    assert file.with_suffix(".md").read_text(encoding="utf-8").startswith("# ")
