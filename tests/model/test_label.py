"""What our files of weights say of themselves is read without torch, and nothing else is believed."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from safetensors.numpy import save_file

from josie_bench.errors import WeightsError
from josie_bench.model.label import FORMAT, METADATA_KEY, Label, components_in, file_preset, read_label

LABEL = {"format": FORMAT, "preset": "tiny", "layout": "none", "source": "by hand", "files": {"a": "00ff"}}
WRONG = [{}, LABEL | {"format": "2"}, LABEL | {"more": 1}, LABEL | {"preset": 3}, LABEL | {"files": []}]
WRONG += [LABEL | {"ablate": "rms_norm"}, LABEL | {"ablate": [3]}]


def write(folder, label, tensors=None):
    text = label if isinstance(label, str) else json.dumps(label)
    file = folder / "a.safetensors"
    save_file({"x": np.zeros(1)} if tensors is None else tensors, file, metadata={METADATA_KEY: text})
    return file


def test_a_label_is_read_back(tmp_path):
    file = write(tmp_path, LABEL)
    assert read_label(file) == Label(preset="tiny", layout="none", source="by hand", files={"a": "00ff"})
    assert file_preset(file) == "tiny"


def test_what_was_switched_off_is_part_of_it(tmp_path):
    assert read_label(write(tmp_path, LABEL)).ablate == ()
    assert read_label(write(tmp_path, LABEL | {"ablate": ["rms_norm", "m_rope"]})).ablate == ("rms_norm", "m_rope")


@pytest.mark.parametrize("label", ["", "[]", "{", "[" * 9000, *WRONG])
def test_a_label_of_another_shape_is_refused(tmp_path, label):
    with pytest.raises(WeightsError, match="its label cannot be read: import the weights again"):
        read_label(write(tmp_path, label))


def test_a_file_without_label_or_weights_is_refused(tmp_path):
    save_file({"x": np.zeros(1)}, tmp_path / "b.safetensors")
    with pytest.raises(WeightsError, match="not a file of josie-bench's: bring it in with"):
        read_label(tmp_path / "b.safetensors")
    with pytest.raises(WeightsError, match="holds no weights"):
        read_label(write(tmp_path, LABEL, {}))


def test_torch_is_not_needed(tmp_path):
    call = "import sys; from pathlib import Path; from josie_bench.model.label import read_label; "
    call += "read_label(Path(sys.argv[1])); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", call, str(write(tmp_path, LABEL))], check=False).returncode == 0


def test_the_components_that_a_file_gives_are_read_from_its_names(tmp_path):
    names = ("audio_decoder.istft.weight", "audio_encoder.mel.weight", "audio_encoder.mel.bias")
    file = write(tmp_path, LABEL, {name: np.zeros(1) for name in names})
    assert components_in(file) == {"audio_encoder", "audio_decoder"}
