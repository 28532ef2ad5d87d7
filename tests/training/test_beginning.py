"""What a piece begins with: files by name, and a codec without its codebooks."""

from __future__ import annotations

import pytest
import torch

from josie_bench.errors import UsageError, WeightsError
from josie_bench.model.checkpoint import save_weights
from josie_bench.model.label import Label
from josie_bench.model.presets import TINY, find_codec, switch_off
from josie_bench.model.shipped import shipped_weights
from josie_bench.model.weights import build_model
from josie_bench.training.beginning import begin_codec, named_files
from tests.training.small import save_codec


def test_files_are_named_from_the_recipe_or_shipped(tmp_path):
    assert named_files(["a.safetensors", "shipped"], "nano", tmp_path) == (
        tmp_path / "a.safetensors",
        shipped_weights("nano"),
    )
    with pytest.raises(UsageError, match="none are shipped with tiny: name a file"):
        named_files(["shipped"], "tiny", tmp_path)


@pytest.mark.parametrize("sizes", [find_codec("tiny"), switch_off(TINY, "dual_stream")], ids=["split", "single"])
def test_encoder_decoder_and_the_maps_between_are_the_files_and_codebooks_are_not(sizes, tmp_path):
    save_codec(tmp_path, seed=5)
    model, before = build_model(sizes, seed=1), build_model(sizes, seed=1)
    begin_codec(model, [tmp_path / "codec.safetensors"])
    given = dict(build_model(TINY, seed=5).named_parameters())
    seeded = dict(before.named_parameters())
    last = "audio_encoder.quantizer.chain." if sizes.audio.reading == "single" else "audio_encoder.quantizer.acoustic."
    for name, parameter in model.named_parameters():
        if name in (f"{last}inward.weight", f"{last}outward.weight"):
            expected = given[name.replace(".chain.", ".acoustic.")]
        else:
            is_codec = name.startswith(("audio_encoder.", "audio_decoder."))
            expected = (seeded if ".quantizer." in name or not is_codec else given)[name]
        assert torch.equal(parameter, expected), name


def test_what_holds_no_such_codec_is_refused(tmp_path):
    save_codec(tmp_path)
    with pytest.raises(UsageError, match=r"holds no codec like that of nano: name another under codec\.weights"):
        begin_codec(build_model(find_codec("nano")), [tmp_path / "codec.safetensors"])
    model = build_model(TINY)
    tensors = {name: part for name, part in model.named_parameters() if name.startswith("depth_")}
    save_weights(tmp_path / "depth.safetensors", tensors, Label(preset="tiny", layout="x", source="y", files={}))
    with pytest.raises(UsageError, match="holds no codec"):
        begin_codec(model, [tmp_path / "depth.safetensors"])
    with pytest.raises(WeightsError):
        begin_codec(model, [tmp_path / "nothing.safetensors"])
